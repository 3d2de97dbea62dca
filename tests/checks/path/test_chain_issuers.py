"""What is said about a path's issuers."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.chain_issuers import (
    depth,
    eku_nesting,
    intermediate_expiry,
    issuer_ca,
    issuer_keycertsign,
    leaf_outlives_issuer,
    pathlen,
    unknown_critical,
)
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.x509.certificate import parse_certificate
from certgate.x509.oids import extension_name

DAY = timedelta(days=1)
ROOT = issue("Root", ca=True, path_length=0, days=1, key_usage=["digital_signature"])
"""An anchor with every fault there is: only its name and key count."""
SERVER, CLIENT = Purpose.SERVER_AUTH.dotted_string, Purpose.CLIENT_AUTH.dotted_string


def ca(name: str = "CA", **contents) -> Credential:
    return issue(name, **({"issuer": ROOT, "ca": True, "days": 3650} | contents))


def path(*chain: Credential) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), parse_certificate(ROOT.der))


LEAF = issue("leaf", issuer=ROOT)


def test_the_anchors_dates_and_extensions_do_not_count():
    chain = path(LEAF, ca("CA"), ca("Upper"))
    assert [list(c(chain)) for c in (depth, pathlen, issuer_ca, issuer_keycertsign, leaf_outlives_issuer)] == [[]] * 5
    assert list(intermediate_expiry(chain, CLOCK)) == []
    assert list(eku_nesting(chain)) == []
    assert list(unknown_critical(chain)) == []


def test_exactly_the_allowed_number_of_intermediates_passes_and_one_more_fails():
    chain = path(LEAF, ca("A"), ca("B"))
    assert list(depth(chain, max_intermediates=2)) == []
    assert list(depth(chain, max_intermediates=1)) == [Problem("2 intermediates, at most 1 allowed")]
    three = [ca(name) for name in "ABC"]
    assert list(depth(path(LEAF, *three))) == []
    assert list(depth(path(LEAF, *three, ca("D")))) == [Problem("4 intermediates, at most 3 allowed")]


def test_self_issued_certificates_do_not_count_for_the_depth():
    rollover = ca("A", issuer=ca("A"))
    assert list(depth(path(LEAF, rollover, rollover, ca("B")), max_intermediates=1)) == []


def test_a_ca_that_is_judged_itself_counts_where_it_is_to_issue():
    top, judged = ca("Top", path_length=0), ca("Judged", issuer=ROOT)
    assert list(pathlen(path(judged, top))) == []
    assert list(pathlen(path(judged, top), leaf_issues=True)) == [
        Problem("1 CA below issuer 1 (Top), at most 0 allowed by its path length", key="issuer 1")
    ]
    rollover = ca("Top", issuer=top, path_length=0)
    assert list(pathlen(path(rollover, top), leaf_issues=True)) == []


def test_a_ca_that_is_judged_itself_has_days_left_where_it_is_to_issue():
    old = ca("Old", not_before=CLOCK - 355 * DAY, days=365)
    assert list(intermediate_expiry(path(old), CLOCK)) == []
    [problem] = intermediate_expiry(path(old), CLOCK, leaf_issues=True)
    assert (problem.message, problem.key) == ("leaf (Old) has 9.9 days left, at least 30.0 days required", "leaf")
    assert list(intermediate_expiry(path(ROOT), CLOCK, leaf_issues=True)) == []


def test_a_path_length_is_exceeded_by_one_level_more():
    top = ca("Top", path_length=1)
    assert list(pathlen(path(LEAF, ca("A"), top))) == []
    assert list(pathlen(path(LEAF, ca("A"), ca("B"), top))) == [
        Problem("2 CAs below issuer 3 (Top), at most 1 allowed by its path length", key="issuer 3")
    ]


def test_self_issued_certificates_do_not_use_up_the_path_length():
    top = ca("Top", path_length=0)
    rollover = ca("Top", issuer=top)
    assert list(pathlen(path(LEAF, rollover, top))) == []


def test_a_path_length_of_the_leaf_or_of_what_may_not_sign_means_nothing():
    powerless = ca("Top", path_length=0, key_usage=["crl_sign"])
    assert list(pathlen(path(LEAF, ca("A"), powerless))) == []
    assert list(pathlen(path(ca("leaf", path_length=0), ca("A")))) == []


def test_an_issuer_without_ca_is_named():
    false, absent = ca("False", ca=False), ca("Absent", extensions={x509.BasicConstraints: None})
    assert list(issuer_ca(path(LEAF, false, absent))) == [
        Problem("issuer 1 (False) is an issuer but not a CA: basicConstraints says CA:FALSE", key="issuer 1"),
        Problem("issuer 2 (Absent) is an issuer but not a CA: it has no basicConstraints", key="issuer 2"),
    ]


def test_a_key_usage_without_keycertsign_is_named_and_an_absent_one_is_not():
    assert list(issuer_keycertsign(path(LEAF, ca(key_usage=["crl_sign"])))) == [
        Problem("issuer 1 (CA) lacks keyCertSign in keyUsage", key="issuer 1")
    ]
    assert list(issuer_keycertsign(path(LEAF, ca(key_usage=[])))) == []


def test_an_intermediate_with_exactly_the_days_wanted_passes_and_a_second_less_fails():
    edge = CLOCK + 30 * DAY
    start = CLOCK - 3650 * DAY
    assert list(intermediate_expiry(path(LEAF, ca(not_before=start, not_after=edge)), CLOCK)) == []
    (problem,) = intermediate_expiry(path(LEAF, ca(not_before=start, not_after=edge - timedelta(seconds=1))), CLOCK)
    assert problem == Problem(
        "issuer 1 (CA) has 29.9 days left, at least 30.0 days required",
        key="issuer 1",
        evidence={"not_after": "2026-07-15T11:59:59+00:00"},
    )


def test_a_short_lived_intermediate_needs_only_a_fraction_of_its_lifetime():
    start = CLOCK - 9 * DAY
    assert list(intermediate_expiry(path(LEAF, ca(not_before=start, days=10.1)), CLOCK)) == []
    (problem,) = intermediate_expiry(path(LEAF, ca(not_before=start, days=9.9)), CLOCK)
    assert problem.message == "issuer 1 (CA) has 0.8 days left, at least 0.9 days required"


@pytest.mark.parametrize(("left", "state"), [(0, "has 0.0 days left"), (-1, "expired 0.0 days ago")])
def test_an_intermediate_has_expired_a_second_after_its_last(left, state):
    (problem,) = intermediate_expiry(path(LEAF, ca(not_after=CLOCK + timedelta(seconds=left))), CLOCK)
    assert problem.message == f"issuer 1 (CA) {state}, at least 3.0 days required"


def test_an_expired_intermediate_is_not_about_to_expire_but_fails_all_the_same():
    (problem,) = intermediate_expiry(path(LEAF, ca(not_after=CLOCK - DAY)), CLOCK)
    assert problem.message == "issuer 1 (CA) expired 1.0 days ago, at least 2.9 days required"


def test_an_intermediate_that_expires_before_the_leaf_is_named():
    end = parse_certificate(LEAF.der).not_after
    assert list(leaf_outlives_issuer(path(LEAF, ca(not_after=end)))) == []
    assert list(leaf_outlives_issuer(path(LEAF, ca(not_after=end - DAY)))) == [
        Problem("issuer 1 (CA) expires 1.0 days before the leaf", key="issuer 1")
    ]


@pytest.mark.parametrize("ekus", [[], [SERVER, CLIENT], [Purpose.ANY_EXTENDED_KEY_USAGE.dotted_string]])
def test_an_intermediate_for_all_purposes_passes(ekus):
    assert list(eku_nesting(path(LEAF, ca(ekus=ekus)), purposes=("server", "client"))) == []


def test_an_intermediate_for_another_purpose_is_named():
    chain = path(LEAF, ca(ekus=[CLIENT]))
    assert list(eku_nesting(chain, purposes=("client",))) == []
    assert list(eku_nesting(chain, purposes=(CLIENT,))) == []
    assert list(eku_nesting(chain, purposes=("client", "server"))) == [
        Problem("issuer 1 (CA) is not for server: extendedKeyUsage allows clientAuth", key="issuer 1 server")
    ]


def test_without_a_purpose_there_is_nothing_to_nest():
    assert list(eku_nesting(path(LEAF), purposes=())) == [NotApplicable("the policy gives no purpose")]


def test_the_leaf_is_asked_for_its_purpose_on_request():
    leaf = issue("leaf", issuer=ROOT, ekus=[CLIENT])
    assert list(eku_nesting(path(leaf), include_leaf=True, purposes=("client",))) == []
    assert list(eku_nesting(path(leaf), include_leaf=True)) == [
        Problem("leaf (leaf) is not for server: extendedKeyUsage allows clientAuth", key="leaf server")
    ]


def test_a_critical_extension_that_nobody_processes_is_named_wherever_it_is():
    odd = issue("leaf", issuer=ROOT, raw_extensions=[("1.2.3.4", True, b"\x05\x00"), ("1.2.3.5", False, b"\x05\x00")])
    upper = ca(raw_extensions=[("1.2.3.6", True, b"\x05\x00")])

    assert list(unknown_critical(path(odd, upper))) == [
        Problem("leaf (leaf) has the critical extension 1.2.3.4, which certgate does not process", key="leaf 1.2.3.4"),
        Problem(
            "issuer 1 (CA) has the critical extension 1.2.3.6, which certgate does not process",
            key="issuer 1 1.2.3.6",
        ),
    ]
    assert list(unknown_critical(path(odd, upper), known_oids=("1.2.3.4", "1.2.3.6"))) == []


OPENSSL, GO = ("openssl",), ("go",)
ANY = Purpose.ANY_EXTENDED_KEY_USAGE.dotted_string
MUST_STAPLE = {x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), True)}
DIRECTORY_NAME = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))


def test_any_purpose_names_none_to_openssl():
    chain = path(LEAF, ca(ekus=[ANY]), ca("Upper", ekus=[ANY, SERVER]))
    assert list(eku_nesting(chain, clients=GO)) == []
    assert list(eku_nesting(chain, clients=OPENSSL)) == [
        Problem("issuer 1 (CA) is not for server: extendedKeyUsage allows anyExtendedKeyUsage", key="issuer 1 server")
    ]


def test_any_purpose_in_the_leaf_names_none_to_openssl_where_the_leaf_is_asked():
    leaf = issue("leaf", issuer=ROOT, ekus=[ANY])
    assert list(eku_nesting(path(leaf), clients=OPENSSL)) == []
    assert [p.key for p in eku_nesting(path(leaf), clients=OPENSSL, include_leaf=True)] == ["leaf server"]


def test_self_issued_certificates_count_towards_path_lengths_for_go():
    upper = ca("A", path_length=0)
    chain = path(LEAF, ca("A", issuer=upper), upper)
    assert list(pathlen(chain)) == list(pathlen(chain, clients=OPENSSL)) == []
    assert list(pathlen(chain, clients=GO)) == [
        Problem("1 CA below issuer 2 (A), at most 0 allowed by its path length", key="issuer 2")
    ]


def constrained(*names: x509.GeneralName, critical: bool = True) -> Credential:
    return ca(extensions={x509.NameConstraints: (x509.NameConstraints(None, names), critical)})


@pytest.mark.parametrize(
    ("issuer", "lacking"),
    [
        (ca(extensions=MUST_STAPLE), {"openssl", "go"}),
        (ca(raw_extensions=[("2.5.29.18", True, bytes.fromhex("3003820161"))]), {"openssl", "go"}),
        (ca(raw_extensions=[("1.3.6.1.5.5.7.48.1.5", True, b"\x05\x00")]), {"go"}),
        (ca(raw_extensions=[("1.3.6.1.5.5.7.48.1.5", False, b"\x05\x00")]), set()),
        (constrained(DIRECTORY_NAME), {"go"}),
        (constrained(x509.DNSName("a.example"), DIRECTORY_NAME), {"go"}),
        (constrained(DIRECTORY_NAME, critical=False), set()),
        (constrained(x509.DNSName("a.example"), x509.RFC822Name("a.example")), set()),
        (constrained(x509.UniformResourceIdentifier("a.example"), x509.IPAddress(ip_network("::/0"))), set()),
    ],
)
def test_critical_extensions_are_those_that_the_clients_process(issuer, lacking):
    chain = path(LEAF, issuer)
    assert list(unknown_critical(chain)) == []
    assert {client for client in ("openssl", "go") if list(unknown_critical(chain, clients=(client,)))} == lacking


@pytest.mark.parametrize(("name", "processed"), [(DIRECTORY_NAME, False), (x509.RFC822Name("a@a.example"), True)])
def test_a_critical_name_of_a_kind_that_go_does_not_read_is_not_processed(name, processed):
    leaf = issue("", issuer=ROOT, sans=[name])
    assert (list(unknown_critical(path(leaf), clients=GO)) == []) is processed
    assert list(unknown_critical(path(leaf), clients=OPENSSL)) == []


def test_who_does_not_process_an_extension_is_named_and_known_extensions_are_left_out():
    oid, chain = "1.3.6.1.5.5.7.1.24", path(LEAF, ca(extensions=MUST_STAPLE))
    assert list(unknown_critical(chain, clients=OPENSSL + GO)) == [
        Problem(
            f"issuer 1 (CA) has the critical extension {extension_name(oid)}, which OpenSSL and Go do not process",
            key=f"issuer 1 {oid}",
        )
    ]
    assert [p.message for p in unknown_critical(chain, clients=GO)] == [
        f"issuer 1 (CA) has the critical extension {extension_name(oid)}, which Go does not process"
    ]
    assert list(unknown_critical(chain, clients=OPENSSL + GO, known_oids=(oid,))) == []
