"""Whom a certificate stands for."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue

NO_NAME = [NotApplicable("no expected name (--name)")]


def test_a_certificate_without_a_subject_alternative_name_fails(ask):
    assert ask("name.san-present", issue("a.example")) == [Problem("no subjectAltName")]


def test_a_host_or_an_address_is_needed(ask):
    assert ask("name.san-present", issue(sans=["a.example"])) == []
    assert ask("name.san-present", issue(sans=["192.0.2.1"])) == []
    workload = issue(sans=["spiffe://corp.example/db"])
    assert ask("name.san-present", workload) == [Problem("no DNS name or IP address in the subjectAltName")]
    assert ask("name.san-present", workload, allow_uri=True) == []


def test_no_uri_is_enough_where_only_mail_is_named(ask):
    certificate = issue(sans=[x509.RFC822Name("a@b.example")])
    assert ask("name.san-present", certificate, allow_uri=True) == [
        Problem("no DNS name, IP address or URI in the subjectAltName")
    ]


@pytest.mark.parametrize("name", ["a.example", "A.example.", "x.wild.example", "192.0.2.1", "2001:DB8::1"])
def test_a_certificate_for_the_host_passes(ask, name):
    certificate = issue("a.example", sans=["a.example", "*.wild.example", "192.0.2.1", "2001:db8::1"])
    assert ask("name.host-match", certificate, names=(name,)) == []


def test_every_expected_name_must_match(ask):
    certificate = issue("a.example", sans=["a.example", "192.0.2.1"])
    assert ask("name.host-match", certificate, names=("a.example", "b.example", "192.0.2.2")) == [
        Problem("no name matches b.example; found a.example, 192.0.2.1", key="b.example"),
        Problem("no name matches 192.0.2.2; found a.example, 192.0.2.1", key="192.0.2.2"),
    ]


def test_a_long_list_of_names_is_cut(ask):
    certificate = issue(sans=[f"h{n}.example" for n in range(7)])
    [problem] = ask("name.host-match", certificate, names=("a.example",))
    assert problem.message.endswith("h0.example, h1.example, h2.example, h3.example, h4.example and 2 more")


def test_where_no_name_is_expected_none_is_asked(ask):
    assert ask("name.host-match", issue("a.example")) == NO_NAME
    assert ask("name.cn-only", issue("a.example")) == NO_NAME


def test_a_host_in_the_common_name_alone_fails_both_rules(ask):
    certificate = issue("a.example", sans=["b.example"])
    assert ask("name.cn-only", certificate, names=("a.example",)) == [
        Problem(
            "a.example is in the common name but not in the subjectAltName", key="a.example", cause="name.host-match"
        )
    ]
    assert ask("name.host-match", certificate, names=("a.example",)) == [
        Problem("no name matches a.example; found b.example", key="a.example")
    ]


def test_an_address_in_the_common_name_alone_is_told_too(ask):
    [problem] = ask("name.cn-only", issue("192.0.2.1"), names=("192.0.2.1",))
    assert problem.key == "192.0.2.1"


def test_cn_only_says_nothing_where_the_common_name_would_not_help(ask):
    assert ask("name.cn-only", issue("a.example", sans=["a.example"]), names=("a.example",)) == []
    assert ask("name.cn-only", issue("b\u00fccher", sans=["b.example"]), names=("a.example",)) == []


@pytest.mark.parametrize("common_name", ["a.example", "*.a.example", "192.0.2.1", "2001:db8::1"])
def test_a_common_name_copied_from_the_names_passes(ask, common_name):
    certificate = issue(common_name, sans=["a.example", "*.a.example", "192.0.2.1", "2001:db8::1"])
    assert ask("name.cn-in-san", certificate) == []


@pytest.mark.parametrize("common_name", ["A.example", "a.example.", "a.example ", "2001:DB8::1", "2001:db8:0::1"])
def test_a_common_name_must_be_an_exact_copy(ask, common_name):
    certificate = issue(common_name, sans=["a.example", "2001:db8::1"])
    assert ask("name.cn-in-san", certificate) == [
        Problem(f"the common name {common_name} is not in the subjectAltName", key="common name")
    ]


def test_two_common_names_are_one_too_many(ask):
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n) for n in ("a.example", "b.example")])
    certificate = issue(names, sans=["a.example", "b.example"])
    assert ask("name.cn-in-san", certificate) == [Problem("2 common names, 1 allowed", key="several")]


def test_no_common_name_is_needed(ask):
    certificate = issue(sans=["a.example"])
    assert ask("name.cn-in-san", certificate) == [NotApplicable("no common name")]
    assert ask("name.cn-discouraged", certificate) == []
    assert ask("name.cn-discouraged", issue("a.example")) == [Problem("common name present")]
