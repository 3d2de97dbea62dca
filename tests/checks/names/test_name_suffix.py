"""Names compared with the Public Suffix List."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.names import suffix_list
from certgate.checks.names.suffix_list import edition
from certgate.lab.pki import issue

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
        cause="" if "." in name.removeprefix("*.") else "name.single-label",
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


def test_a_policy_may_accept_more_top_level_domains(ask):
    assert ask("name.internal-name", named("a.example", "A.EXAMPLE"), also=("example",)) == []
    (problem,) = ask("name.internal-name", named("a.example", "b.test"), also=("example",))
    assert problem.key == "b.test"


@pytest.mark.parametrize(
    ("name", "cause"), [("intranet", "name.single-label"), ("*.corp", "name.single-label"), ("a.corp", "")]
)
def test_a_single_label_is_the_cause_of_an_internal_name(ask, name, cause):
    (problem,) = ask("name.internal-name", named(name))
    assert problem.cause == cause


def test_the_list_is_read_as_the_library_for_it_reads_it():
    from publicsuffixlist import PublicSuffixList

    text = (Path(suffix_list.__file__).parent / "public_suffix_list.dat").read_text()
    library = PublicSuffixList(text.splitlines(), only_icann=True)
    rules = [line.lstrip("*!.") for line in text.splitlines() if line and not line.startswith("//")][::25]
    names = [f"{before}{rule.encode('idna').decode()}" for rule in rules for before in ("", "a.", "b.a.")]

    assert [n for n in names if suffix_list.is_public_suffix(n) is not library.is_public(n)] == []
    assert [n for n in names if not suffix_list.ends_registered(n)] == []


def test_the_list_keeps_its_licence_and_its_date():
    text = (Path(suffix_list.__file__).parent / "public_suffix_list.dat").read_text()

    assert "Mozilla Public" in text[:200]
    assert edition() in text[:800]
    assert text.rstrip().endswith("// ===END ICANN DOMAINS===")


def test_rules_without_the_list_do_not_read_it():
    script = (
        "import sys; from certgate.checks.framework.catalogue import all_checks; all_checks();"
        "from certgate.checks.names import suffix_list; sys.exit(suffix_list._read.cache_info().currsize)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
