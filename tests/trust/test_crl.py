"""What CRLs say of a certificate. NIST PKITS, in tests/conformance, covers the wide field; these are the edges."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.lab.crl import make_crl
from certgate.lab.pki import CLOCK, Credential, issue, make_key
from certgate.trust.crl import CrlState, CrlStatus, crl_status
from certgate.x509.certificate import parse_certificate
from certgate.x509.crl import Crl, parse_crl

DAY = timedelta(days=1)
CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA, serial=7)
URL = x509.UniformResourceIdentifier("http://crl.lab.example/1.crl")
"""Where the lab's certificates say their CRL is."""
GOOD = CrlStatus(CrlState.GOOD)
REVOKED = CrlStatus(CrlState.REVOKED, "unspecified")


def undetermined(reason: str) -> CrlStatus:
    return CrlStatus(CrlState.UNDETERMINED, reason)


def entry(serial: int, *extensions: x509.ExtensionType, critical: bool = False) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(CLOCK - DAY)
    for extension in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.build()


def crl(
    *entries: x509.RevokedCertificate,
    issuer=CA,
    key=None,
    since=CLOCK - DAY,
    until=CLOCK + DAY,
    number=1,
    extensions=(),
) -> Crl:
    builder = x509.CertificateRevocationListBuilder(
        issuer.native.subject, since, until, [x509.Extension(x509.CRLNumber.oid, False, x509.CRLNumber(number))]
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for revoked in entries:
        builder = builder.add_revoked_certificate(revoked)
    signed = builder.sign(key or issuer.key, hashes.SHA256())
    return parse_crl(signed.public_bytes(Encoding.DER))


def scope(**fields) -> tuple[x509.IssuingDistributionPoint, bool]:
    usual = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(usual | fields)), True


def ask(*crls: Crl, leaf: Credential = LEAF, signers: tuple[Credential, ...] = (CA,)) -> CrlStatus:
    certificates = [parse_certificate(s.der) for s in signers]
    return crl_status(parse_certificate(leaf.der), crls, {c: c.spki for c in certificates}, CLOCK)


def test_a_serial_that_is_not_listed_is_good_and_one_that_is_listed_is_revoked():
    assert ask(crl(entry(8))) == GOOD
    assert ask(crl(entry(8), entry(7))) == REVOKED


def test_the_reason_of_a_revocation_is_told():
    listed = entry(7, x509.CRLReason(x509.ReasonFlags.key_compromise))
    assert ask(crl(listed)) == CrlStatus(CrlState.REVOKED, "keyCompromise")


def test_without_a_crl_nothing_is_known():
    assert ask() == undetermined("no CRL covers all reasons")


def test_what_a_crl_that_is_out_of_date_lists_stays_revoked_unless_a_newer_one_does_not_list_it():
    old = {"since": CLOCK - 9 * DAY, "until": CLOCK - DAY}
    stays = CrlStatus(CrlState.REVOKED, "unspecified; the CRL expired at 2026-06-14 12:00:00 UTC")
    assert ask(crl(entry(7), **old)) == stays
    assert ask(crl(entry(7), **old), crl(number=2)) == ask(crl(number=2), crl(entry(7), **old)) == GOOD
    some = scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))
    assert ask(crl(entry(7), **old), crl(number=2, extensions=[some])) == stays
    assert ask(crl(entry(7), **old), crl(number=2, since=CLOCK - 10 * DAY)) == stays
    same = {"since": CLOCK - DAY, "until": CLOCK - timedelta(seconds=1)}
    assert ask(crl(entry(7), **same), crl(number=2, since=CLOCK - DAY)) == GOOD
    assert ask(crl(entry(8), **old)) == undetermined("the CRL expired at 2026-06-14 12:00:00 UTC")
    assert ask(crl(entry(7), key=make_key(), **old)) == undetermined("the CRL of CN=CA has a bad signature")


@pytest.mark.parametrize(
    ("since", "until", "status"),
    [
        (CLOCK, CLOCK, GOOD),
        (CLOCK + timedelta(seconds=1), CLOCK + DAY, undetermined("the CRL is not valid yet")),
        (CLOCK - DAY, CLOCK - timedelta(seconds=1), undetermined("the CRL expired at 2026-06-15 11:59:59 UTC")),
    ],
)
def test_a_crl_counts_from_its_first_to_its_last_second(since, until, status):
    if since == until:
        since -= timedelta(seconds=1)
    assert ask(crl(since=since, until=until)) == status


def test_a_crl_of_another_issuer_says_nothing():
    other = issue("Other", ca=True)
    assert ask(crl(entry(7), issuer=other), signers=(CA, other)) == undetermined("the CRL is from another issuer")


def test_a_crl_must_be_signed_by_its_issuer_who_must_be_allowed_to():
    assert ask(crl(entry(7), key=make_key())) == undetermined("the CRL of CN=CA has a bad signature")
    assert ask(crl(entry(7)), signers=()) == undetermined(
        "the CRL of CN=CA comes from an issuer that is not on the path"
    )
    weak = issue("CA", key=CA.key, ca=True, key_usage=["key_cert_sign"])
    assert ask(crl(entry(7)), signers=(weak,)) == undetermined(
        "the CRL of CN=CA comes from an issuer that lacks cRLSign"
    )


@pytest.mark.parametrize("hash_name", ["md5", "sha1"])
def test_a_crl_signed_with_a_broken_hash_proves_nothing_good_and_what_it_lists_stays_revoked(hash_name):
    ca = issue("CA", ca=True, key="RSA-2048")
    leaf = issue("leaf", issuer=ca, serial=7)
    said = f"the CRL is signed with {hash_name}, which is not secure"

    def answer(*crls):
        signers = {parse_certificate(ca.der): parse_certificate(ca.der).spki}
        return crl_status(parse_certificate(leaf.der), [parse_crl(der) for der in crls], signers, CLOCK)

    assert answer(make_crl(ca, hash_name=hash_name)) == undetermined(said)
    assert answer(make_crl(ca, leaf, hash_name=hash_name)) == CrlStatus(CrlState.REVOKED, f"unspecified; {said}")
    assert answer(make_crl(ca, hash_name=hash_name), make_crl(ca)) == GOOD


def test_an_unknown_critical_extension_forbids_the_whole_crl():
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    message = undetermined("the CRL has the unknown critical extension 1.2.3.4")
    assert ask(crl(extensions=[(odd, True)])) == message
    assert ask(crl(extensions=[(odd, False)])) == GOOD
    assert ask(crl(entry(8, odd, critical=True))) == message
    assert ask(crl(entry(8, odd))) == GOOD


def test_a_crl_for_another_distribution_point_or_kind_says_nothing():
    elsewhere = x509.UniformResourceIdentifier("http://crl.lab.example/2.crl")
    assert ask(crl(extensions=[scope(full_name=[URL, elsewhere])])) == GOOD
    assert ask(crl(extensions=[scope(full_name=[elsewhere])])) == undetermined(
        "the CRL is for another distribution point"
    )
    assert ask(crl(extensions=[scope(only_contains_user_certs=True)])) == GOOD
    assert ask(crl(extensions=[scope(only_contains_ca_certs=True)])) == undetermined(
        "the CRL covers only CA certificates"
    )
    ca = issue("Sub", issuer=CA, ca=True)
    assert ask(crl(extensions=[scope(only_contains_user_certs=True)]), leaf=ca) == undetermined(
        "the CRL covers only end-entity certificates"
    )
    assert ask(crl(extensions=[scope(only_contains_attribute_certs=True)])) == undetermined(
        "the CRL covers only attribute certificates"
    )


def test_only_all_reasons_together_make_a_certificate_good():
    some = frozenset({x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise})
    rest = frozenset(x509.ReasonFlags) - some - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}
    first = crl(extensions=[scope(only_some_reasons=some)])
    second = crl(extensions=[scope(only_some_reasons=rest)])
    assert ask(first) == undetermined("no CRL covers all reasons")
    assert ask(first, second) == GOOD


def test_a_delta_crl_adds_and_takes_back():
    delta = [(x509.DeltaCRLIndicator(1), True)]
    back = entry(7, x509.CRLReason(x509.ReasonFlags.remove_from_crl))
    assert ask(crl(), crl(entry(7), number=2, extensions=delta)) == REVOKED
    assert ask(crl(entry(7)), crl(back, number=2, extensions=delta)) == GOOD
    assert ask(crl(entry(7)), crl(number=2, extensions=delta)) == REVOKED


def test_a_delta_crl_that_does_not_fit_its_base_is_left_aside():
    late_base = [(x509.DeltaCRLIndicator(2), True)]
    back = entry(7, x509.CRLReason(x509.ReasonFlags.remove_from_crl))
    assert ask(crl(entry(7)), crl(back, number=3, extensions=late_base)) == REVOKED
    older = [(x509.DeltaCRLIndicator(1), True)]
    assert ask(crl(entry(7), number=3), crl(back, number=2, extensions=older)) == REVOKED
    forged = crl(back, number=2, key=make_key(), extensions=[(x509.DeltaCRLIndicator(1), True)])
    assert ask(crl(entry(7)), forged) == REVOKED
    alone = crl(number=2, extensions=[(x509.DeltaCRLIndicator(1), True)])
    assert ask(alone) == undetermined("no base CRL fits the delta CRL")


def test_an_indirect_crl_speaks_of_the_issuer_that_its_entries_name():
    other = issue("Lists", ca=True)
    point = x509.DistributionPoint([URL], None, None, [x509.DirectoryName(other.native.subject)])
    contents = {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([point]), False)}
    leaf = issue("leaf", issuer=CA, serial=7, extensions=contents)
    of_ca = x509.CertificateIssuer([x509.DirectoryName(CA.native.subject)])
    indirect = [scope(full_name=[URL], indirect_crl=True)]

    def answer(*entries):
        return ask(crl(*entries, issuer=other, extensions=indirect), leaf=leaf, signers=(CA, other))

    assert answer(entry(7)) == GOOD
    assert answer(entry(7, of_ca, critical=True)) == REVOKED
    assert answer(entry(9, of_ca, critical=True), entry(7)) == REVOKED
    direct = crl(entry(7), issuer=other, extensions=[scope(full_name=[URL])])
    assert ask(direct, leaf=leaf, signers=(CA, other)).reason == (
        "the CRL is not the indirect CRL that the distribution point names; the CRL is from another issuer"
    )
