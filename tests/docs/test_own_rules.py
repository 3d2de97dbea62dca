"""The page on rules of your own: its examples work, its tables list the facts."""

import re
from pathlib import Path

import pytest

from certgate.custom.cel import MAX_EXPRESSION
from certgate.custom.cel_worker import MAX_MEMORY, SECONDS
from certgate.custom.facts_schema import MAX_ITEMS, MAX_TEXT, STRUCTS, VARIABLES
from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import load_policy

FILE = Path(__file__).parents[2] / "docs" / "guides" / "own-rules.md"
PAGE = FILE.read_text()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in re.findall(r"<!-- tested: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(text)


def table(facts):
    rows = [f"| `{name}` | {fact.type} | {fact.meaning} |" for name, fact in facts.items()]
    return "\n".join(["| fact | type | meaning |", "|---|---|---|", *rows])


def view():
    parts = ["Variables:", table(VARIABLES)]
    for struct, facts in STRUCTS.items():
        parts += [f"**{struct}**:", table(facts)]
    return "\n\n".join(parts)


def test_the_tables_are_those_of_the_view():
    assert f"<!-- generated: view -->\n\n{view()}\n\n### What CEL offers" in PAGE, view()


def test_the_policies_are_read():
    own = {r.id: r.check.doc.title for r in load_policy("payments.yaml").rules if r.id.startswith("acme.")}
    assert own == {
        "acme.our-names": "every name must end in .acme.example",
        "acme.short-at-the-edge": "certificates at the edge live 90 days at most",
        "acme.our-issuer": "the anchor must be Acme's own, two intermediates away at most",
    }
    for name in ("server.yaml", "mtls.yaml"):
        assert "acme.decided" in {r.id for r in load_policy(name).rules}


def test_the_mistake_is_told_as_shown():
    ((told, line),) = re.findall(r"certgate: (payments.yaml:.*)\n    (.*)\n", PAGE)
    text = Path("payments.yaml").read_text().replace("leaf.dns_names.all", "leaf.dns_nams.all")
    Path("payments.yaml").write_text(text)
    with pytest.raises(InvalidFile) as error:
        load_policy("payments.yaml")
    (mistake,) = error.value.mistakes
    assert f"{mistake.place}: {mistake.message}" == told
    assert mistake.excerpt.strip() == line.strip()


def test_the_bounds_are_those_of_the_code():
    words = " ".join(PAGE.split())
    assert f"{MAX_EXPRESSION:,} characters per expression" in words
    assert f"{MAX_ITEMS:,} items in a list and {MAX_TEXT:,} characters" in words
    assert (SECONDS, MAX_MEMORY) == (1.0, 2**30)
    assert "one second for compiling" in words
    assert "1 GiB of memory" in words
