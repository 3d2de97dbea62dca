"""What single OCSP responses and CRLs are worth, case by case: the right answer, and the section that makes it so.

GOOD and REVOKED are believed answers, UNKNOWN is a responder's, and NOTHING is what cannot be believed either way.
"""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.subjects import CertificatePath, RevocationEvidence
from certgate.checks.status.rev_status import RevocationState, status_of
from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.ocsp import issue_responder, make_staple, unsuccessful_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.target import Revocation
from certgate.x509.certificate import parse_certificate

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
SKEW = 300 * SECOND
ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
OTHER = issue("other", issuer=CA)
STRANGER = issue("Stranger", ca=True)
NAMESAKE = issue("CA", ca=True)
UNKNOWN_OID, NULL = "1.2.3.4", b"\x05\x00"
REASON, INVALIDITY, ISSUER = "2.5.29.21", "2.5.29.24", "2.5.29.29"
NONCE, CUTOFF, EXTENDED = (f"1.3.6.1.5.5.7.48.1.{n}" for n in (2, 6, 9))
GOOD, REVOKED, UNKNOWN, NOTHING = (
    RevocationState.GOOD,
    RevocationState.REVOKED,
    RevocationState.UNKNOWN,
    RevocationState.UNDETERMINED,
)
URI = x509.UniformResourceIdentifier
SOME = frozenset({x509.ReasonFlags.key_compromise})
REST = frozenset(x509.ReasonFlags) - SOME - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}


def read(credential):
    return parse_certificate(credential.der)


def answer(*evidence):
    path = CertificatePath((read(LEAF), read(CA)), read(ROOT))
    return status_of(RevocationEvidence(path=path, index=0, evidence=evidence, mode=Revocation.HARD), CLOCK).state


def ocsp(**options):
    issuer = options.pop("issuer", CA)
    return make_staple(LEAF, issuer, **options)


def delegate(**options):
    return ocsp(responder=issue_responder(CA, **options))


def critical(oid=UNKNOWN_OID, value=NULL):
    return [(oid, True, value)]


def revoked(**options):
    return ocsp(status="revoked", **options)


OCSP = [
    # statuses
    ("good", ocsp(), GOOD, "6960 §2.2"),
    ("revoked", revoked(), REVOKED, "6960 §2.2"),
    ("revoked, on hold", revoked(reason=6), REVOKED, "6960 §2.2: temporarily is revoked too"),
    ("revoked, a reason that is not known", revoked(reason=99), REVOKED, "6960 §4.2.1"),
    ("revoked, as never issued", revoked(reason=6, extensions=[(EXTENDED, False, NULL)]), REVOKED, "6960 §4.4.8"),
    ("unknown", ocsp(status="unknown"), UNKNOWN, "6960 §2.2"),
    ("an error", unsuccessful_staple(3), NOTHING, "6960 §2.3"),
    ("of another certificate", make_staple(OTHER, CA), NOTHING, "6960 §3.2(1)"),
    ("of another CA's certificate", ocsp(issuer=STRANGER), NOTHING, "6960 §3.2(1)"),
    # several answers
    ("good among others", ocsp(also=[OTHER, OTHER]), GOOD, "6960 §4.2.1"),
    ("good, then revoked", revoked(also=[LEAF]), REVOKED, "6960 §4.2.1 has one answer for each"),
    ("good, then unknown", ocsp(status="unknown", also=[LEAF]), UNKNOWN, "6960 §4.2.1 has one answer for each"),
    # versions
    ("version 2", ocsp(version=2), NOTHING, "6960 §4.2.1"),
    ("revoked, version 2", revoked(version=2), NOTHING, "6960 §4.2.1"),
    # critical extensions
    ("unknown critical", ocsp(extensions=critical()), NOTHING, "6960 §4.4"),
    ("revoked, unknown critical", revoked(extensions=critical()), NOTHING, "6960 §4.4"),
    ("unknown critical in the answer", ocsp(single_extensions=critical()), NOTHING, "6960 §4.4"),
    ("revoked, unknown critical in the answer", revoked(single_extensions=critical()), NOTHING, "6960 §4.4"),
    ("unknown, not critical", ocsp(extensions=[(UNKNOWN_OID, False, NULL)]), GOOD, "6960 §4.4"),
    ("unknown in the answer", ocsp(single_extensions=[(UNKNOWN_OID, False, NULL)]), GOOD, "6960 §4.4"),
    ("critical nonce", ocsp(extensions=critical(NONCE, b"\x04\x01n")), GOOD, "6960 §4.4.1"),
    ("critical nonce in the answer", ocsp(single_extensions=critical(NONCE)), NOTHING, "6960 §4.4.1"),
    ("critical archive cutoff", ocsp(single_extensions=critical(CUTOFF)), GOOD, "6960 §4.4.4"),
    ("critical reason", revoked(single_extensions=critical(REASON, b"\x0a\x01\x01")), REVOKED, "6960 §4.4.5"),
    # times
    ("thisUpdate now", ocsp(this_update=CLOCK), GOOD, "6960 §3.2(5)"),
    ("thisUpdate ahead as clocks are", ocsp(this_update=CLOCK + SKEW), GOOD, "6960 §3.2(5)"),
    ("thisUpdate ahead", ocsp(this_update=CLOCK + SKEW + SECOND, produced_at=CLOCK), NOTHING, "6960 §3.2(5)"),
    ("producedAt ahead", ocsp(produced_at=CLOCK + SKEW + SECOND), NOTHING, "6960 §4.2.2.1"),
    ("nextUpdate now", ocsp(next_update=CLOCK), GOOD, "6960 §3.2(6)"),
    ("nextUpdate over", ocsp(next_update=CLOCK - SECOND), NOTHING, "6960 §3.2(6)"),
    ("no nextUpdate", ocsp(next_update=None), NOTHING, "5019 §4"),
    ("nextUpdate before thisUpdate", ocsp(this_update=CLOCK + SKEW, next_update=CLOCK), NOTHING, "6960 §2.4"),
    ("revoked, nextUpdate over", revoked(next_update=CLOCK - SECOND), REVOKED, "a revocation stays"),
    ("revoked, no nextUpdate", revoked(next_update=None), REVOKED, "a revocation stays"),
    ("revoked, thisUpdate ahead", revoked(this_update=CLOCK + DAY), REVOKED, "revoked since before now"),
    ("revoked in the future", revoked(this_update=CLOCK + DAY, revoked_at=CLOCK + HOUR), NOTHING, "not revoked yet"),
    ("unknown, nextUpdate over", ocsp(status="unknown", next_update=CLOCK - SECOND), NOTHING, "6960 §3.2(6)"),
    ("unknown, thisUpdate ahead", ocsp(status="unknown", this_update=CLOCK + DAY), NOTHING, "6960 §3.2(5)"),
    # signers
    ("a delegate", delegate(), GOOD, "6960 §4.2.2.2"),
    ("a delegate by name", ocsp(responder=issue_responder(CA), by_name=True), GOOD, "6960 §4.2.2.3"),
    ("a delegate that is not sent", ocsp(responder=issue_responder(CA), embed=[]), NOTHING, "6960 §4.2.2.2"),
    ("a delegate without OCSPSigning", delegate(ekus=["1.3.6.1.5.5.7.3.1"]), NOTHING, "6960 §4.2.2.2"),
    ("a delegate for any purpose", delegate(ekus=["2.5.29.37.0"]), NOTHING, "6960 §4.2.2.2"),
    ("a delegate that may not sign", delegate(key_usage=["key_encipherment"]), NOTHING, "5280 §4.2.1.12"),
    ("a delegate for non-repudiation", delegate(key_usage=["content_commitment"]), GOOD, "5280 §4.2.1.12"),
    ("a delegate without key usage", delegate(key_usage=[]), GOOD, "5280 §4.2.1.3"),
    ("a delegate with an unknown critical", delegate(raw_extensions=critical()), NOTHING, "5280 §4.2"),
    ("a delegate with a critical nocheck", delegate(extensions={x509.OCSPNoCheck: (x509.OCSPNoCheck(), True)}), GOOD,
     "6960 §4.2.2.2.1"),
    ("a delegate that expired", delegate(not_before=CLOCK - 9 * DAY, days=8), NOTHING, "6960 §4.2.2.2"),
    ("a delegate of the root", ocsp(responder=issue_responder(ROOT)), NOTHING, "6960 §4.2.2.2"),
    ("a delegate of a namesake", ocsp(responder=issue_responder(NAMESAKE)), NOTHING, "6960 §4.2.2.2"),
    ("a stranger", ocsp(responder=STRANGER), NOTHING, "6960 §4.2.2.2"),
    ("revoked, by a stranger", revoked(responder=STRANGER), NOTHING, "6960 §4.2.2.2"),
    ("signed with another key", ocsp(signing_key=STRANGER.key), NOTHING, "6960 §3.2(2)"),
    ("revoked, signed with another key", revoked(signing_key=STRANGER.key), NOTHING, "6960 §3.2(2)"),
    ("signed with SHA-1", ocsp(hash_name="sha1"), NOTHING, "CA/B BR §7.1.3.2"),
]  # fmt: skip


def crl(*entries, **options):
    return make_crl(options.pop("issuer", CA), *entries, **options)


def listed(**options):
    """A CRL that lists the leaf, or with `as_` an entry for it."""
    return crl(LEAF, **options)


def entry(**options):
    return crl(crl_entry(LEAF, **options))


def scope(**fields):
    return {"scope": fields}


DELTA = [(x509.DeltaCRLIndicator(1), True)]
REMOVED = crl_entry(LEAF, reason=x509.ReasonFlags.remove_from_crl)
HELD = crl_entry(LEAF, reason=x509.ReasonFlags.certificate_hold)
OLD = {"this_update": CLOCK - 9 * DAY, "next_update": CLOCK - DAY}
LATER = {"this_update": CLOCK + DAY, "next_update": CLOCK + 9 * DAY}
CRL_ISSUER = issue("Lists", issuer=CA, ca=True)

CRL = [
    ("not listed", crl(OTHER), GOOD, "5280 §6.3.3"),
    ("empty", crl(), GOOD, "5280 §5.1.2.6"),
    ("listed", listed(), REVOKED, "5280 §6.3.3(j)"),
    ("on hold", crl(HELD), REVOKED, "5280 §5.3.1"),
    ("removed, though complete", crl(REMOVED), NOTHING, "5280 §5.3.1 keeps it to delta CRLs"),
    # versions
    ("version 1", crl(version=None, number=None), GOOD, "5280 §5.1.2.1"),
    ("listed, version 1", listed(version=None, number=None), REVOKED, "5280 §5.1.2.1"),
    ("version 3", crl(version=3), NOTHING, "5280 §5.1.2.1"),
    ("listed, version 3", listed(version=3), NOTHING, "5280 §5.1.2.1"),
    # critical extensions
    ("unknown critical", crl(raw_extensions=critical()), NOTHING, "5280 §5.2"),
    ("listed, unknown critical", listed(raw_extensions=critical()), NOTHING, "5280 §5.2"),
    ("unknown, not critical", crl(raw_extensions=[(UNKNOWN_OID, False, NULL)]), GOOD, "5280 §5.2"),
    ("unknown critical in its entry", entry(raw_extensions=critical()), NOTHING, "5280 §5.3"),
    ("unknown critical in another entry", crl(crl_entry(OTHER, raw_extensions=critical())), NOTHING, "5280 §5.3"),
    ("listed, unknown critical in another entry", crl(LEAF, crl_entry(OTHER, raw_extensions=critical())),
     NOTHING, "5280 §5.3"),
    ("unknown in its entry", entry(raw_extensions=[(UNKNOWN_OID, False, NULL)]), REVOKED, "5280 §5.3"),
    ("critical reason", entry(raw_extensions=critical(REASON, b"\x0a\x01\x01")), REVOKED, "5280 §5.3.1"),
    # times
    ("no nextUpdate", crl(next_update=None), NOTHING, "5280 §5.1.2.5"),
    ("listed, no nextUpdate", listed(next_update=None), REVOKED, "a revocation stays"),
    ("out of date", crl(**OLD), NOTHING, "5280 §6.3.3(a)"),
    ("listed, out of date", listed(**OLD), REVOKED, "a revocation stays"),
    ("not valid yet", crl(**LATER), NOTHING, "5280 §6.3.3(a)"),
    ("listed, not valid yet", listed(**LATER), REVOKED, "revoked since before now"),
    ("listed for the future", crl(crl_entry(LEAF, revoked_at=CLOCK + HOUR), **LATER), NOTHING, "not revoked yet"),
    ("ahead as clocks are", crl(this_update=CLOCK + SKEW), GOOD, "5280 §6.3.3(a)"),
    ("nextUpdate now", crl(next_update=CLOCK), GOOD, "5280 §6.3.3(a)"),
    ("nextUpdate over", crl(next_update=CLOCK - SECOND), NOTHING, "5280 §6.3.3(a)"),
    # scopes
    ("for some reasons", crl(**scope(only_some_reasons=SOME)), NOTHING, "5280 §6.3.3"),
    ("listed, for some reasons", listed(**scope(only_some_reasons=SOME)), REVOKED, "5280 §6.3.3(j)"),
    ("for users", crl(**scope(only_contains_user_certs=True)), GOOD, "5280 §6.3.3(b)"),
    ("for CAs", crl(**scope(only_contains_ca_certs=True)), NOTHING, "5280 §6.3.3(b)"),
    ("listed, for CAs", listed(**scope(only_contains_ca_certs=True)), NOTHING, "5280 §6.3.3(b)"),
    ("for attributes", crl(**scope(only_contains_attribute_certs=True)), NOTHING, "5280 §6.3.3(b)"),
    ("its point", crl(**scope(full_name=[URI("http://crl.lab.example/1.crl")])), GOOD, "5280 §6.3.3(b)"),
    ("another point", crl(**scope(full_name=[URI("http://crl.lab.example/2.crl")])), NOTHING, "5280 §6.3.3(b)"),
    ("indirect, not listed", crl(LEAF, issuer=CRL_ISSUER, **scope(indirect_crl=True)), NOTHING, "5280 §6.3.3(b)"),
    ("indirect, by its issuer", crl(LEAF, **scope(indirect_crl=True)), REVOKED, "5280 §5.3.3"),
    # signers
    ("another CA's", crl(issuer=STRANGER), NOTHING, "5280 §6.3.3(b)"),
    ("a namesake's", crl(issuer=NAMESAKE), NOTHING, "5280 §6.3.3(g)"),
    ("signed with another key", crl(signing_key=STRANGER.key), NOTHING, "5280 §6.3.3(g)"),
    ("listed, signed with another key", listed(signing_key=STRANGER.key), NOTHING, "5280 §6.3.3(g)"),
    ("listed, out of date, signed with another key", listed(signing_key=STRANGER.key, **OLD), NOTHING, "5280 §6.3.3(g)"),
    ("two algorithms", crl(inner_hash="sha384"), NOTHING, "5280 §5.1.1.2"),
    # a delta alone
    ("a delta alone", crl(extensions=DELTA, number=2), NOTHING, "5280 §5.2.4"),
    ("listed by a delta alone", listed(extensions=DELTA, number=2), REVOKED, "5280 §5.2.4"),
    ("removed by a delta alone", crl(REMOVED, extensions=DELTA, number=2), NOTHING, "5280 §5.2.4"),
]  # fmt: skip

SEVERAL = [
    ("removed by a delta", [crl(HELD), crl(REMOVED, extensions=DELTA, number=2)], GOOD, "5280 §6.3.3(k)"),
    ("removed by an old delta", [crl(HELD), crl(REMOVED, extensions=DELTA, number=2, **OLD)], REVOKED, "5280 §6.3.3"),
    ("added by a delta", [crl(), listed(extensions=DELTA, number=2)], REVOKED, "5280 §6.3.3(i)"),
    ("added by a delta that does not fit", [crl(number=5), listed(extensions=DELTA, number=7, this_update=CLOCK)],
     REVOKED, "5280 §5.2.4"),
    ("all reasons in two", [crl(**scope(only_some_reasons=r)) for r in (SOME, REST)], GOOD, "5280 §6.3.3"),
    ("old, then new without it", [listed(**OLD), crl()], GOOD, "5280 §6.3.3"),
    ("in time, and a newer one without nextUpdate", [crl(), listed(this_update=CLOCK, next_update=None)], REVOKED,
     "a revocation stays"),
    ("in time, and an older one without nextUpdate", [crl(), listed(this_update=CLOCK - DAY, next_update=None)], GOOD,
     "5280 §6.3.3"),
    ("old, then new for some reasons", [listed(**OLD), crl(**scope(only_some_reasons=SOME))], REVOKED, "5280 §6.3.3"),
    ("good beside one that is not understood", [crl(), crl(raw_extensions=critical())], GOOD, "5280 §5.2"),
]  # fmt: skip


def named(cases):
    return [pytest.param(*case[1:3], id=f"{case[0]} (RFC {case[3]})") for case in cases]


@pytest.mark.parametrize(("response", "right"), named(OCSP))
def test_an_ocsp_response_is_worth(response, right):
    assert (
        answer(
            Evidence(kind=EvidenceKind.OCSP, source="http://ocsp.example/", content=response, about=read(LEAF).sha256)
        )
        is right
    )


@pytest.mark.parametrize(("crl", "right"), named(CRL))
def test_a_crl_is_worth(crl, right):
    assert answer(Evidence(kind=EvidenceKind.CRL, source="http://crl.lab.example/1.crl", content=crl)) is right


@pytest.mark.parametrize(("crls", "right"), named(SEVERAL))
def test_several_crls_are_worth_whatever_their_order(crls, right):
    evidence = [Evidence(kind=EvidenceKind.CRL, source=f"{index}.crl", content=crl) for index, crl in enumerate(crls)]
    assert [answer(*evidence), answer(*reversed(evidence))] == [right, right]


def test_an_ocsp_response_and_a_crl_that_contradict_each_other_are_never_to_the_good():
    crls = {GOOD: crl(), REVOKED: listed(next_update=None)}
    responses = {GOOD: ocsp(), REVOKED: revoked(next_update=None), UNKNOWN: ocsp(status="unknown")}
    for by_crl, of_crl in crls.items():
        for by_ocsp, of_ocsp in responses.items():
            said = Evidence(
                kind=EvidenceKind.OCSP, source="http://ocsp.example/", content=of_ocsp, about=read(LEAF).sha256
            )
            assert answer(said, Evidence(kind=EvidenceKind.CRL, source="1.crl", content=of_crl)) is max(by_crl, by_ocsp)
