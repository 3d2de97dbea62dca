"""What differs between two runs: findings, certificates, connections and targets."""

from dataclasses import field

from certgate.model.frozen import changeable, frozen
from certgate.model.snapshot import ComparedRun, SeenCertificate, SeenFinding, SeenTarget

__all__ = ["CertificateChange", "ConnectionChange", "Difference", "TargetFinding"]


@frozen(slots=True)
class TargetFinding:
    """A finding, and its target."""

    target: str
    finding: SeenFinding


@frozen(slots=True)
class CertificateChange:
    """A change at one position of the chain; None where a certificate was added or removed."""

    target: str
    old: SeenCertificate | None
    new: SeenCertificate | None

    @property
    def label(self) -> str:
        """The position in the chain: `leaf`, `issuer 1`."""
        return next(one.label for one in (self.new, self.old) if one)

    @property
    def kind(self) -> str:
        """`added`, `removed`, `issuer-changed` or `renewed`."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "removed"
        return "renewed" if self.old.issuer == self.new.issuer else "issuer-changed"

    @property
    def same_key(self) -> bool | None:
        """Whether both have the same key; None if that is unknown, or there is only one certificate."""
        keys = [one.spki_sha256 for one in (self.old, self.new) if one]
        return keys[0] == keys[1] if len(keys) == 2 and all(keys) else None

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The added and the removed names; None if they are unknown, or there is only one certificate."""
        if self.old is None or self.new is None or self.old.names is None or self.new.names is None:
            return None
        before, now = set(self.old.names), set(self.new.names)
        return tuple(sorted(now - before)), tuple(sorted(before - now))


@frozen(slots=True)
class ConnectionChange:
    """A different negotiated value; `what` is `protocol` or `group`."""

    target: str
    what: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@changeable(kw_only=True)
class Difference:
    """All differences, in the order of the new run, then of the old one."""

    old: ComparedRun
    new: ComparedRun
    new_findings: list[TargetFinding] = field(default_factory=list)
    fixed: list[TargetFinding] = field(default_factory=list)
    still: list[TargetFinding] = field(default_factory=list)
    """Findings of both runs; only counted if a run is compared while it goes on."""
    still_count: int = 0
    unclear: list[TargetFinding] = field(default_factory=list)
    """Findings of the old run that may or may not be fixed: the new run does not know."""
    certificates: list[CertificateChange] = field(default_factory=list)
    connections: list[ConnectionChange] = field(default_factory=list)
    appeared: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    unreachable: list[SeenTarget] = field(default_factory=list)
    """Targets that could not be observed now, and were observed before or are new."""
    back: list[str] = field(default_factory=list)

    @property
    def is_judged(self) -> bool:
        """Whether both runs have findings to compare."""
        return self.old.rules is not None and self.new.rules is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        lists = (
            self.new_findings, self.fixed, self.unclear, self.certificates, self.connections,
            self.appeared, self.vanished, self.unreachable, self.back,
        )  # fmt: skip
        return not any(lists)

    @property
    def exit_code(self) -> int:
        """For --fail-on new: 1 for a new violation, 3 if something can no longer be observed or checked."""
        if any(one.finding.violates for one in self.new_findings):
            return 1
        return 3 if self.unreachable or any(not one.finding.is_failure for one in self.new_findings) else 0
