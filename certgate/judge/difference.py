"""What differs between two runs: findings, certificates, connections and targets."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from certgate.model.errors import UsageError
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.snapshot import SeenCertificate, SeenFinding, SeenTarget, Snapshot

__all__ = ["CertificateChange", "ConnectionChange", "Difference", "TargetFinding", "compare"]

_LEAF = "leaf"


@dataclass(frozen=True, slots=True)
class TargetFinding:
    """A finding, and its target."""

    target: str
    finding: SeenFinding


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """A different negotiated value; `what` is `protocol` or `group`."""

    target: str
    what: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(kw_only=True)
class Difference:
    """All differences, in the order of the new run, then of the old one."""

    old: Snapshot
    new: Snapshot
    new_findings: list[TargetFinding] = field(default_factory=list)
    fixed: list[TargetFinding] = field(default_factory=list)
    still: list[TargetFinding] = field(default_factory=list)
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


def compare(old: Snapshot, new: Snapshot) -> Difference:
    """Compare two runs over the same targets. Raises UsageError if they cover different parts of them."""
    if old.only != new.only:
        raise UsageError(
            f"{old.name} and {new.name} are of runs with different --only; compare runs over the same targets"
        )
    found = Difference(old=old, new=new)
    for id, target in new.targets.items():
        before = old.targets.get(id)
        if before is None:
            found.appeared.append(id)
        elif before.unreachable and not target.unreachable:
            found.back.append(id)
        if target.unreachable and not (before and before.unreachable):
            found.unreachable.append(target)
        if before and not before.unreachable and not target.unreachable:
            found.certificates += _certificates(before, target, all_of_them=(old.rules is None) == (new.rules is None))
            found.connections += _connections(before, target)
        if found.is_judged:
            _findings(found, before, target)
    found.vanished = [id for id in old.targets if id not in new.targets]
    return found


def _findings(found: Difference, before: SeenTarget | None, target: SeenTarget) -> None:
    was = _worst_of_each(before.findings) if before else {}
    now = _worst_of_each(target.findings)
    for fingerprint, one in now.items():
        if one.rule == TARGET_OBSERVED and target.unreachable:
            continue  # reported for the target instead
        other = was.get(fingerprint)
        if one.is_excused and other is None:
            continue
        (found.new_findings if _is_new(one, other) else found.still).append(TargetFinding(target.id, one))
    unknown = {one.rule for one in target.findings if not one.is_failure}
    for fingerprint, other in was.items():
        if fingerprint in now or other.is_excused or (other.rule == TARGET_OBSERVED and before and before.unreachable):
            continue
        known = not target.unreachable and other.rule not in unknown and other.rule in (found.new.rules or ())
        (found.fixed if known else found.unclear).append(TargetFinding(target.id, other))


def _worst_of_each(findings: Iterable[SeenFinding]) -> dict[str, SeenFinding]:
    """By fingerprint, the finding that counts for most of those that have it."""
    found: dict[str, SeenFinding] = {}
    for one in findings:
        found[one.fingerprint] = max(found.get(one.fingerprint, one), one, key=_weight)
    return found


def _weight(one: SeenFinding) -> tuple[bool, bool, bool]:
    return one.violates, not one.is_excused, one.is_failure


def _is_new(one: SeenFinding, other: SeenFinding | None) -> bool:
    """Whether the finding counts now and did not before, counts for more, or is no longer known."""
    if one.is_excused:
        return False
    if other is None or other.is_excused:
        return True
    return (one.violates and not other.violates) or (other.is_failure and not one.is_failure)


def _connections(before: SeenTarget, target: SeenTarget) -> Iterator[ConnectionChange]:
    for what, old, new in (
        ("protocol", before.protocols, target.protocols),
        ("group", before.groups, target.groups),
    ):
        if old and new and old != new:
            yield ConnectionChange(target.id, what, old, new)


def _certificates(before: SeenTarget, target: SeenTarget, *, all_of_them: bool) -> Iterator[CertificateChange]:
    """The changes at each position; only the leaf's if just one run built paths, which name the other positions."""
    shown = (*target.certificates, *before.certificates)
    for label in dict.fromkeys(one.label for one in shown if all_of_them or one.label == _LEAF):
        old, new = ({c.sha256: c for c in side.certificates if c.label == label} for side in (before, target))
        gone = [certificate for digest, certificate in old.items() if digest not in new]
        come = [certificate for digest, certificate in new.items() if digest not in old]
        yield from _paired(target.id, gone, come)


def _paired(target: str, gone: list[SeenCertificate], come: Iterable[SeenCertificate]) -> Iterator[CertificateChange]:
    """Pair each added certificate with the most similar removed one."""
    for new in come:
        old = max(gone, key=lambda one: _likeness(one, new), default=None)
        if old:
            gone.remove(old)
        yield CertificateChange(target, old, new)
    for old in gone:
        yield CertificateChange(target, old, None)


def _likeness(one: SeenCertificate, other: SeenCertificate) -> tuple[bool, int]:
    names = Counter(one.names or ()) & Counter(other.names or ())
    return one.spki_sha256 == other.spki_sha256, 2 * names.total() + (one.issuer == other.issuer)
