"""Rule key.matches: whether a private key belongs to its certificate."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import KeyPair
from certgate.x509.errors import Malformed
from certgate.x509.key import load_public_key

__all__ = ["is_same_key"]


@check(
    "key.matches",
    citation="RFC 9846 §4.4.3 (CertificateVerify)",
    needs_order="chain.order",
)
def matches(pair: KeyPair) -> Iterator[Answer]:
    """The private key belongs to the leaf.

    The rule applies if there is a private key: in the same PEM file, PKCS#12 container or Secret, or given by `--key`.
    Where the policy has k8s.secret-key-match, that rule judges Secrets instead.

    Why: a server with the key of another certificate does not start, or fails every handshake.

    Fix: deploy the key for which the certificate was requested, or request a certificate for this key.
    """
    if pair.judged_by:
        yield NotApplicable(f"{pair.judged_by} judges it")
    elif pair.public_key is None:
        yield NotChecked(pair.problem)
    elif not is_same_key(pair.public_key, pair.leaf.spki):
        yield Problem("the private key does not belong to the leaf")


def is_same_key(one: bytes, other: bytes) -> bool:
    """Whether two SubjectPublicKeyInfo are the same key, even in different encodings, such as a compressed point."""
    if one == other:
        return True
    keys = [_loaded(spki) for spki in (one, other)]
    return keys[0] is not None and keys[0] == keys[1]


def _loaded(spki: bytes) -> PublicKeyTypes | None:
    try:
        return load_public_key(spki)
    except Malformed:
        return None
