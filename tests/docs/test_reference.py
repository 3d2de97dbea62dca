"""The reference is what docs/generate.py makes of the code, and leaves no rule, policy or command out."""

import importlib
import re
from pathlib import Path

import pytest

from certgate import DOCUMENTS
from certgate.checks.framework.catalogue import all_rules
from certgate.cli import main as cli
from certgate.lab.scenarios import all_scenarios
from certgate.lab.scenarios.out_of_reach import OUT_OF_REACH
from certgate.policy.packs import pack_names
from docs import drawings, gallery
from docs.families import SUBJECTS

DOCS = Path(__file__).parent.parent.parent / "docs"
SCENARIOS = all_scenarios()
NO_FILE = frozenset(
    {
        "baseline.expiring", "baseline.gone", "chain.alt-path", "crl.fresh", "crl.scope",
        "ct.operators", "ct.temporal", "expected.reloaded", "expected.served", "history.issuer-changed",
        "history.key-reused", "history.renewal-late", "history.unexpected-change", "k8s.ca-bundle",
        "k8s.ingress-names-covered", "k8s.issuer-ready", "k8s.reference-granted", "k8s.renewal-overdue",
        "k8s.secret-exists", "k8s.secret-key-match", "k8s.secret-served", "key.ec-named",
        "ocsp.nonce", "request.admission", "request.renewal", "request.self-signed",
        "spiffe.bundle-agrees", "spiffe.helper-files", "spiffe.peer-admitted", "spiffe.peer-named",
        "spiffe.served-is-current", "target.addresses-agree", "trust.denied", "validity.upcoming-cap",
        "waiver.expired", "waiver.expiring", "waiver.unused",
    }
)  # fmt: skip
"""Rules that need more than one file: a run before, a written rule, a cluster, an agent, a responder. They have tests."""


@pytest.fixture(scope="module")
def reference():
    return importlib.import_module("docs.generate")


@pytest.fixture(scope="module")
def pages(reference):
    return reference.pages()


def test_the_committed_pages_are_up_to_date(pages):
    kept = [path for folder in ("rules", "policies", "reference/commands") for path in (DOCS / folder).glob("*.md")]
    kept.append(DOCS / gallery.PAGE)
    committed = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in kept}
    stale = sorted(p for p in pages.keys() | committed.keys() if pages.get(p) != committed.get(p))
    assert stale == [], "run: make reference"


def test_reports_link_to_the_page_of_every_rule():
    pages = {doc.page.removeprefix(f"{DOCUMENTS}/") for doc in all_rules().values()}
    assert pages == {f"rules/{id}.md" for id in all_rules()}
    assert all((DOCS / page).is_file() for page in pages)


def test_every_rule_and_policy_has_a_page(pages):
    assert {f"rules/{id}.md" for id in all_rules()} <= pages.keys()
    assert {f"policies/{name}.md" for name in pack_names()} <= pages.keys()


def test_every_rule_has_an_example_that_fails_or_a_reason_why_the_lab_has_none(reference):
    without = {id for id in all_rules() if not any(reference.failing(id, SCENARIOS))}
    assert without == OUT_OF_REACH.keys()


def test_every_rule_that_the_lab_breaks_has_an_example_that_passes(reference):
    reach = all_rules().keys() - OUT_OF_REACH.keys()
    without = {id for id in reach if reference.passing(id, SCENARIOS) is None}
    assert without == {"mtls.ca-names"}  # it always has something to say


def test_every_rule_that_is_for_files_has_a_file_that_fails_and_one_that_passes(reference):
    by_files = {id: reference.shown_by_files(id) for id in OUT_OF_REACH}
    only_one = {id for id, (broken, kept) in by_files.items() if bool(broken) != bool(kept)}
    without = {id for id, (broken, _) in by_files.items() if not broken}

    assert only_one == {"client.public-ca"}  # it warns of every certificate that it applies to
    assert without == NO_FILE


def test_what_was_not_built_does_not_exist(reference):
    assert not reference.NOT_BUILT.keys() & all_rules().keys()
    assert reference.PASSING.keys() <= all_rules().keys()


def test_every_command_and_option_has_its_row_in_a_page(pages, capsys):
    for group in ("", "policy ", "lab "):
        assert cli.run([*group.split(), "--help"]) == 0
        listed = re.findall(r"^  ([a-z]+) {2,}[A-Z]", capsys.readouterr().out, re.MULTILINE)
        assert listed
        for name in listed:
            page = pages[f"reference/commands/{(group or name).strip()}.md"]
            assert f"# certgate {group}{name}\n" in page
            assert cli.run([*group.split(), name, "--help"]) == 0
            for option in re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE):
                assert f"`{option}" in page, f"{name} {option}"


def test_every_family_of_rules_has_a_page_under_one_subject(pages):
    families = [family for subject in SUBJECTS.values() for family in subject]
    assert sorted(families) == sorted({doc.family for doc in all_rules().values()})
    for id, doc in all_rules().items():
        assert f"| [{id}]({id}.md) |" in pages[f"rules/{doc.family}.md"]


def test_every_section_of_the_fixes_that_a_rule_links_to_exists(reference):
    titles = re.findall(r"^## (.+)$", (DOCS / "troubleshooting/fixes.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(reference.FIXES.values()) == {title.lower() for title in titles}
    assert reference.FIXES.keys() <= {doc.family for doc in all_rules().values()}


def test_what_a_page_shows_of_foreign_words_cannot_break_a_table(reference):
    assert reference._cell("a|b <c> *d*") == r"a\|b \<c\> \*d\*"


def test_a_rule_that_no_policy_names_says_where_it_comes_from():
    pages = {name: (DOCS / "rules" / f"{name}.md").read_text(encoding="utf-8") for name in all_rules()}

    assert "Every policy has this rule; it cannot be set or switched off." in pages["waiver.unused"]
    assert "A target or an option switches it on, under every policy" in pages["edge.names"]
    assert "Add it to a policy of your own." in pages["name.san-count"]


def test_the_page_of_each_policy_says_what_certgate_cannot_see(pages):
    for name in pack_names():
        section = pages[f"policies/{name}.md"].partition("## What certgate cannot see")[2]
        assert section.count("\n| ") >= 2, name


def test_the_drawings_are_up_to_date_and_small():
    for name, svg in drawings.drawn().items():
        assert (DOCS / "pictures" / name).read_text(encoding="utf-8") == svg, "run: make pictures"
        assert len(svg) < 8_000
