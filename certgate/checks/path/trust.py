"""Rules of the family trust: the CAs and keys that a path uses."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from functools import lru_cache

from cryptography import x509

from certgate.checks.framework.br import RESERVED_POLICIES
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.framework.wording import capped, shortened
from certgate.model.finding import Severity
from certgate.x509.certificate import Certificate
from certgate.x509.name import Name

__all__ = ["key_digest"]


@check(
    "trust.issuer-allow", unshipped="its list is empty until a team fills it", citation="certgate; PCI DSS 4.0.1 4.2.1"
)
def issuer_allow(path: CertificatePath, *, issuers: tuple[str, ...] = ()) -> Iterator[Answer]:
    """The leaf is issued by one of the CAs in `issuers`.

    Each entry is a distinguished name in the format of RFC 4514 (compared as in RFC 5280 §7.1), or the SHA-256 of a
    public key (SubjectPublicKeyInfo): 64 hexadecimal digits, or Base64 as in `sha256/…=`.

    Why: a certificate from an unexpected CA points to a mistake or an attack.

    Fix: order the certificate from a listed CA, or add the new CA to `issuers`.
    """
    if not issuers:
        yield NotApplicable("the policy lists no issuer")
        return
    digests = {text: key_digest(text) for text in issuers}
    names = {text: _name(text) for text, digest in digests.items() if digest is None}
    wrong = [text for text, name in names.items() if name is None]
    if wrong:
        yield NotChecked(f"issuers: {wrong[0]!a} is neither a distinguished name (RFC 4514) nor the SHA-256 of a key")
        return
    issuer = path.issuer_of(0)
    name = issuer.subject if issuer else path.leaf.issuer
    if name not in names.values() and (issuer is None or issuer.key.sha256 not in digests.values()):
        yield Problem(f"the leaf is issued by {name.text}, which is not an allowed issuer")


@check(
    "trust.pin",
    unshipped="its list is empty until a team fills it",
    citation="certgate; RFC 7469 §2.6",
)
def pin(path: CertificatePath, *, pins: tuple[str, ...] = (), require_backup: bool = True) -> Iterator[Answer]:
    """The path has a key that is in `pins`.

    The root's key counts too. A pin is the SHA-256 of a public key (SubjectPublicKeyInfo): 64 hexadecimal digits, or
    Base64 as in `sha256/…=`. With `require_backup` the rule warns if no pin is left for a key that is not yet in use.

    Why: clients with these pins refuse the connection.

    Fix: deploy a certificate with a pinned key, or update the pins of the clients first.
    """
    if not pins:
        yield NotApplicable("the policy lists no pin")
        return
    wanted = _digests(pins)
    if None in wanted:
        yield NotChecked("pins: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
        return
    used = wanted & {certificate.key.sha256 for certificate in _with_anchor(path)}
    if not used:
        yield Problem("no key on the path is pinned")
    elif require_backup and used == wanted:
        yield Problem("no backup pin: every pinned key is in use", key="backup", severity=Severity.WARNING)


@check(
    "trust.denied",
    citation="certgate; CA/B BR §4.9.1.1(3), compromised keys",
    binds={"keys": Setting.DENIED_KEYS},
)
def denied(path: CertificatePath, *, keys: tuple[str, ...] = ()) -> Iterator[Answer]:
    """No key on the path is in `keys`.

    The root's key counts too. Each entry is the SHA-256 of a public key (SubjectPublicKeyInfo): 64 hexadecimal digits,
    or Base64 as in `sha256/…=`. `--deny FILE` adds entries.

    Why: a compromised key, or a CA that is no longer trusted, must not return in another certificate.

    Fix: deploy a certificate with another key, or from another CA.
    """
    if not keys:
        yield NotApplicable("no key is denied")
        return
    wanted = _digests(keys)
    if None in wanted:
        yield NotChecked("keys: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
        return
    for certificate in dict.fromkeys(_with_anchor(path)):
        if certificate.key.sha256 in wanted:
            digest = certificate.key.sha256
            yield Problem(f"the key of {certificate.subject.text} is denied (SHA-256 {digest})", key=digest)


@check("trust.public-on-internal", citation="certgate; CA/B BR §7.1.6.1", binds={"public_keys": Setting.PUBLIC_CAS})
def public_on_internal(
    path: CertificatePath, *, domains: tuple[str, ...] = (), public_keys: tuple[str, ...] = ()
) -> Iterator[Answer]:
    """No internal name is in a certificate from a public CA.

    Names under `domains` are internal; without `domains`, all names that this policy checks. A CA is public if the path
    ends at a root with a key in `public_keys` (SHA-256, in the formats of trust.pin); the roots of Mozilla's store are
    added. If the path has no root, a leaf without a policy that the CA/Browser Forum reserves for public CAs passes.

    Why: public certificates are in public logs, and so are the internal names in them.

    Fix: have internal names certified by the internal CA.
    """
    if path.anchor is None:
        if set(path.leaf.policies or ()) & RESERVED_POLICIES.keys():
            yield NotChecked("the path has no trusted root, so the CA is not known")
        return
    if not public_keys:
        yield NotChecked("the public CAs are not known")
        return
    public = _digests(public_keys)
    if None in public:
        yield NotChecked("public_keys: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
        return
    if path.anchor.key.sha256 not in public:
        return
    by = f"{path.anchor.subject.short}, a public CA"
    suffixes = [f".{domain.lower().lstrip('.')}" for domain in domains]
    internal = [n for n in path.leaf.dns_names if not domains or f".{n.lower()}".endswith(tuple(suffixes))]
    yield from capped(
        Problem(f"the internal name {shortened(name)} is certified by {by}", key=name) for name in internal
    )
    if not internal and not domains:
        yield Problem(f"the internal leaf is certified by {by}")


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
    """The SHA-256 of a key in hexadecimal, from hexadecimal or Base64 as in `sha256/…=`; None if it is neither."""
    try:
        raw = bytes.fromhex(text) if len(text) == 64 else b64decode(text.removeprefix("sha256/"), validate=True)
    except (ValueError, NotBase64):
        return None
    return raw.hex() if len(raw) == 32 else None
