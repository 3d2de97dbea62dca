"""The entries of the subjectAltName."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.errors import Malformed

NO_SAN = [NotApplicable("no subjectAltName")]
NO_DNS_NAME = [NotApplicable("no DNS name")]
SAN = "2.5.29.17"


def test_only_a_whole_left_most_label_is_a_wildcard(ask):
    certificate = issue(sans=["*.example", "a*.example", "*.*.example", "a.example"])
    assert ask("name.wildcard-form", certificate) == [
        Problem("a*.example has an asterisk that is not the whole leftmost label", key="a*.example"),
        Problem("*.*.example has more than one asterisk", key="*.*.example"),
    ]


def test_a_certificate_without_wildcards_has_no_form_to_judge(ask):
    assert ask("name.wildcard-form", issue(sans=["a.example"])) == [NotApplicable("no wildcard name")]


def test_wildcards_can_be_forbidden(ask):
    assert ask("name.wildcard-forbidden", issue(sans=["a.example"])) == []
    assert ask("name.wildcard-forbidden", issue("a.example")) == NO_DNS_NAME
    assert ask("name.wildcard-forbidden", issue(sans=["a.example", "*.example"])) == [
        Problem("*.example is a wildcard name", key="*.example")
    ]


def test_dns_names_must_be_host_names(ask):
    assert ask("name.dns-syntax", issue("a.example")) == NO_DNS_NAME
    certificate = issue(sans=["a.example", "*.b.example", "c.example.", x509.DNSName("10.0.0.1"), "*.", "*"])
    assert ask("name.dns-syntax", certificate) == [
        Problem("c.example. ends in a dot", key="c.example."),
        Problem("10.0.0.1 is an IP address", key="10.0.0.1"),
        Problem("*. is empty", key="*."),
    ]


def test_an_empty_dns_name_is_told_in_words(ask):
    assert ask("name.dns-syntax", issue(sans=[x509.DNSName("")])) == [Problem("a name is empty")]


def test_an_underscore_can_be_a_warning(ask):
    certificate = issue(sans=["my_db.corp.example", "a..example"])
    problem, other = ask("name.dns-syntax", certificate)
    assert (problem.severity, other.severity) == (None, None)
    assert ask("name.dns-syntax", certificate, tolerate_underscore=True) == [
        Problem("my_db.corp.example has an underscore", key="my_db.corp.example", severity=Severity.WARNING),
        Problem("a..example has an empty label", key="a..example"),
    ]


def test_a_hostile_number_of_bad_names_gives_a_bounded_number_of_problems(ask):
    found = ask("name.dns-syntax", issue(sans=[f"a_{n}.example" for n in range(23)]))
    assert len(found) == 21
    assert found[-1] == Problem("3 further problems of this kind", key="further")


def test_critical_goes_with_an_empty_subject(ask):
    names = x509.SubjectAlternativeName([x509.DNSName("a.example")])
    assert ask("name.san-critical", issue(sans=["a.example"])) == []
    assert ask("name.san-critical", issue("a.example", sans=["a.example"])) == []
    assert ask("name.san-critical", issue("a.example")) == NO_SAN
    assert ask("name.san-critical", issue(extensions={type(names): (names, False)})) == [
        Problem("the subject is empty, but the subjectAltName is not critical")
    ]
    assert ask("name.san-critical", issue("a.example", extensions={type(names): (names, True)})) == [
        Problem("the subjectAltName is critical, but the subject is not empty")
    ]


def test_addresses_that_anybody_may_have_are_reserved(ask):
    assert ask("name.reserved-ip", issue(sans=["a.example"])) == [NotApplicable("no IP address")]
    assert ask("name.reserved-ip", issue(sans=["192.88.98.255", "2600::1"])) == []
    assert ask("name.reserved-ip", issue(sans=["10.1.2.3", "fe80::1"])) == [
        Problem("10.1.2.3 is in the special-purpose range 10.0.0.0/8", key="10.1.2.3"),
        Problem("fe80::1 is in the special-purpose range fe80::/10", key="fe80::1"),
    ]


def test_a_network_is_no_address(ask):
    network = issue(raw_extensions=[(SAN, True, b"\x30\x0a\x87\x08" + bytes([8, 8, 8, 0, 255, 255, 255, 0]))])
    assert ask("name.reserved-ip", network) == [
        Problem("08080800ffffff00 is not an IP address", key="08080800ffffff00")
    ]
    assert [p.key for p in ask("name.host-match", network, names=("8.8.8.0",))] == ["8.8.8.0"]


@pytest.mark.parametrize("name", ["1.2.0.192.in-addr.arpa", "ip6.arpa", "A.IP6.ARPA", "in-addr.arpa"])
def test_names_for_reverse_look_ups_fail(ask, name):
    assert ask("name.ip-reverse-zone", issue(sans=[name])) == [Problem(f"{name} is in a reverse lookup zone", key=name)]


def test_other_names_are_no_reverse_look_ups(ask):
    assert ask("name.ip-reverse-zone", issue(sans=["notip6.arpa", "ip6.arpa.example"])) == []
    assert ask("name.ip-reverse-zone", issue("a.example")) == NO_DNS_NAME


def test_types_that_were_not_allowed_fail(ask):
    certificate = issue(sans=["a.example", "192.0.2.1", "spiffe://corp.example/a", x509.RFC822Name("a@b.example")])
    assert ask("name.san-types", certificate) == [
        Problem("a name of type URI, only DNS, IP allowed", key="URI"),
        Problem("a name of type email, only DNS, IP allowed", key="email"),
    ]
    assert ask("name.san-types", certificate, Role.SPIFFE, allowed=("DNS", "IP", "URI", "email")) == []
    assert ask("name.san-types", issue("a.example")) == NO_SAN


def test_types_that_the_library_cannot_read_are_seen(ask):
    rare = issue(raw_extensions=[(SAN, True, b"\x30\x07\x82\x01a\xa3\x00\xa5\x00")])
    assert [p.key for p in ask("name.san-types", rare)] == ["EdiPartyName", "X400Name"]
    unknown = issue(raw_extensions=[(SAN, True, b"\x30\x04\x04\x00\x9e\x00")])
    assert [p.key for p in ask("name.san-types", unknown)] == ["tag 0x4", "tag 0x9e"]
    ninth = issue(raw_extensions=[(SAN, True, b"\x30\x02\x89\x00")])
    assert [p.key for p in ask("name.san-types", ninth)] == ["tag 0x89"]


def test_an_address_of_another_length_is_shown_in_hexadecimal(ask):
    short = issue(raw_extensions=[(SAN, True, b"\x30\x05\x87\x03\x0a\x00\x01")])
    [problem] = ask("name.san-allowlist", short, patterns=("IP:10.0.0.0/8",))
    assert problem.message == "IP:0a0001 matches no pattern"


PATTERNS = ("DNS:*.Corp.example", "IP:10.0.0.0/8", "IP:2001:db8::1", "URI:spiffe://corp.example/*", "RID:1.2.3")


def test_names_that_match_a_pattern_pass(ask):
    certificate = issue(
        sans=["A.CORP.example", "*.corp.example", "10.255.255.255", "2001:db8::1", "spiffe://corp.example/ns/a", x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))]
    )  # fmt: skip
    assert ask("name.san-allowlist", certificate, patterns=PATTERNS) == []


@pytest.mark.parametrize(
    "name",
    [
        "corp.example", "a.corp.example.evil.example", "11.0.0.1", "2001:db8::2", "spiffe://corp.example", "spiffe://Corp.example/a",
        x509.RFC822Name("a@b.corp.example"), x509.DNSName("10.0.0.1"), x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"),
        x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.corp.example")])),
    ],
)  # fmt: skip
def test_a_name_that_matches_no_pattern_fails(ask, name):
    [problem] = ask("name.san-allowlist", issue(sans=[name]), patterns=PATTERNS)
    assert problem.message.endswith("matches no pattern")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [("a*a", "a", False), ("a*a", "aa", True), ("*", "", True), ("a*b*c", "a-b-c", True), ("a*b*c", "a-c", False),
     ("a*bc*c", "abc", False), ("", "", True), ("", "a", False), ("*a*", "ab", True), ("*a*", "bab", True), ("a?", "ab", False)],
)  # fmt: skip
def test_an_asterisk_stands_for_any_characters(ask, pattern, text, expected):
    certificate = issue(sans=[x509.DNSName(text)])
    assert (ask("name.san-allowlist", certificate, patterns=(f"DNS:{pattern}",)) == []) is expected


def test_without_patterns_or_names_there_is_nothing_to_allow(ask):
    assert ask("name.san-allowlist", issue(sans=["a.example"])) == [NotApplicable("the policy lists no pattern")]
    assert ask("name.san-allowlist", issue("a.example"), patterns=PATTERNS) == NO_SAN


def test_100_names_pass_and_101_fail(ask):
    def holding(count):
        return issue(sans=[f"h{n}.example" for n in range(count)])

    assert ask("name.san-count", holding(100)) == []
    assert ask("name.san-count", holding(101)) == [Problem("101 names, at most 100 allowed")]
    assert ask("name.san-count", issue("a.example")) == NO_SAN


def test_an_unreadable_list_is_no_pass(ask):
    broken = issue(raw_extensions=[(SAN, True, b"\x30\x05\x82")])
    for rule in ("name.san-types", "name.san-count", "name.dns-syntax", "name.san-present", "name.reserved-ip"):
        with pytest.raises(Malformed):
            ask(rule, broken)
