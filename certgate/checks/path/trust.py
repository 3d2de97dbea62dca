"""Rules on the keys and CAs of a path."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from functools import lru_cache

from cryptography import x509

from certgate.checks.framework.br import RESERVED_POLICIES
from certgate.checks.framework.needs import Demand, Force, Setting
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.framework.wording import capped, shortened
from certgate.model.finding import Severity
from certgate.x509.certificate import Certificate
from certgate.x509.name import Name

__all__ = ["key_digest"]


@check("trust.issuer-allow", citation="certgate; PCI DSS 4.0.1 4.2.1")
def issuer_allow(path: CertificatePath, *, issuers: tuple[str, ...] = ()) -> Iterator[Answer]:
    """The CA that issued the leaf is one of `issuers`.

    Each is a distinguished name as RFC 4514 writes it (compared as RFC 5280 §7.1 has it), or the SHA-256 of a public
    key (SubjectPublicKeyInfo): 64 hexadecimal digits, or Base64 as in `sha256/…=`.

    Why: a certificate from a CA that nobody ordered from shows a mistake, or somebody else's hand.

    Fix: order from a CA of the list, or add the new one to it.
    """
    if not issuers:
        yield NotApplicable("no issuer was given")
        return
    digests = {text: key_digest(text) for text in issuers}
    names = {text: _name(text) for text, digest in digests.items() if digest is None}
    wrong = [text for text, name in names.items() if name is None]
    if wrong:
        yield NotChecked(f"{wrong[0]!a} is neither a name as RFC 4514 writes it nor the SHA-256 of a key")
        return
    issuer = path.issuer_of(0)
    name = issuer.subject if issuer else path.leaf.issuer
    if name not in names.values() and (issuer is None or issuer.key.sha256 not in digests.values()):
        yield Problem(f"the leaf was issued by {name.text}, which is none of the {len(issuers)} allowed")


@check("trust.pin", citation="certgate; RFC 7469 §2.6")
def pin(path: CertificatePath, *, pins: tuple[str, ...] = (), require_backup: bool = True) -> Iterator[Answer]:
    """A key of the path, the anchor's included, is one of `pins`.

    A pin is the SHA-256 of a public key (SubjectPublicKeyInfo): 64 hexadecimal digits, or Base64 as in `sha256/…=`.
    With `require_backup` it is a warning if no pin is left for a key that is not in use yet.

    Why: clients with these pins refuse the connection.

    Fix: deploy a certificate of a pinned key, or bring the new pins to the clients first.
    """
    if not pins:
        yield NotApplicable("no pin was given")
        return
    wanted = _digests(pins)
    if None in wanted:
        yield NotChecked("a pin is not the SHA-256 of a key, as 64 hexadecimal digits or Base64")
        return
    used = wanted & {certificate.key.sha256 for certificate in _with_anchor(path)}
    if not used:
        yield Problem(f"no key of the path is one of the {len(wanted)} pins")
    elif require_backup and used == wanted:
        yield Problem("every pin is in use, none is a backup", key="backup", severity=Severity.WARNING)


@check(
    "trust.denied",
    citation="certgate; CA/B BR §4.9.1.1(3), compromised keys",
    binds={"keys": Setting.DENIED_KEYS},
    demanded_by=[Demand(Setting.DENIED_KEYS, Force.HOLDS)],
)
def denied(path: CertificatePath, *, keys: tuple[str, ...] = ()) -> Iterator[Answer]:
    """No key of the path, the anchor's included, is one of `keys`.

    Each is the SHA-256 of a public key (SubjectPublicKeyInfo): 64 hexadecimal digits, or Base64 as in `sha256/…=`.
    `--deny FILE` adds to them.

    Why: a key that was lost, or a CA that is not trusted any more, must not come back by another way.

    Fix: deploy a certificate with another key, or from another CA.
    """
    if not keys:
        yield NotApplicable("no key is denied")
        return
    wanted = _digests(keys)
    if None in wanted:
        yield NotChecked("a denied key is not the SHA-256 of a key, as 64 hexadecimal digits or Base64")
        return
    for certificate in dict.fromkeys(_with_anchor(path)):
        if certificate.key.sha256 in wanted:
            digest = certificate.key.sha256
            yield Problem(f"the key of {certificate.subject.text} is denied (sha256 {digest})", key=digest)


@check("trust.public-on-internal", citation="certgate; CA/B BR §7.1.6.1", binds={"public_keys": Setting.PUBLIC_CAS})
def public_on_internal(
    path: CertificatePath, *, domains: tuple[str, ...] = (), public_keys: tuple[str, ...] = ()
) -> Iterator[Answer]:
    """No internal name stands in a certificate of a public CA.

    Internal are the names under `domains`; without any, all names that this policy judges. A CA is public if the path
    ends at an anchor with one of `public_keys` (SHA-256 of the public key, in the forms of trust.pin), to which those
    of Mozilla's store are added. Where the path has no anchor, a leaf that asserts a policy reserved by the CA/Browser
    Forum counts.

    Why: public certificates stand in public logs, and so do the internal names in them.

    Fix: have internal names certified by the internal CA.
    """
    if path.anchor is not None and not public_keys:
        yield NotChecked("it is not known which CAs are public")
        return
    public = _digests(public_keys)
    if None in public:
        yield NotChecked("a public CA's key is not the SHA-256 of a key, as 64 hexadecimal digits or Base64")
        return
    if path.anchor is None:
        is_public = bool(set(path.leaf.policies or ()) & RESERVED_POLICIES.keys())
        by = "a public CA, by its policy"
    else:
        is_public = path.anchor.key.sha256 in public
        by = f"{path.anchor.subject.short}, a public CA"
    if not is_public:
        return
    suffixes = [f".{domain.lower().lstrip('.')}" for domain in domains]
    internal = [n for n in path.leaf.dns_names if not domains or f".{n.lower()}".endswith(tuple(suffixes))]
    yield from capped(Problem(f"{shortened(name)} is internal, and certified by {by}", key=name) for name in internal)
    if not internal and not domains:
        yield Problem(f"the leaf is internal, and certified by {by}")


def _name(text: str) -> Name | None:
    try:
        return Name(x509.Name.from_rfc4514_string(text).public_bytes())
    except ValueError:
        return None


def _with_anchor(path: CertificatePath) -> tuple[Certificate, ...]:
    return path.certificates if path.anchor is None else (*path.certificates, path.anchor)


@lru_cache(maxsize=64)
def _digests(keys: tuple[str, ...]) -> frozenset[str | None]:
    return frozenset(map(key_digest, keys))


def key_digest(text: str) -> str | None:
    """The SHA-256 of a key as hexadecimal digits, from these or Base64 as in `sha256/…=`; None if it is neither."""
    try:
        raw = bytes.fromhex(text) if len(text) == 64 else b64decode(text.removeprefix("sha256/"), validate=True)
    except (ValueError, NotBase64):
        return None
    return raw.hex() if len(raw) == 32 else None
