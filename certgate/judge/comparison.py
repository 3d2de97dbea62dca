"""Compares two runs, target by target."""

from collections import Counter
from collections.abc import Iterable, Iterator

from certgate.model.difference import CertificateChange, ConnectionChange, Difference, TargetFinding
from certgate.model.errors import UsageError
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.snapshot import ComparedRun, SeenCertificate, SeenFinding, SeenTarget, Snapshot

__all__ = ["Comparison", "compare", "likeness"]

_KNOWN_ANYWAY = ("leaf", "origin ")
"""What the labels begin with of certificates that need no path: the leaves, and those of an origin."""


def compare(old: Snapshot, new: Snapshot) -> Difference:
    """Compare two runs over the same targets. Raises UsageError if they cover different parts of them."""
    if set(old.run.only) != set(new.run.only):
        raise UsageError(
            f"{old.run.name} and {new.run.name} are of runs with different --only; compare runs over the same targets"
        )
    comparison = Comparison(old.run, new.run, lists_still=True)
    for id, target in new.targets.items():
        comparison.add(old.targets.get(id), target)
    comparison.found.vanished += [id for id in old.targets if id not in new.targets]
    return comparison.found


class Comparison:
    """Compares two runs while the targets of the newer one arrive. Memory grows with what differs."""

    def __init__(self, old: ComparedRun, new: ComparedRun, *, lists_still: bool = False) -> None:
        """With `lists_still`, findings of both runs are listed, not only counted."""
        self.found = Difference(old=old, new=new)
        self._lists_still = lists_still
        self._all_positions = (old.rules is None) == (new.rules is None)

    def add(self, before: SeenTarget | None, target: SeenTarget) -> None:
        """Compare one target of the newer run; `before` is the same target in the older run."""
        found = self.found
        if before is None:
            found.appeared.append(target.id)
        elif before.unreachable and not target.unreachable:
            found.back.append(target.id)
        if target.unreachable and not (before and before.unreachable):
            found.unreachable.append(target)
        if before and not before.unreachable and not target.unreachable:
            found.certificates += _certificates(before, target, all_of_them=self._all_positions)
            found.connections += _connections(before, target)
        if found.is_judged:
            self._findings(before, target)

    def _findings(self, before: SeenTarget | None, target: SeenTarget) -> None:
        found = self.found
        was = _worst_of_each(before.findings) if before else {}
        now = _worst_of_each(target.findings)
        for fingerprint, one in now.items():
            if one.rule == TARGET_OBSERVED and target.unreachable:
                continue  # reported for the target instead
            other = was.get(fingerprint)
            if one.is_excused and other is None:
                continue
            if _is_new(one, other):
                found.new_findings.append(TargetFinding(target.id, one))
                continue
            found.still_count += 1
            if self._lists_still:
                found.still.append(TargetFinding(target.id, one))
        unknown = {one.rule for one in target.findings if not one.is_failure}
        for fingerprint, other in was.items():
            was_unseen = other.rule == TARGET_OBSERVED and before and before.unreachable
            if fingerprint in now or other.is_excused or was_unseen:
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
    """The changes at each position; if just one run built paths, which name the issuers, only of leaf and origin."""
    shown = (*target.certificates, *before.certificates)
    labels = dict.fromkeys(one.label for one in shown)
    for label in labels if all_of_them else [one for one in labels if one.startswith(_KNOWN_ANYWAY)]:
        old, new = ({c.sha256: c for c in side.certificates if c.label == label} for side in (before, target))
        gone = [certificate for digest, certificate in old.items() if digest not in new]
        come = [certificate for digest, certificate in new.items() if digest not in old]
        yield from _paired(target.id, gone, come)


def _paired(target: str, gone: list[SeenCertificate], come: Iterable[SeenCertificate]) -> Iterator[CertificateChange]:
    """Pair each added certificate with the most similar removed one."""
    for new in come:
        old = max(gone, key=lambda one: likeness(one, new), default=None)
        if old:
            gone.remove(old)
        yield CertificateChange(target, old, new)
    for old in gone:
        yield CertificateChange(target, old, None)


def likeness(one: SeenCertificate, other: SeenCertificate) -> tuple[bool, int]:
    """How alike two certificates are, for a comparison with other pairs."""
    names = Counter(one.names or ()) & Counter(other.names or ())
    return one.spki_sha256 == other.spki_sha256, 2 * names.total() + (one.issuer == other.issuer)
