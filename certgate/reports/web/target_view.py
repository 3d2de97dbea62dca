"""What the HTML report shows of one target: every text as it is; the templates escape it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from certgate.model.counted import plural
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.model.rule_doc import RuleDoc
from certgate.model.text_enum import TextEnum
from certgate.model.verdict import CertificateSummary, TargetResult, TrustMatrixRow
from certgate.reports.advice import advice
from certgate.reports.facts import NOTHING_KNOWN, about, counts_against, excuse, has_no_answer, kind, looks, unvisited
from certgate.reports.grouping import KINDS

__all__ = [
    "CertificateView",
    "ChainView",
    "FindingView",
    "State",
    "TargetView",
    "anchor_of",
    "days_between",
    "state_of",
    "target_view",
    "urgency_of",
]

_NAMES = 6
_SOON, _NEAR = 7, 30
"""Days before its expiry from which on a certificate is urgent, and is marked."""


class State(TextEnum):
    """How a target is shown, the worst first: its verdict, but `excused` if only exceptions make it compliant."""

    VIOLATED = "violated"
    INCOMPLETE = "incomplete"
    EXCUSED = "excused"
    COMPLIANT = "compliant"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(State).index(self)

    @property
    def symbol(self) -> str:
        """A mark that tells the state without colour."""
        return {"violated": "✗", "incomplete": "?", "excused": "~", "compliant": "✓"}[self.value]


@frozen(slots=True, kw_only=True)
class FindingView:
    """One finding, with why it matters and what to do. All text is foreign."""

    kind: str
    rule: str
    title: str
    about: str
    message: str
    excuse: str
    counts: bool
    """Whether it keeps the target from being compliant."""
    why: str
    fix: str
    source: str
    evidence: Sequence[tuple[str, str]]


@frozen(slots=True, kw_only=True)
class CertificateView:
    """One certificate as the chain is drawn."""

    summary: CertificateSummary
    names: tuple[str, ...]
    more_names: int
    days_left: int | None
    """Whole days; negative once it has expired."""
    used: int | None
    """Per cent of its lifetime that have passed."""
    urgency: str
    made: str
    """Its key, signature and issuer."""
    rules: tuple[tuple[str, str], ...]
    """Kind and rule of the findings about it."""


@frozen(slots=True, kw_only=True)
class ChainView:
    """The certificates at one address."""

    vantage: str
    path: list[CertificateView]
    """From the leaf towards the anchor."""
    rules: Sequence[tuple[str, str]]
    """Kind and rule of the findings about the path itself."""
    others: list[CertificateView]
    """Certificates that were sent and are not on the path."""


@frozen(slots=True, kw_only=True)
class TargetView:
    """One target."""

    id: str
    anchor: str
    """Identifies the target in links: safe text."""
    state: State
    problems: str
    weight: int
    """Sorts by problems: higher is worse."""
    rules: Sequence[str]
    labels: Sequence[tuple[str, str]]
    ends: datetime | None
    """When the first of its certificates expires."""
    days_left: int | None
    urgency: str
    issuer: str
    policy: str
    facts: Sequence[tuple[str, str]]
    chains: Sequence[ChainView]
    matrix: Sequence[TrustMatrixRow]
    findings: Sequence[FindingView]
    passed: str
    outcomes: Sequence[Finding]
    """All findings, if they were requested."""


def anchor_of(id: str) -> str:
    """A name for links that any id gives, and no other id."""
    return f"t-{sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def target_view(result: TargetResult, rules: Mapping[str, RuleDoc], fail_on: Severity, *, verbose: bool) -> TargetView:
    """The view of a result."""
    findings = sorted(result.wrong, key=lambda f: (not counts_against(f, fail_on), KINDS.index(kind(f))))
    counted = Counter(_word(finding) for finding in findings)
    ends = min((c.not_after for c in result.certificates if c.not_after and c.is_used), default=None)
    left = _days(ends, result.clock)
    return TargetView(
        id=result.target.id,
        anchor=anchor_of(result.target.id),
        state=state_of(result),
        problems=_problems(result, counted),
        weight=sum(10_000 if f.violates(fail_on) else 100 if f.not_checked else 1 for f in findings),
        rules=tuple(dict.fromkeys(finding.rule for finding in findings)),
        labels=sorted(result.target.labels.items()),
        ends=ends and ends.astimezone(UTC),
        days_left=left,
        urgency=urgency_of(left),
        issuer=next((c.issuer for c in result.certificates if c.label == "leaf"), ""),
        policy=result.policy,
        facts=[(name, value) for name, value in _facts(result) if value],
        chains=list(_chains(result)),
        matrix=result.matrix,
        findings=[*_unknown(result, findings), *(_finding(result, f, rules, fail_on) for f in findings)],
        passed=_passed(result),
        outcomes=result.findings if verbose else (),
    )


def state_of(result: TargetResult) -> State:
    """The state of a target."""
    return State.EXCUSED if result.is_excused else State(result.verdict.value)


def _word(finding: Finding) -> str:
    word = kind(finding)
    if finding.accepted_until:
        return "known not to answer, accepted"
    if word == Outcome.NOT_CHECKED and not finding.required:
        return "not checked (not required)"
    return word.replace("-", " ")


def _problems(result: TargetResult, counted: Counter[str]) -> str:
    words = [plural(counted[word], word) for word in ("error", "warning") if counted[word]]
    words += [f"{number:,} {word}" for word, number in counted.items() if word not in {"error", "warning"}]
    if has_no_answer(result) and not counted:
        words.append(NOTHING_KNOWN)
    if others := unvisited(result):
        words.append(f"{plural(len(others), 'address', 'es')} not visited")
    return ", ".join(words)


def _unknown(result: TargetResult, findings: Sequence[Finding]) -> Iterator[FindingView]:
    """What a target lacks that is incomplete without a missing answer."""
    if has_no_answer(result) and not any(finding.not_checked for finding in findings):
        yield FindingView(
            kind="not-checked",
            rule="",
            title="",
            about="target",
            message=NOTHING_KNOWN,
            excuse="",
            counts=True,
            why="what is unknown is never a pass.",
            fix="check which rules of the policy apply to this target.",
            source="",
            evidence=(),
        )


def _finding(result: TargetResult, finding: Finding, rules: Mapping[str, RuleDoc], fail_on: Severity) -> FindingView:
    advised = advice(finding, rules, result.observations)
    return FindingView(
        kind=kind(finding),
        rule=finding.rule,
        title=rules[finding.rule].title,
        about=about(result, finding),
        message=finding.message,
        excuse=excuse(finding),
        counts=counts_against(finding, fail_on),
        why=advised.why,
        fix=advised.fix,
        source=advised.source,
        evidence=sorted(finding.evidence.items()),
    )


def _facts(result: TargetResult) -> Iterator[tuple[str, str]]:
    target, seen = result.target, looks(result)
    usual = [o for o in result.observations if not (o.vantage.probe or o.vantage.key_type)]
    shakes = [o.handshake for o in usual if o.handshake]
    spoken = dict.fromkeys(", ".join(filter(None, (s.version, s.cipher, s.group, s.alpn))) for s in shakes)
    yield "Labels", ", ".join(f"{name}={value}" for name, value in sorted(target.labels.items()))
    yield "Declared in", str(target.place or "")
    yield "Address", seen["address"]
    yield "Server name", seen["server name"]
    yield "STARTTLS", seen["protocol"]
    yield "Connections", seen["connections"]
    yield "Proxy", ", ".join(dict.fromkeys(o.vantage.proxy for o in result.observations if o.vantage.proxy))
    yield "Handshake", "; ".join(spoken)
    yield "Not visited", ", ".join(unvisited(result))
    yield "Notes", ", ".join(dict.fromkeys(note.value for o in result.observations for note in o.notes))
    yield "Policy", result.policy
    yield "Trust", ", ".join(store.name for store in result.stores)
    yield "Role", target.role_reason
    yield "Evaluated as of", f"{result.clock.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _chains(result: TargetResult) -> Iterator[ChainView]:
    for vantage in dict.fromkeys(certificate.vantage for certificate in result.certificates):
        found = [c for c in result.certificates if c.vantage == vantage]
        about_path = [
            f
            for f in result.wrong
            if f.subject in {"path", "presented chain"} and f.vantage in {"", vantage} and not found[0].is_of_origin
        ]
        yield ChainView(
            vantage=vantage,
            path=[_certificate(result, c) for c in found if c.is_used],
            rules=_marks(about_path),
            others=[_certificate(result, c) for c in found if not c.is_used],
        )


def _certificate(result: TargetResult, certificate: CertificateSummary) -> CertificateView:
    left = _days(certificate.not_after, result.clock)
    return CertificateView(
        summary=certificate,
        names=certificate.names[:_NAMES],
        more_names=max(len(certificate.names) - _NAMES, 0),
        days_left=left,
        used=_used(certificate, result.clock),
        urgency=urgency_of(left),
        made=_made(certificate),
        rules=_marks(f for f in result.wrong if certificate in result.certificates_of(f)),
    )


def _made(certificate: CertificateSummary) -> str:
    bits = (
        f"{certificate.key_bits} bits"
        if certificate.key_bits and str(certificate.key_bits) not in certificate.key
        else ""
    )
    signature = f"signed with {certificate.signature}" if certificate.signature else ""
    issuer = f"issued by {certificate.issuer}" if certificate.issuer else ""
    return ", ".join(filter(None, (" ".join(filter(None, (certificate.key, bits))), signature, issuer)))


def _marks(findings: Iterable[Finding]) -> tuple[tuple[str, str], ...]:
    marks = {(kind(f), f.rule) for f in findings}
    return tuple(sorted(marks, key=lambda mark: (KINDS.index(mark[0]), mark[1])))


def _used(certificate: CertificateSummary, clock: datetime) -> int | None:
    start, end = certificate.not_before, certificate.not_after
    if start is None or end is None or end <= start:
        return None
    return min(max(round(100 * ((clock - start) / (end - start))), 0), 100)


def days_between(clock: datetime, end: datetime) -> int:
    """Whole days; negative after the end."""
    return (end - clock) // timedelta(days=1)


def _days(end: datetime | None, clock: datetime) -> int | None:
    return None if end is None else days_between(clock, end)


def urgency_of(days_left: int | None) -> str:
    """`expired`, `soon`, `near`, `later` or `unknown`."""
    if days_left is None:
        return "unknown"
    if days_left < 0:
        return "expired"
    return "soon" if days_left < _SOON else "near" if days_left < _NEAR else "later"


def _passed(result: TargetResult) -> str:
    outcomes = result.counts
    passed = outcomes[Outcome.PASS]
    words = [f"{plural(passed, 'answer')} {'is a pass' if passed == 1 else 'are passes'}"]
    if number := outcomes[Outcome.NOT_APPLICABLE]:
        words.append(f"{number:,} not applicable")
    if number := outcomes[Outcome.NOT_EFFECTIVE]:
        words.append(f"{number:,} not in effect for these certificates")
    return ", ".join(words)
