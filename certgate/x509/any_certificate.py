"""A certificate that stands for all that have some facts in common."""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from certgate.x509.certificate import Certificate
from certgate.x509.extension import Extension
from certgate.x509.key import KeyKind
from certgate.x509.template import OF_ONE, TemplateFacts

__all__ = ["AnyCertificate"]

R = TypeVar("R")

_TOLD = frozenset({"extension", "value", "signature_algorithm", "signature_hash", "__class__", "__dict__"})
_OF_TEMPLATE = frozenset(name for name in vars(TemplateFacts) if not name.startswith("_")) - {"extensions", "read"}


class _NotInCommonError(BaseException):
    """The fact is that of one certificate; nothing may take this for an unreadable one."""


class _AnyKey(KeyKind):
    """Tells the kind of a key alone; its certificate notes if it is asked for anything else."""

    certificate: "AnyCertificate"

    def __getattr__(self, name: str) -> NoReturn:
        self.certificate.was_asked = True
        raise _NotInCommonError(name)


class AnyCertificate(Certificate):
    """Tells the facts that certificates with the same `in_common` have in common. It equals no other certificate.

    Asked for anything else it raises, and notes that: the same question to two of them may have two answers.
    """

    was_asked: bool
    """Whether it was asked for something that is not in common."""

    def __init__(self, one: Certificate) -> None:
        """Stand for all certificates like `one`. Raises Malformed."""
        kind = one.template.key
        key = _AnyKey(**{name: getattr(kind, name) for name in KeyKind.__slots__})
        vars(key).update(certificate=self)
        vars(self).update(
            was_asked=False,
            template=one.template,
            key=key,
            issuer=one.issuer,
            is_self_issued=one.is_self_issued,
            version=one.version,
            signature_algorithm_der=one.signature_algorithm_der,
            tbs_signature_algorithm=one.tbs_signature_algorithm,
        )

    def __getattribute__(self, name: str) -> Any:
        known: dict[str, Any] = object.__getattribute__(self, "__dict__")
        if name in known:
            return known[name]
        if name in _TOLD:
            return object.__getattribute__(self, name)
        if name in _OF_TEMPLATE:
            return getattr(self.template, name)
        self.was_asked = True
        raise _NotInCommonError(name)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def extension(self, oid: str) -> Extension | None:
        """As `TemplateFacts.extension`, unless the extension is about one certificate alone."""
        return super().extension(oid) if oid in OF_ONE else self.template.extension(oid)

    def value(self, oid: str, reader: Callable[[bytes], R]) -> R | None:
        """As `TemplateFacts.value`, unless the extension is about one certificate alone."""
        return super().value(oid, reader) if oid in OF_ONE else self.template.value(oid, reader)
