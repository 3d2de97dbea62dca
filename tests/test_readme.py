"""What the documentation shows works as it stands there."""

import re
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.model.verdict import Verdict, exit_code
from certgate.policy.packs import load_policy, pack_names
from certgate.reports.spec import FORMATS
from certgate.sources.config import load_config
from certgate.sources.context import Defaults

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def block(mark):
    return re.search(rf"<!-- tested: {re.escape(mark)} -->\n```\w+\n(.*?)```", README, re.DOTALL).group(1)


def test_the_configuration_in_the_readme_works_as_written(tmp_path):
    (tmp_path / "certgate.yaml").write_text(block("certgate.yaml"))
    config = load_config(tmp_path / "certgate.yaml")
    assert [(*t.address(Defaults()), t.server_name) for t in config.targets] == [
        ("api.example.com", 443, None),
        ("10.0.3.7", 8443, "db.corp.example"),
    ]
    assert config.targets[1].spiffe_ids == ("spiffe://corp.example/db",)


def test_the_policy_in_the_readme_works_as_written(tmp_path):
    (tmp_path / "team.yaml").write_text(block("policy"))
    rules = {r.id: r for r in load_policy("team.yaml", tmp_path).rules}
    assert rules["key.rsa-min"].parameters == {"min_bits": 3072}
    assert rules["chain.depth"].severity == "warning"
    assert set(rules) == {r.id for r in load_policy("internal-pki").rules}


def test_the_waiver_in_the_readme_works_as_written(tmp_path):
    (tmp_path / "team.yaml").write_text(block("waivers"))
    assert [w.owner for w in load_policy("team.yaml", tmp_path).waivers] == ["tills@acme.example"]


def test_the_readme_names_every_shipped_policy():
    for name in pack_names():
        assert f"| `{name}`" in README


def test_the_readme_names_the_exit_codes_that_there_are():
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)}
    assert codes == {2} | {exit_code(verdict) for verdict in Verdict}


def test_every_rule_and_option_that_the_readme_names_exists(capsys):
    for rule in re.findall(r"certgate explain ([\w.-]+)", README):
        assert cli.run(["explain", rule]) == 0
    capsys.readouterr()
    helps = ""
    for command in ("scan", "check"):
        assert cli.run([command, "--help-all"]) == 0
        helps += capsys.readouterr().out
    for option in sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))):
        assert option in helps, option


def test_the_files_that_the_readme_links_to_exist():
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link


WRITTEN = [
    page
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    if page.relative_to(ROOT).parts[:2] not in {("docs", "rules"), ("docs", "policies")}
    and page.parent.name != "commands"
]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_has_a_line_that_breaks_at_120_columns_outside_of_tables_and_lists(page):
    long = [
        n
        for n, line in enumerate(page.read_text().splitlines(), 1)
        if len(line) > 120 and not line.startswith(("|", "- "))
    ]
    assert long == []


def test_the_readme_and_the_help_name_every_report_format(capsys):
    assert cli.run(["scan", "--help-all"]) == 0
    told = capsys.readouterr().out
    for name in FORMATS:
        assert f"`{name}`" in README
        assert name in told.replace("\n", " ")
