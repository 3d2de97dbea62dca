"""One row of a family's table: an artefact made in code, and what a rule answers about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat import asn1

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem
from certgate.checks.framework.subjects import CertificateInRole
from certgate.lab.pki import CLOCK, Credential, issue, make_key
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import encoded, read_certificate
from certgate.x509.errors import Malformed

__all__ = [
    "Row",
    "Table",
    "cert",
    "key",
    "na",
    "nc",
    "oid",
    "problem",
    "reworked",
    "row",
    "sequence",
    "spki",
    "warning",
]

_LIKELIEST = (Role.SERVER, Role.ISSUER, Role.CA, Role.SPIFFE, Role.CLIENT, Role.REQUEST)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a rule answers: nothing for a pass; a text stands for a problem with this message."""

    what: str
    subject: Any
    """A certificate, any other subject, or a function that makes one when the row is tested."""
    expected: tuple[Answer | str, ...]
    role: Role | None
    now: datetime
    parameters: dict[str, Any]

    @property
    def passes(self) -> bool:
        return not self.expected or isinstance(self.expected[0], Passed)

    @property
    def fails(self) -> bool:
        return any(isinstance(answer, Problem | str) for answer in self.expected)

    def answers(self, rule: str) -> list[Answer | str]:
        """What the rule answers; of problems only the message where the row has no more."""
        check = all_checks()[rule]
        subject = self.subject() if callable(self.subject) else self.subject
        if isinstance(subject, Credential | bytes):
            role = self.role or next(role for role in _LIKELIEST if role in check.roles)
            assert role in check.roles, f"{rule} does not judge this role"
            der = subject if isinstance(subject, bytes) else subject.der
            label = "issuer 1" if role is Role.ISSUER else "leaf"
            subject = CertificateInRole(parse_certificate(der), label, frozenset({role}))
        assert isinstance(subject, check.subject)
        try:
            found = list(check.run(subject, *([self.now] if check.takes_clock else []), **self.parameters))
        except Malformed as error:
            return [NotChecked(str(error))]
        wanted = [*self.expected, *[None] * len(found)]
        return [
            one.message if isinstance(one, Problem) and isinstance(other, str) else one
            for one, other in zip(found, wanted, strict=False)
        ]


Table = dict[str, tuple[Row, ...]]


def row(
    what: str,
    subject: object,
    *expected: Answer | str,
    role: Role | None = None,
    now: datetime = CLOCK,
    **parameters: Any,
) -> Row:
    """A row; `parameters` are the rule's."""
    return Row(what=what, subject=subject, expected=expected, role=role, now=now, parameters=parameters)


def na(reason: str) -> NotApplicable:
    return NotApplicable(reason)


def nc(reason: str) -> NotChecked:
    return NotChecked(reason)


problem = Problem


def warning(message: str, key: str = "", **more: Any) -> Problem:
    return Problem(message, key, Severity.WARNING, **more)


@cache
def key(kind: str = "P-256"):
    """The key of this kind that all certificates share."""
    return make_key(kind)


def cert(subject: object = "a.example", **changes: Any) -> Callable[[], Credential]:
    """A certificate as `issue` makes it, with a shared key."""
    kind = changes.pop("key", "P-256")
    return lambda: issue(subject, key=key(kind) if isinstance(kind, str) else kind, **changes)


def reworked(made: Callable[[], Credential] | None = None, **parts: Any) -> Callable[[], bytes]:
    """The certificate with parts of its TBS replaced; `signature_algorithm` replaces the outer one."""

    def rework() -> bytes:
        outer = read_certificate((made or cert())().der)
        for name, value in parts.items():
            owner = outer if name == "signature_algorithm" else outer.tbs
            setattr(owner, name, asn1.decode_der(asn1.TLV, value) if isinstance(value, bytes) else value)
        return asn1.encode_der(outer)

    return rework


def spki(der: bytes) -> Callable[[], bytes]:
    """A certificate with this SubjectPublicKeyInfo."""
    return reworked(spki=der)


def sequence(*parts: bytes) -> bytes:
    return encoded(b"\x30", b"".join(parts))


def oid(dotted: str) -> bytes:
    from cryptography.x509 import ObjectIdentifier

    return asn1.encode_der(ObjectIdentifier(dotted))
