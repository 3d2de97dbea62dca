"""`when`: the conditions under which an entry of a policy applies."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.target import Role, Target
from certgate.model.waiver import matches
from certgate.x509.certificate import Certificate
from certgate.x509.errors import NotInRequest
from certgate.x509.facts import CertificateFacts

__all__ = ["Condition", "When"]

_OF_CERTIFICATE = ("issuer", "key_type")


@frozen(slots=True)
class Condition:
    """A fact, and globs of which at least one must match. `fact` is `target`, `labels.NAME`, `role` and so on."""

    fact: str
    globs: tuple[str, ...]

    def matches_any(self, values: Iterable[str]) -> bool:
        """Whether any of the fact's values matches; a fact without a value never matches."""
        return any(matches(glob, value) for value in values for glob in self.globs)

    def __str__(self) -> str:
        """The condition as text: labels.tier is edge or core."""
        return f"{self.fact} is {' or '.join(self.globs)}"


@frozen(slots=True)
class When:
    """Conditions that must all be met: conditions on the target, and conditions on each certificate.

    A role belongs to the certificate for rules that judge certificates, and to the target for all others.
    """

    of_target: tuple[Condition, ...]
    of_certificate: tuple[Condition, ...]

    @classmethod
    def of(cls, written: Mapping[str, Any], *, judges_certificates: bool) -> "When":
        """The conditions of a policy; `written` is already validated."""
        conditions = [Condition(f"labels.{name}", _globs(globs)) for name, globs in written.get("labels", {}).items()]
        conditions += [Condition(fact, _globs(globs)) for fact, globs in written.items() if fact != "labels"]
        facts = (*_OF_CERTIFICATE, "role") if judges_certificates else _OF_CERTIFICATE
        return cls(
            tuple(c for c in conditions if c.fact not in facts),
            tuple(c for c in conditions if c.fact in facts),
        )

    def match_target(self, target: Target) -> bool:
        """Whether all conditions on the target are met."""
        return all(condition.matches_any(target_values(condition.fact, target)) for condition in self.of_target)

    def match_values(self, values: Mapping[str, tuple[str, ...]]) -> bool:
        """The same for a target with these values of the facts that the conditions use."""
        return all(condition.matches_any(values[condition.fact]) for condition in self.of_target)

    def match_certificate(self, certificate: CertificateFacts | None, roles: Iterable[Role]) -> bool:
        """Whether all conditions on the certificate are met; without a certificate none is. Raises Malformed."""
        return all(c.matches_any(_certificate_values(c.fact, certificate, roles)) for c in self.of_certificate)

    def __str__(self) -> str:
        """The conditions as text: labels.tier is edge, role is server."""
        return ", ".join(str(condition) for condition in (*self.of_target, *self.of_certificate))


def target_values(fact: str, target: Target) -> tuple[str, ...]:
    """The target's values of `fact`: none, one or several."""
    match fact.partition("."):
        case ("labels", _, name):
            return (target.labels[name],) if name in target.labels else ()
        case ("target", _, _):
            return (target.id,)
        case ("trust", _, _):
            return tuple(name for word in target.trust for name in (word, PurePath(word).name))
        case _:
            return tuple(target.roles)


def _certificate_values(fact: str, certificate: CertificateFacts | None, roles: Iterable[Role]) -> tuple[str, ...]:
    match fact:
        case "role":
            return tuple(roles)
        case "issuer" if certificate:
            if not isinstance(certificate, Certificate):
                raise NotInRequest("a request has no issuer")
            return (certificate.issuer.text,)
        case "key_type" if certificate:
            return (certificate.key.algorithm,)
        case _:
            return ()


def _globs(globs: str | list[str]) -> tuple[str, ...]:
    return (globs,) if isinstance(globs, str) else tuple(globs)
