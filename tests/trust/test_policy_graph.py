"""Certificate policies along a path. Chains are written from the anchor's side to the leaf."""

import pytest
from cryptography import x509

from certgate.lab.pki import Credential, issue
from certgate.trust.limit import LimitExceeded
from certgate.trust.path import CertificatePath
from certgate.trust.policy_graph import (
    MAX_NODES,
    PolicyResult,
    PolicySettings,
    process_policies,
)
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

ROOT = issue("Root", ca=True)
ONE, TWO, THREE, ANY = "1.2.3.1", "1.2.3.2", "1.2.3.3", "2.5.29.32.0"
EXPLICIT = PolicySettings(require_explicit=True)


def oid_der(text: str) -> bytes:
    from cryptography.hazmat import asn1

    return asn1.encode_der(x509.ObjectIdentifier(text))


def mapping(*pairs: tuple[str, str]) -> tuple[str, bool, bytes]:
    entries = [oid_der(a) + oid_der(b) for a, b in pairs]
    body = b"".join(bytes([0x30, len(e)]) + e for e in entries)
    return (
        "2.5.29.33",
        True,
        b"\x30" + (bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")) + body,
    )


def cert(name: str, *policies: str, constraints=(None, None), inhibit_any=None, maps=(), ca=True) -> Credential:
    extensions: dict = {}
    if constraints != (None, None):
        extensions[x509.PolicyConstraints] = (x509.PolicyConstraints(*constraints), True)
    if inhibit_any is not None:
        extensions[x509.InhibitAnyPolicy] = (x509.InhibitAnyPolicy(inhibit_any), True)
    raw = [mapping(*maps)] if maps else []
    return issue(name, issuer=ROOT, ca=ca, policies=policies, extensions=extensions, raw_extensions=raw)


def leaf(*policies: str, **contents) -> Credential:
    return cert("leaf", *policies, ca=False, **contents)


def process(*downwards: Credential, settings: PolicySettings = EXPLICIT) -> PolicyResult:
    certificates = tuple(parse_certificate(c.der) for c in reversed(downwards))
    return process_policies(CertificatePath(certificates, parse_certificate(ROOT.der)), settings)


def holds(*policies: str) -> PolicyResult:
    return PolicyResult(None, frozenset(policies))


def lost(where: str) -> PolicyResult:
    return PolicyResult(f"no valid policy at {where}, where an explicit policy is required", frozenset())


NOT_ACCEPTED = PolicyResult("no accepted policy holds for the path", frozenset())


def wanting(*policies: str, **settings) -> PolicySettings:
    return PolicySettings(frozenset(policies), **({"require_explicit": True} | settings))


def test_a_policy_that_all_certificates_assert_holds():
    assert process(cert("CA", ONE, TWO), leaf(ONE, THREE)) == holds(ONE)


def test_a_policy_that_one_certificate_lacks_does_not_hold():
    assert process(cert("CA", ONE), leaf(TWO)) == lost("leaf")
    assert process(cert("CA"), leaf(ONE)) == lost("issuer 1")


def test_without_a_demand_for_a_policy_none_need_hold():
    assert process(cert("CA"), leaf(ONE), settings=PolicySettings()) == holds()


def test_a_demand_of_a_ca_counts_from_where_it_says():
    assert process(cert("CA", constraints=(0, None)), leaf(), settings=PolicySettings()) == lost("leaf")
    below = (cert("Upper", constraints=(2, None)), cert("CA"), leaf())
    assert process(*below, settings=PolicySettings()) == NOT_ACCEPTED
    later = (cert("Upper", constraints=(3, None)), cert("CA"), leaf())
    assert process(*later, settings=PolicySettings()) == holds()


def test_a_demand_in_the_leaf_itself_counts():
    assert process(cert("CA"), leaf(constraints=(0, None)), settings=PolicySettings()) == NOT_ACCEPTED
    assert process(cert("CA"), leaf(constraints=(1, None)), settings=PolicySettings()) == holds()


def test_only_policies_that_the_user_wants_are_accepted():
    chain = (cert("CA", ONE, TWO), leaf(ONE, TWO))
    assert process(*chain, settings=wanting(TWO, THREE)) == holds(TWO)
    assert process(*chain, settings=wanting(THREE)) == NOT_ACCEPTED


def test_any_policy_stands_for_all():
    assert process(cert("CA", ANY), leaf(ONE)) == holds(ONE)
    assert process(cert("CA", ONE), leaf(ANY)) == holds(ONE)
    assert process(cert("CA", ANY), leaf(ANY)) == holds(ANY)
    assert process(cert("CA", ANY), leaf(ANY), settings=wanting(TWO)) == holds(TWO)


def test_any_policy_counts_no_more_once_it_is_inhibited():
    assert process(
        cert("CA", ANY), leaf(ONE), settings=PolicySettings(require_explicit=True, inhibit_any=True)
    ) == lost("issuer 1")
    assert process(cert("CA", ONE, inhibit_any=0), leaf(ANY)) == lost("leaf")
    assert process(cert("CA", ONE, inhibit_any=1), leaf(ANY)) == holds(ONE)


def test_a_self_issued_ca_may_use_any_policy_even_if_it_is_inhibited():
    upper = cert("Same", ONE, inhibit_any=0)
    rollover = issue("Same", issuer=upper, ca=True, policies=[ANY])
    assert process(upper, rollover, leaf(ONE)) == holds(ONE)


def test_a_self_issued_ca_counts_for_no_constraint_and_a_self_issued_leaf_may_not_use_any_policy():
    upper = cert("Same", ONE, constraints=(1, None))
    rollover = issue("Same", issuer=upper, ca=True, policies=[ONE])
    assert process(upper, rollover, leaf(TWO), settings=PolicySettings()) == NOT_ACCEPTED
    assert process(upper, rollover, cert("CA", ONE), leaf(TWO), settings=PolicySettings()) == lost("leaf")
    top = cert("Same", ONE, inhibit_any=0)
    assert process(top, issue("Same", issuer=top, policies=[ANY])) == lost("leaf")


def test_a_mapped_policy_holds_under_its_first_name():
    assert process(cert("CA", ONE, maps=[(ONE, TWO)]), leaf(TWO)) == holds(ONE)
    assert process(cert("CA", ONE, maps=[(ONE, TWO)]), leaf(ONE)) == lost("leaf")
    assert process(cert("CA", ONE, maps=[(ONE, TWO), (ONE, THREE)]), leaf(THREE)) == holds(ONE)
    assert process(cert("CA", ANY, maps=[(ONE, TWO)]), leaf(TWO)) == holds(ONE)


def test_two_policies_mapped_to_one_both_hold():
    ca = cert("CA", ONE, TWO, maps=[(ONE, THREE), (TWO, THREE)])
    assert process(ca, leaf(THREE)) == holds(ONE, TWO)


def test_a_mapping_that_is_inhibited_loses_the_policy():
    chain = (cert("CA", ONE, TWO, maps=[(ONE, TWO)]), leaf(TWO))
    assert process(*chain, settings=PolicySettings(require_explicit=True, inhibit_mapping=True)) == holds(TWO)
    above = cert("Upper", ONE, constraints=(None, 0))
    assert process(above, cert("CA", ONE, maps=[(ONE, TWO)]), leaf(TWO)) == lost("leaf")


@pytest.mark.parametrize("pair", [(ANY, ONE), (ONE, ANY)])
def test_any_policy_cannot_be_mapped(pair):
    result = process(cert("CA", ONE, maps=[pair]), leaf(ONE))
    assert result == PolicyResult(
        "issuer 1 maps from or to anyPolicy, which is not allowed",
        frozenset(),
    )


def test_mappings_that_cannot_be_read_are_malformed():
    ca = issue("CA", issuer=ROOT, ca=True, policies=[ONE], raw_extensions=[("2.5.29.33", True, b"\x05\x00")])
    with pytest.raises(Malformed, match="policyMappings"):
        process(ca, leaf(ONE))


def test_a_chain_built_to_explode_a_tree_stays_small():
    """Every CA maps both policies to both: a tree would double with each (RFC 9618 §3)."""
    both = [(a, b) for a in (ONE, TWO) for b in (ONE, TWO)]
    chain = [cert(f"CA {n}", ONE, TWO, maps=both) for n in range(18)]
    assert process(*chain, leaf(ONE, TWO)) == holds(ONE, TWO)


def test_more_policies_than_the_limit_are_refused():
    many = [f"1.2.3.{n}" for n in range(MAX_NODES // 2 + 1)]
    with pytest.raises(LimitExceeded):
        process(cert("CA", *many), leaf(*many[1:]))
    assert process(cert("CA", *many[1:]), leaf(*many[1:])) == holds(*many[1:])
