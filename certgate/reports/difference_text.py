"""What differs between two runs, in words: the lines that the reports for people share."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from certgate.model.counted import plural
from certgate.model.difference import CertificateChange, ConnectionChange, Difference, TargetFinding
from certgate.model.frozen import frozen
from certgate.reports.escape import cut

__all__ = ["Section", "counted", "heading", "sections"]

_LONGEST_SUBJECT = 160
_NAMES = 6
"""Names that are shown of those that were added or removed."""


@frozen(slots=True)
class Section:
    """A title with its lines. A line has a target and what is said of it; text is escaped."""

    title: str
    lines: Sequence[tuple[str, str]]


def heading(difference: Difference, escape: Callable[[str], str] = str) -> str:
    """Which runs are compared, and when each began."""
    old, new = difference.old, difference.new
    return f"{escape(old.name)} ({_moment(old.at)}) and {escape(new.name)} ({_moment(new.at)})"


def counted(difference: Difference) -> str:
    """The summary in one line."""
    words = []
    if difference.is_judged:
        words.append(f"{len(difference.new_findings):,} new, {len(difference.fixed):,} fixed")
        words.append(f"{difference.still_count:,} still there")
    if difference.unclear:
        words.append(f"{len(difference.unclear):,} not known")
    words += [f"{plural(len(difference.certificates), 'certificate')} changed"] if difference.certificates else []
    words += [plural(len(difference.connections), "connection change")] if difference.connections else []
    for what, targets in (
        ("appeared", difference.appeared),
        ("vanished", difference.vanished),
        ("no longer observed", difference.unreachable),
        ("back", difference.back),
    ):
        words += [f"{plural(len(targets), 'target')} {what}"] if targets else []
    if not difference.is_judged:
        words += [] if words else ["no change"]
        words.append("findings not compared")
    return "; ".join(words)


def sections(difference: Difference, escape: Callable[[str], str], *, verbose: bool = False) -> Iterator[Section]:
    """The sections that have a line, the most urgent first; with `verbose` also what is still there."""
    worst_first = sorted(
        difference.new_findings, key=lambda one: (not one.finding.violates, -one.finding.severity.rank)
    )
    every = [
        Section("New findings", [_finding(one, escape) for one in worst_first]),
        Section("No longer observed", [(escape(t.id), escape(t.unreachable)) for t in difference.unreachable]),
        Section("Not known whether fixed", [_finding(one, escape) for one in difference.unclear]),
        Section("Fixed", [_finding(one, escape) for one in difference.fixed]),
        Section("Certificates", [(escape(one.target), _certificate(one, escape)) for one in difference.certificates]),
        Section("Connections", [(escape(one.target), _connection(one, escape)) for one in difference.connections]),
        Section("Appeared", [(escape(id), "") for id in difference.appeared]),
        Section("Vanished", [(escape(id), "") for id in difference.vanished]),
        Section("Observed again", [(escape(id), "") for id in difference.back]),
        Section("Still there", [_finding(one, escape) for one in difference.still] if verbose else []),
    ]
    return (section for section in every if section.lines)


def _finding(one: TargetFinding, escape: Callable[[str], str]) -> tuple[str, str]:
    finding = one.finding
    severity = finding.severity.value if finding.is_failure else "not checked"
    excused = ", excused" if finding.is_excused else ""
    subject = escape(cut(finding.subject, _LONGEST_SUBJECT))
    return escape(one.target), f"{severity}{excused} {finding.rule}, {subject}: {escape(finding.message)}"


def _certificate(change: CertificateChange, escape: Callable[[str], str]) -> str:
    old, new = change.old, change.new
    shown = new or old
    subject = f"{change.label} {escape(cut(shown.subject, _LONGEST_SUBJECT))}" if shown else change.label
    if old is None or new is None:
        return f"{subject} {change.kind}"
    key = {True: " with the same key", False: " with a new key", None: ""}[change.same_key]
    words = [f"{subject} {'renewed' if change.kind == 'renewed' else 'replaced'}{key}"]
    words += ["whether the key changed is not known"] if change.same_key is None else []
    if change.kind == "issuer-changed":
        before, now = (escape(cut(one.issuer, _LONGEST_SUBJECT)) for one in (old, new))
        words.append(f"issuer {now} instead of {before}")
    if old.not_after and new.not_after and old.not_after != new.not_after:
        words.append(f"ends {new.not_after:%Y-%m-%d} instead of {old.not_after:%Y-%m-%d}")
    return "; ".join([*words, *_names(change, escape)])


def _names(change: CertificateChange, escape: Callable[[str], str]) -> Iterator[str]:
    names = change.names
    if names is None:
        yield "whether the names changed is not known"
        return
    for what, changed in zip(("added", "removed"), names, strict=True):
        if changed:
            more = f" and {len(changed) - _NAMES:,} more" if len(changed) > _NAMES else ""
            yield f"names {what}: {', '.join(map(escape, changed[:_NAMES]))}{more}"


def _connection(change: ConnectionChange, escape: Callable[[str], str]) -> str:
    old, new = (", ".join(map(escape, side)) for side in (change.old, change.new))
    return f"{change.what} {new} instead of {old}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
