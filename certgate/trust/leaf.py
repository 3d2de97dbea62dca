"""Which of the certificates that were sent is the leaf."""

from collections.abc import Sequence

from certgate.trust.links import may_issue, verify_link
from certgate.x509.certificate import Certificate

__all__ = ["find_leaf"]

_MAX_LINKS = 128
"""The maximum number of signatures verified; a chain in reverse order needs about one per certificate."""


def find_leaf(sent: Sequence[Certificate | None], key: bytes | None = None) -> int:
    """The position of the leaf: 0 in a chain in the right order, and whenever another position is in doubt.

    If the first certificate has issued others, the leaf is at the end of that chain. `key` is the server's public key
    (SubjectPublicKeyInfo): it decides between several ends, and for the first certificate if that has this key.
    """
    first = sent[0]
    if first is None or first.spki == key:
        return 0
    ends = _ends(first, [certificate for certificate in dict.fromkeys(sent) if certificate is not None])
    if len(ends) > 1:
        ends = [certificate for certificate in ends if certificate.spki == key]
    return sent.index(ends[0]) if len(ends) == 1 else 0


def _ends(first: Certificate, sent: Sequence[Certificate]) -> list[Certificate]:
    """The certificates below `first` that have issued no others; empty if there are too many links to try."""
    reached, waiting, ends, tried = {first}, [first], [], 0
    while waiting:
        issuer = waiting.pop()
        issued = []
        for other in sent:
            if other == issuer or not may_issue(issuer, other):
                continue
            tried += 1
            if tried > _MAX_LINKS:
                return []
            if verify_link(other, issuer) is None:
                issued.append(other)
        if not issued:
            ends.append(issuer)
        waiting += [other for other in issued if other not in reached]
        reached.update(issued)
    return ends
