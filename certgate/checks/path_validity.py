"""Whether a path holds: what RFC 5280 §6 and RFC 9618 ask of it, and nothing else, as the pack rfc5280-path does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from certgate.checks.catalogue import all_checks
from certgate.checks.registry import Answer, NotChecked, Problem
from certgate.checks.subjects import CertificateInRole, Path
from certgate.model.target import Role
from certgate.x509.errors import Malformed

__all__ = ["PATH_RULES", "PathVerdict", "judge_path", "judge_paths"]

PATH_RULES = (
    "trust.anchor",
    "chain.signature",
    "chain.issuer-ca",
    "chain.issuer-keycertsign",
    "chain.pathlen",
    "chain.eku-nesting",
    "chain.name-constraints",
    "chain.policy-valid",
    "chain.unknown-critical",
    "validity.expired",
    "validity.not-yet-valid",
)
"""The rules that a path has to keep; names that only differ in encoding are left out, for they keep RFC 5280 §7.1."""


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """`problems` are (rule, what is wrong); `undecided` says what could not be judged. A path without either holds."""

    problems: tuple[tuple[str, str], ...] = ()
    undecided: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong, and everything was judged."""
        return not self.problems and not self.undecided


def judge_path(path: Path, now: datetime, purposes: tuple[str, ...] = ("server",)) -> PathVerdict:
    """What the rules say of one path. `purposes` are as chain.eku-nesting has them; none are looked at if empty."""
    problems: list[tuple[str, str]] = []
    undecided = ""
    for rule in PATH_RULES:
        try:
            for answer in _answers(rule, path, now, purposes):
                if isinstance(answer, Problem):
                    problems.append((rule, answer.message))
                elif isinstance(answer, NotChecked):
                    undecided = undecided or answer.reason
        except Malformed as error:
            undecided = undecided or str(error)
    return PathVerdict(tuple(problems), undecided)


def judge_paths(paths: Iterable[Path], now: datetime, purposes: tuple[str, ...] = ("server",)) -> PathVerdict:
    """The verdict of the best of several paths: fewer problems are better, then one that was judged whole."""
    return min(
        (judge_path(path, now, purposes) for path in paths),
        key=lambda verdict: (bool(verdict.problems), bool(verdict.undecided), len(verdict.problems)),
    )


def _answers(rule: str, path: Path, now: datetime, purposes: tuple[str, ...]) -> Iterator[Answer]:
    check = all_checks()[rule]
    match rule:
        case "chain.eku-nesting":
            yield from check.run(path, purposes=purposes, include_leaf=True)
        case "validity.expired" | "validity.not-yet-valid":
            exact = {"skew_s": 0} if rule == "validity.not-yet-valid" else {}
            for index, certificate in enumerate(path.certificates):
                role = Role.ISSUER if index else Role.SERVER
                subject = CertificateInRole(certificate, path.label_of(index), frozenset({role}))
                for answer in check.run(subject, now, **exact):
                    yield (
                        replace(answer, message=f"{subject.label} {answer.message}")
                        if isinstance(answer, Problem)
                        else answer
                    )
        case _:
            yield from check.run(path)
