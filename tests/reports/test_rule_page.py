"""A rule's page and the list of rules link to the documents."""

import contextlib
import io
import re

import pytest

from certgate.checks.framework.catalogue import all_checks, all_rules
from certgate.model.rule_doc import page_of
from certgate.reports.rule_page import print_page, print_table

RULE = all_rules()["chain.depth"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    for variable in ("CI", "NO_COLOR", "VTE_VERSION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def shown(show):
        with contextlib.redirect_stdout(Terminal()) as screen:
            show()
        return screen.getvalue()

    return shown


@pytest.mark.parametrize("show", [lambda: print_table([RULE]), lambda: print_page(RULE, all_checks()[RULE.id])])
def test_on_a_terminal_the_id_of_a_rule_is_a_link_to_its_page(terminal, show):
    assert re.search(rf";{re.escape(page_of(RULE.id))}\x1b\\(\x1b\[1m)?chain\.depth", terminal(show))


def test_without_colours_there_are_no_links(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b]8" not in terminal(lambda: print_table([RULE]))


def test_the_page_ends_with_its_url_which_can_be_copied_anywhere(capsys):
    print_page(RULE, all_checks()[RULE.id])

    assert capsys.readouterr().out.endswith(f"\n\n{page_of('chain.depth')}\n")
