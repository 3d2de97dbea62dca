"""Names held against the Public Suffix List."""

import sys
from pathlib import Path

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.names.suffix_list import edition
from certgate.gate import RunSpec, prepare
from certgate.lab.pki import issue, pem
from certgate.model.errors import UsageError
from certgate.model.target import FileSource, Target

LIST = {"public suffix list": edition()}


def named(*names):
    return issue("", sans=names)


@pytest.mark.parametrize(
    ("name", "is_public"),
    [
        ("*.co.uk", True),
        ("*.example.co.uk", False),
        ("*.com", True),
        ("*.CoM", True),
        ("*.example.com", False),
        ("*.github.io", False),  # of the private section
        ("*.io", True),
        ("*.ck", True),  # the list has *.ck, and of these
        ("*.foo.ck", True),
        ("*.www.ck", False),  # but not this
        ("*.kawasaki.jp", True),
        ("*.city.kawasaki.jp", False),
        ("*.xn--p1ai", True),
        ("*.local", True),  # a label alone is one, whether anybody knows it or not
        ("*.corp.local", False),
        ("*.", False),
        ("*.a..b", False),
    ],
)
def test_a_wildcard_directly_below_a_public_suffix_fails(ask, name, is_public):
    problem = Problem(f"{name} covers all names below a public suffix", name, evidence=LIST)
    assert ask("name.wildcard-public-suffix", named(name, "www.example.com")) == ([problem] if is_public else [])


@pytest.mark.parametrize("name", ["co.uk", "w*.co.uk", "www.*.com"])
def test_what_is_no_wildcard_of_the_form_is_not_asked(ask, name):
    assert ask("name.wildcard-public-suffix", named(name)) == [NotApplicable("no wildcard name")]


@pytest.mark.parametrize(
    ("name", "is_internal"),
    [
        ("www.example.com", False),
        ("WWW.EXAMPLE.COM", False),
        ("www.example.com.", False),
        ("*.example.co.uk", False),
        ("xn--80ak6aa92e.xn--p1ai", False),
        ("name.github.io", False),
        ("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion", False),
        ("4.3.2.1.in-addr.arpa", False),
        ("www.foo.ck", False),
        ("com", False),
        ("mail.corp", True),
        ("db.prod.svc.cluster.local", True),
        ("localhost", True),
        ("*.internal", True),
        ("a.example", True),
        ("a.comm", True),
        ("a..com", True),
        ("", True),
    ],
)
def test_a_name_below_no_registered_top_level_domain_is_internal(ask, name, is_internal):
    problem = Problem(
        f"{name} is an internal name: its top-level domain is not registered",
        name,
        evidence=LIST,
    )
    assert ask("name.internal-name", named(name, "www.example.com")) == ([problem] if is_internal else [])


def test_addresses_are_no_names(ask):
    for names in ((x509.DNSName("10.0.0.1"),), ("10.0.0.1",), ()):
        assert ask("name.internal-name", named(*names)) == [NotApplicable("no DNS name")]


def test_of_many_names_the_first_are_told_and_the_rest_are_counted(ask):
    found = ask("name.internal-name", named(*(f"{n}.corp" for n in range(25))))
    assert [p.message for p in found[19:]] == [
        "19.corp is an internal name: its top-level domain is not registered",
        "5 further problems of this kind",
    ]


@pytest.mark.parametrize("rule", ["name.wildcard-public-suffix", "name.internal-name"])
def test_without_the_extra_a_policy_that_holds_such_a_rule_is_refused_with_its_place(tmp_path, monkeypatch, rule):
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(issue("Root", ca=True)))
    targets = [Target(id="a", ordinal=0, source=FileSource("a"), policy="p.yaml", trust=("root.pem",))]

    Path("p.yaml").write_text(f"rules:\n  - rule: chain.depth\n  - rule: {rule}\n    severity: warning\n")
    with pytest.raises(UsageError) as caught:
        prepare(targets)

    assert str(caught.value) == (
        f"p.yaml:3:5: {rule} cannot be checked: publicsuffixlist is not installed; run `pip install 'certgate[names]'`, "
        f"or leave out these rules with --ignore {rule}"
    )
    assert prepare(targets, RunSpec(ignore=(rule,))).header.left_out == (rule,)
    Path("p.yaml").write_text(f"rules:\n  - rule: chain.depth\n  - rule: {rule}\n    disabled: we have no list\n")
    assert prepare(targets).header.disabled


def test_rules_without_the_list_do_not_load_it():
    import subprocess

    script = "import sys; from certgate.checks.framework.catalogue import all_checks; all_checks(); sys.exit('publicsuffixlist' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
