"""OCSP responses and CRLs in files, DER or PEM: no block is left out."""

from base64 import encodebytes

import pytest

from certgate.lab.crl import make_crl
from certgate.lab.pki import issue
from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.observe.evidence import given as evidence_files
from certgate.observe.evidence.given import read_crls, read_staple

CA = issue("CA", ca=True)
CRL, OTHER = make_crl(CA), make_crl(CA, number=2)


def armour(label, der):
    return f"-----BEGIN {label}-----\n{encodebytes(der).decode()}-----END {label}-----\n".encode()


@pytest.fixture
def file(tmp_path):
    def write(data):
        (tmp_path / "file").write_bytes(data)
        return str(tmp_path / "file")

    return write


def crls(path, *contents):
    return tuple(Evidence(kind=EvidenceKind.CRL, source=path, content=content) for content in contents)


def test_a_crl_is_read_as_der_and_several_as_pem(file):
    path = file(CRL)
    assert read_crls(path) == crls(path, CRL)
    file(b"CRLs of CA\n" + armour("X509 CRL", CRL) + armour("CERTIFICATE", CA.der) + armour("X509 CRL", OTHER))
    assert read_crls(path) == crls(path, CRL, OTHER)


def test_a_staple_is_read_as_der_and_as_pem(file):
    assert read_staple(file(b"0\x03\n\x01\x03")) == b"0\x03\n\x01\x03"
    assert read_staple(file(armour("OCSP RESPONSE", b"0\x03\n\x01\x03"))) == b"0\x03\n\x01\x03"


def test_a_file_that_holds_no_pem_is_handed_on_whole_so_that_rules_tell_what_is_wrong(file):
    for data in (b"", b"<html>", CRL[:-1]):
        path = file(data)
        assert read_crls(path) == crls(path, data)
        assert read_staple(path) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (armour("CERTIFICATE", CA.der), "holds only a CERTIFICATE block, no X509 CRL block"),
        (b"# -----BEGIN X509 CRL-----\n-----BEGIN X509 CRL -----\n", "line 2: a PEM boundary is"),
        (armour("X509 CRL", CRL) + armour("X509 CRL", OTHER)[:-30], "line {}: the X509 CRL block is truncated"),
        (armour("X509 CRL", CRL).replace(b"\n-", b"\n\n-"), "line 1: the X509 CRL block has a blank line"),
        (armour("X509 CRL", CRL[:-9]), "line 1: the X509 CRL block is truncated: the end of its contents"),
    ],
)
def test_a_block_that_cannot_be_read_is_a_mistake_with_its_line(file, data, message):
    path = file(data)
    message = message.format(1 + armour("X509 CRL", CRL).count(b"\n"))

    with pytest.raises(UsageError) as caught:
        read_crls(path)

    assert str(caught.value).startswith(f"--crl {path}: {message}")


def test_of_two_staples_in_a_file_none_is_chosen(file):
    two = armour("OCSP RESPONSE", b"0\x03\n\x01\x03") + armour("OCSP RESPONSE", b"0\x03\n\x01\x06")

    with pytest.raises(UsageError, match="holds 2 OCSP responses, but a server staples one"):
        read_staple(file(two))
    with pytest.raises(UsageError, match="holds only a CERTIFICATE block, no OCSP RESPONSE block"):
        read_staple(file(armour("CERTIFICATE", CA.der)))


def test_a_file_that_cannot_be_read_or_is_too_large_is_a_mistake_of_who_named_it(file, monkeypatch):
    monkeypatch.setattr(evidence_files, "MAX_BYTES", 4)

    with pytest.raises(UsageError, match="--crl nothing: cannot be read: No such file"):
        read_crls("nothing")
    with pytest.raises(UsageError, match="--staple nothing: cannot be read: No such file"):
        read_staple("nothing")
    with pytest.raises(UsageError, match="is larger than"):
        read_crls(file(b"12345"))
    assert read_staple(file(b"1234")) == b"1234"
