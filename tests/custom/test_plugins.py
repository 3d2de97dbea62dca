"""Plugins: only what is named is loaded, and what is wrong with one is told instead of being half loaded."""

import sys

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.custom.plugins import PluginError, installed_plugins, load_plugin
from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import load_policy

CHECK = '''
from certgate.checks.framework.registry import Problem, check
from certgate.checks.framework.subjects import CertificateInRole

@check("{id}", citation="handbook")
def judge(subject: CertificateInRole, *, limit: int = 3):
    """A title.

    Why: because.

    Fix: so.
    """
    yield Problem("no")
'''


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a plugin on the path as an installed package would be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    load_plugin.cache_clear()
    made = []

    def make(name, source, *, package=None):
        package = package or name
        made.append(package)
        (tmp_path / f"{package}.py").write_text(source)
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[certgate.checks]\n{name} = {package}\n")

    yield make
    for package in made:
        sys.modules.pop(package, None)


def test_a_plugin_that_a_policy_names_brings_its_rules(install, tmp_path):
    install("plug_one", CHECK.format(id="one.rule"))
    assert "plug_one" in installed_plugins()
    (tmp_path / "p.yaml").write_text("plugins: [plug_one]\nrules:\n  - rule: one.rule\n    limit: 5\n")
    rule = load_policy("p.yaml").rules[1]
    assert (rule.id, rule.check.doc.citation, rule.parameters) == ("one.rule", "handbook", {"limit": 5})
    assert "one.rule" not in all_checks()
    (tmp_path / "child.yaml").write_text("extends: p.yaml\nrules:\n  - rule: one.rule\n    limit: 6\n")
    assert load_policy("child.yaml").rules[1].parameters == {"limit": 6}


def test_nothing_is_loaded_that_is_not_named(install, tmp_path):
    install("plug_two", CHECK.format(id="two.rule"))
    (tmp_path / "p.yaml").write_text("rules:\n  - rule: key.rsa-min\n")
    load_policy("p.yaml")
    assert "plug_two" not in sys.modules


def test_a_plugin_that_was_imported_before_brings_its_rules_too(install):
    install("plug_three", CHECK.format(id="three.rule"))
    __import__("plug_three")
    assert set(load_plugin("plug_three")) == {"three.rule"}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import no_such_module_at_all", "cannot be loaded: ModuleNotFoundError"),
        ("raise SystemExit(0)", "cannot be loaded: SystemExit: 0"),
        ("def broken(:", "cannot be loaded: SyntaxError"),
        ("x = 1", "declares no check"),
        (
            CHECK.format(id="five.rule") + CHECK.format(id="five.rule").replace("judge", "again"),
            "cannot be loaded: TypeError: check five.rule is declared twice",
        ),
        (
            CHECK.format(id="four.rule").replace("Fix: so.", ""),
            "cannot be loaded: TypeError: check four.rule: the doc",
        ),
        (CHECK.format(id="five.rule").replace("limit", "severity"), "cannot be loaded: TypeError: check five.rule"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_a_mistake_at_its_name(install, tmp_path, source, told):
    install("plug_bad", source)
    (tmp_path / "p.yaml").write_text("extends: internal-pki\nplugins: [plug_bad]\n")
    with pytest.raises(InvalidFile) as error:
        load_policy("p.yaml")
    (mistake,) = error.value.mistakes
    assert (mistake.place.line, mistake.place.column) == (2, 11)
    assert mistake.message.startswith(f'the plugin "plug_bad" {told}')


def test_a_name_that_two_packages_claim_is_refused(install):
    install("plug_twice", CHECK.format(id="six.rule"), package="plug_a")
    install("plug_twice", CHECK.format(id="seven.rule"), package="plug_b")
    with pytest.raises(PluginError, match='several packages have a plugin "plug_twice": plug_a, plug_b'):
        load_plugin("plug_twice")


def test_a_shipped_id_is_taken(install, tmp_path):
    install("plug_thief", CHECK.format(id="key.rsa-min"))
    (tmp_path / "p.yaml").write_text("extends: internal-pki\nplugins: [plug_thief]\n")
    with pytest.raises(InvalidFile) as error:
        load_policy("p.yaml")
    assert [m.message for m in error.value.mistakes] == ["key.rsa-min is a rule of certgate's; choose another id"]
    assert all_checks()["key.rsa-min"].doc.citation != "handbook"


def test_what_a_plugin_uses_of_certgate_is_not_its_own(install):
    install("plug_user", f"from certgate.checks.certificate.key import rsa_min\n{CHECK.format(id='six.rule')}")
    assert set(load_plugin("plug_user")) == {"six.rule"}


def test_two_policies_may_declare_one_id_in_one_process(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rule = 'rules: [{{id: acme.same, opa: {{url: "http://127.0.0.1:1", path: {path}}}, message: {message}}}]\n'
    (tmp_path / "one.yaml").write_text(rule.format(path="one", message="first"))
    (tmp_path / "two.yaml").write_text(rule.format(path="two", message="second"))
    before = set(all_checks())
    one, two = load_policy("one.yaml"), load_policy("two.yaml")
    assert [policy.rules[1].check.doc.title for policy in (one, two)] == ["first", "second"]
    assert [load_policy(name).rules for name in ("one.yaml", "two.yaml")] == [one.rules, two.rules]
    assert set(all_checks()) == before
