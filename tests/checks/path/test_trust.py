"""Which keys and CAs a path may go through."""

from base64 import b64encode

from certgate.checks.framework.registry import NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.trust import public_on_internal
from certgate.lab.pki import Credential, issue
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("leaf", issuer=CA)


def path(*chain: Credential, to: Credential | None = None) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), to and parse_certificate(to.der))


MOZILLA = (parse_certificate(ROOT.der).key.sha256,)


def test_internal_names_under_a_public_anchor_are_named():
    names = ["www.corp.example", "db.int.example", "int.example", "print.example"]
    public = path(issue("", issuer=CA, sans=names), CA, to=ROOT)
    by = "is certified by Root, a public CA"

    assert list(public_on_internal(public, domains=("int.example",), public_keys=MOZILLA)) == [
        Problem(f"the internal name db.int.example {by}", key="db.int.example"),
        Problem(f"the internal name int.example {by}", key="int.example"),
    ]
    assert [p.key for p in public_on_internal(public, public_keys=MOZILLA)] == names
    assert list(public_on_internal(public, domains=("other.example",), public_keys=MOZILLA)) == []


def test_a_leaf_without_names_is_internal_where_all_are():
    bare = path(issue("db", issuer=CA), CA, to=ROOT)
    assert list(public_on_internal(bare, public_keys=MOZILLA)) == [
        Problem("the internal leaf is certified by Root, a public CA")
    ]
    assert list(public_on_internal(bare, domains=("int.example",), public_keys=MOZILLA)) == []


def test_keys_of_public_cas_are_read_in_every_form_and_a_wrong_one_is_told():
    public = path(LEAF, CA, to=ROOT)
    digest = parse_certificate(ROOT.der).key.sha256
    encoded = f"sha256/{b64encode(bytes.fromhex(digest)).decode()}"

    assert all(list(public_on_internal(public, public_keys=(form,))) for form in (digest, digest.upper(), encoded))
    assert list(public_on_internal(public, public_keys=(digest, digest[:-1]))) == [
        NotChecked("public_keys: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
    ]
