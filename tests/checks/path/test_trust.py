"""Which keys and CAs a path may go through."""

from base64 import b64encode

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.trust import denied, issuer_allow, pin, public_on_internal
from certgate.lab.pki import Credential, issue
from certgate.model.finding import Severity
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("leaf", issuer=CA)


def path(*chain: Credential, to: Credential | None = None) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), to and parse_certificate(to.der))


def spki(credential: Credential) -> str:
    return parse_certificate(credential.der).key.sha256


def base64_pin(credential: Credential) -> str:
    return "sha256/" + b64encode(bytes.fromhex(spki(credential))).decode()


@pytest.mark.parametrize(
    "allowed",
    ["CN=CA", "CN=ca", spki(CA), spki(CA).upper(), base64_pin(CA)],
    ids=["name", "name in other case", "digest", "digest in other case", "base64 pin"],
)
def test_the_leafs_issuer_may_be_allowed_by_name_or_key(allowed):
    assert list(issuer_allow(path(LEAF, CA, to=ROOT), issuers=("CN=Other", allowed))) == []


def test_an_issuer_that_is_not_allowed_is_named_even_if_the_one_above_it_is():
    message = "the leaf is issued by CN=CA, which is not an allowed issuer"
    assert list(issuer_allow(path(LEAF, CA, to=ROOT), issuers=("CN=Root", spki(ROOT)))) == [Problem(message)]
    assert list(issuer_allow(path(LEAF), issuers=("CN=Root", spki(CA)))) == [Problem(message)]


def test_a_list_of_issuers_that_is_empty_or_wrong_allows_nothing():
    chain = path(LEAF, CA, to=ROOT)
    assert list(issuer_allow(chain)) == [NotApplicable("the policy lists no issuer")]
    assert list(issuer_allow(chain, issuers=("CN=CA", "CA"))) == [
        NotChecked("issuers: 'CA' is neither a distinguished name (RFC 4514) nor the SHA-256 of a key")
    ]


@pytest.mark.parametrize("pinned", [LEAF, CA, ROOT])
def test_a_pin_may_be_any_key_of_the_path(pinned):
    assert list(pin(path(LEAF, CA, to=ROOT), pins=(spki(pinned), "00" * 32))) == []


def test_a_path_without_a_pinned_key_fails_and_pins_without_a_backup_warn():
    chain = path(LEAF, CA, to=ROOT)
    assert list(pin(chain, pins=("00" * 32, "11" * 32))) == [Problem("no key on the path is pinned")]
    backup = Problem("no backup pin: every pinned key is in use", key="backup", severity=Severity.WARNING)
    assert list(pin(chain, pins=(spki(LEAF), base64_pin(CA)))) == [backup]
    assert list(pin(chain, pins=(spki(LEAF),), require_backup=False)) == []


def test_pins_that_are_absent_or_wrong_pin_nothing():
    assert list(pin(path(LEAF))) == [NotApplicable("the policy lists no pin")]
    assert list(pin(path(LEAF), pins=(spki(LEAF), "00"))) == [
        NotChecked("pins: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
    ]


MOZILLA = (parse_certificate(ROOT.der).key.sha256,)


@pytest.mark.parametrize("credential", [LEAF, CA, ROOT])
def test_a_denied_key_fails_wherever_it_is_on_the_path(credential):
    path = CertificatePath(tuple(parse_certificate(c.der) for c in (LEAF, CA)), parse_certificate(ROOT.der))
    certificate = parse_certificate(credential.der)
    digest = certificate.key.sha256

    answers = list(denied(path, keys=("0" * 64, digest)))

    assert answers == [Problem(f"the key of {certificate.subject.text} is denied (SHA-256 {digest})", key=digest)]
    assert list(denied(path, keys=("0" * 64,))) == []


def test_a_list_of_denied_keys_that_is_empty_or_wrong_is_no_pass():
    path = CertificatePath((parse_certificate(LEAF.der),))

    assert list(denied(path)) == [NotApplicable("no key is denied")]
    assert list(denied(path, keys=("0" * 64, "00"))) == [
        NotChecked("keys: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
    ]


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


def test_a_private_anchor_is_no_public_ca_whatever_the_leaf_asserts():
    assert list(public_on_internal(path(LEAF, CA, to=ROOT), public_keys=("00" * 32,))) == []


def test_without_a_root_only_a_leaf_without_a_public_policy_is_known_to_be_private():
    name = issue("", issuer=CA, sans=["db.int.example"])
    private = issue("", issuer=CA, sans=["db.int.example"], policies=["1.2.3"])
    assert list(public_on_internal(path(name, CA))) == [
        NotChecked("the path has no trusted root, so the CA is not known")
    ]
    assert list(public_on_internal(path(private, CA))) == []


def test_keys_of_public_cas_are_read_in_every_form_and_a_wrong_one_is_told():
    public = path(LEAF, CA, to=ROOT)
    digest = parse_certificate(ROOT.der).key.sha256
    encoded = f"sha256/{b64encode(bytes.fromhex(digest)).decode()}"

    assert all(list(public_on_internal(public, public_keys=(form,))) for form in (digest, digest.upper(), encoded))
    assert list(public_on_internal(public, public_keys=(digest, digest[:-1]))) == [
        NotChecked("public_keys: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
    ]


def test_without_public_keys_nobody_knows_who_is_public():
    assert list(public_on_internal(path(LEAF, CA, to=ROOT))) == [NotChecked("the public CAs are not known")]
