"""CRLs that were fetched or given: in time, and about the certificate."""

from datetime import timedelta

from cryptography import x509

from certgate.checks.framework.registry import NotApplicable
from certgate.checks.framework.subjects import CertificatePath, RevocationEvidence
from certgate.checks.status.crl import scope
from certgate.lab.crl import make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.target import Revocation
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
FILE = "ca.crl"
NONE = [NotApplicable("no CRL for the certificate")]


def subject(*crls, index=0):
    path = CertificatePath((parse_certificate(LEAF.der), parse_certificate(CA.der)), parse_certificate(ROOT.der))
    evidence = tuple(Evidence(kind=EvidenceKind.CRL, source=source, content=content) for source, content in crls)
    return RevocationEvidence(path=path, index=index, evidence=evidence, mode=Revocation.GIVEN)


def test_of_several_crls_one_that_covers_the_certificate_suffices():
    shard = make_crl(CA, scope={"full_name": [x509.UniformResourceIdentifier("http://crl.lab.example/2.crl")]})

    older = make_crl(CA, this_update=CLOCK - timedelta(days=3), next_update=CLOCK - timedelta(days=2))

    assert list(scope(subject(("2.crl", shard), ("1.crl", make_crl(CA))))) == []
    assert list(scope(subject(("2.crl", shard), ("old.crl", older)))) == []


def test_a_file_that_is_no_crl_is_told_once_with_the_leaf():
    junk = (FILE, b"junk")

    assert len(list(scope(subject(junk, ("1.crl", make_crl(CA)))))) == 1
    assert list(scope(subject(junk, index=1))) == NONE
