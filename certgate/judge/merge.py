"""Merges findings on several subjects, by several trust stores and at several addresses, and gives the verdict."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from operator import itemgetter
from typing import TypeVar

from certgate.checks.framework.registry import ALL_ROLES
from certgate.checks.framework.subjects import (
    CertificateInRole,
    Handshake,
    Observations,
    PublishedCrl,
    PublishedResponse,
    Vantages,
)
from certgate.judge.same_objects import SameObjects
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.findings import Findings
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.vantage_label import is_of_key_type, label_parts
from certgate.model.verdict import CertificateSummary, Verdict
from certgate.policy.model import TargetPolicy, TargetRule

__all__ = ["Merger", "by_all_stores", "certificates_at_all", "verdict_of"]

_RIGHT = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_EFFECTIVE})
_DECIDED = frozenset({Outcome.PASS, Outcome.FAIL})
_PUBLISHED = frozenset({PublishedCrl, PublishedResponse})
"""What no certificate and no handshake comes with: that there is none goes without saying."""
_WRONG = frozenset({Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.CRASHED})
_MOST_MERGED = 32

_T = TypeVar("_T")
_Identity = tuple[str, str, str]
"""Rule, subject and key."""


class Merger:
    """Merges the findings of one policy on several subjects."""

    def __init__(self, policy: TargetPolicy) -> None:
        self._unanswered = {
            connected: {
                r.id: _unanswered(r, connected=connected) for r in policy.rules if r.check.subject is not Vantages
            }
            for connected in (False, True)
        }
        self._subjects = {rule.id: rule.check.subject for rule in policy.rules}
        self._merged = SameObjects[Findings](_MOST_MERGED)

    def merge(self, findings: Iterable[Finding], *, presented: bool, connected: bool) -> Findings:
        """All findings; if certificates were `presented`, also one for each rule on them that gave no answer.

        `connected` says whether observing the target needs a connection. The same findings are merged once.
        """

        def merged() -> Findings:
            return self._merge(found, presented=presented, connected=connected)

        found = tuple(findings)
        return self._merged.get((presented, connected), found, merged)

    def _merge(self, findings: tuple[Finding, ...], *, presented: bool, connected: bool) -> Findings:
        unanswered = self._unanswered[connected]
        by_rule: dict[str, tuple[Finding, ...]] = dict.fromkeys(unanswered, ())
        for finding in findings:
            by_rule[finding.rule] += (finding,)
        found: list[Finding] = []
        for rule, answers in by_rule.items():
            if answers:
                found += answers
            elif presented and self._subjects[rule] not in _PUBLISHED:
                found.append(unanswered[rule])
        return Findings(found)

    def fold(
        self, judged: Iterable[tuple[str, tuple[Finding, ...]]], certificates: Collection[CertificateSummary] = ()
    ) -> tuple[Finding, ...]:
        """Fold the findings of all vantages (`judged`): the same finding once, others for each vantage with its label.

        Two findings are the same if their identity and their weight are; if messages or evidence differ, those of all
        vantages are kept. The order in which the vantages were visited does not matter. The findings on chains for
        further types of keys change nothing about the others; they are added, each with its label, unless they say the
        same about the same certificate. `certificates` are those of `certificates_at_all`.
        """
        seen = sorted(judged, key=itemgetter(0))
        first = self._fold_first([one for one in seen if not is_of_key_type(one[0])])
        added = [
            replace(finding, vantage=label)
            for label, findings in seen
            if is_of_key_type(label)
            for finding in findings
            if self._is_new(finding, first, {c.label for c in certificates if c.vantage == label})
        ]
        if not added:
            return first
        by_rule: dict[str, list[Finding]] = {rule: [] for rule in self._unanswered[True]}
        for finding in (*first, *added):
            by_rule[finding.rule].append(finding)
        return tuple(chain.from_iterable(by_rule.values()))

    def _is_new(self, finding: Finding, first: Iterable[Finding], differing: Collection[str]) -> bool:
        """Whether a finding for a further type of key is more than the `first` findings say already.

        `differing` are the labels of the certificates that the first chain does not have.
        """
        subject = self._subjects[finding.rule]
        if subject is Handshake:
            return False
        alike = [f for f in first if (f.rule, f.subject, f.key) == (finding.rule, finding.subject, finding.key)]
        if finding.outcome in _RIGHT:
            return all(f.outcome is not finding.outcome for f in alike)
        is_same_certificate = finding.subject.startswith("issuer ") and finding.subject not in differing
        if subject is not Observations and not is_same_certificate:
            return True
        return all(replace(f, vantage="") != finding for f in alike)

    def _fold_first(self, seen: Sequence[tuple[str, tuple[Finding, ...]]]) -> tuple[Finding, ...]:
        """Fold the findings on what any client sees first."""
        if not seen[1:]:
            return seen[0][1] if seen else ()
        by_identity = [(address, _by_identity(findings)) for address, findings in seen]
        folded: dict[str, list[Finding]] = {rule: [] for rule in self._unanswered[True]}
        for identity in dict.fromkeys(chain.from_iterable(found for _, found in by_identity)):
            folded[identity[0]] += _folded([(address, found.get(identity, [])) for address, found in by_identity])
        return tuple(chain.from_iterable(folded.values()))


def _unanswered(rule: TargetRule, *, connected: bool) -> Finding:
    """The finding for a rule that gave no answer, with the reason."""
    subject = rule.check.doc.judges
    missing = rule.check.subject is Handshake and connected
    outcome = Outcome.NOT_CHECKED if missing else Outcome.NOT_APPLICABLE
    narrow = rule.check.subject is CertificateInRole and rule.check.roles != ALL_ROLES
    role = f" in the role {' or '.join(sorted(rule.check.roles))}" if narrow else ""
    reason = "the handshake was not completed" if missing else f"there is no {subject}{role}"
    return Finding(
        rule=rule.id, subject=subject, outcome=outcome, severity=rule.severity, message=reason, required=rule.required
    )


def by_all_stores(judged: Sequence[tuple[str, tuple[Finding, ...]]]) -> tuple[Finding, ...]:
    """Findings that are the same by all stores once, problems by some with the store's name.

    `judged` are pairs of store and findings. If no store has a problem with a rule, the first store's findings count.
    """
    found: list[Finding] = []
    for store, findings in judged:
        for finding in findings:
            if all(finding in others for _, others in judged):
                found += [] if finding in found else [finding]
            elif finding.outcome in _WRONG:
                key = f"{finding.key} {store}".lstrip()
                found.append(replace(finding, message=f"by the trust store {store}: {finding.message}", key=key))
    answered = {finding.rule for finding in found}
    return (*found, *(finding for finding in judged[0][1] if finding.rule not in answered))


def certificates_at_all(seen: Iterable[tuple[str, tuple[CertificateSummary, ...]]]) -> tuple[CertificateSummary, ...]:
    """The certificates that all vantages show, once; others with their vantage's label. `seen`: (label, shown).

    Chains for further types of keys add the certificates that the first chain does not have.
    """
    ordered = sorted(seen, key=itemgetter(0))
    first = _certificates_at_first([one for one in ordered if not is_of_key_type(one[0])])
    added = [
        replace(certificate, vantage=label)
        for label, certificates in ordered
        if is_of_key_type(label)
        for certificate in certificates
        if not any(_is_shared(certificate, other, label) for other in first)
    ]
    return (*first, *added)


def _is_shared(certificate: CertificateSummary, other: CertificateSummary, label: str) -> bool:
    """Whether the first chain at the same vantage has the certificate in the same place."""
    return other.vantage in {"", label_parts(label)[0]} and replace(other, vantage="") == certificate


def _certificates_at_first(
    seen: Sequence[tuple[str, tuple[CertificateSummary, ...]]],
) -> tuple[CertificateSummary, ...]:
    """The certificates that any client sees first."""
    if not seen[1:]:
        return seen[0][1] if seen else ()
    shown = [(address, {c.label: c for c in certificates}) for address, certificates in seen]
    several = len({address for address, _ in shown}) > 1
    found: list[CertificateSummary] = []
    for label in dict.fromkeys(chain.from_iterable(labelled for _, labelled in shown)):
        at = [(address, labelled.get(label)) for address, labelled in shown]
        agree = not several or all(certificate == at[0][1] for _, certificate in at)
        found += _distinct(c if agree else replace(c, vantage=address) for address, c in at if c)
    return tuple(found)


def _by_identity(findings: Iterable[Finding]) -> dict[_Identity, list[Finding]]:
    found: dict[_Identity, list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.rule, finding.subject, finding.key), []).append(finding)
    return found


def _folded(at: Sequence[tuple[str, list[Finding]]]) -> Iterable[Finding]:
    """The findings of one identity: once if they have the same weight at all addresses, else for each."""
    if len({address for address, _ in at}) == 1:
        return _distinct(chain.from_iterable(findings for _, findings in at))
    weights = [[(f.outcome, f.severity, f.required, f.can_be_excused) for f in findings] for _, findings in at]
    if all(weight == weights[0] for weight in weights):
        addresses = [address for address, _ in at]
        together = zip(*(findings for _, findings in at), strict=True)
        return [_as_one(list(zip(addresses, alike, strict=True))) for alike in together]
    return _distinct(replace(finding, vantage=address) for address, findings in at for finding in findings)


def _as_one(findings: Sequence[tuple[str, Finding]]) -> Finding:
    """Merges findings that differ only in their messages into one with all messages."""
    first = findings[0][1]
    names = dict.fromkeys(name for _, finding in findings for name in finding.evidence)
    evidence = {name: _joined([(address, f.evidence.get(name, "")) for address, f in findings]) for name in names}
    return replace(first, message=_joined([(address, f.message) for address, f in findings]), evidence=evidence)


def _joined(texts: Sequence[tuple[str, str]]) -> str:
    if all(text == texts[0][1] for _, text in texts):
        return texts[0][1]
    return "; ".join(dict.fromkeys(f"at {address}: {text}" for address, text in texts if text))


def _distinct(found: Iterable[_T]) -> list[_T]:
    kept: list[_T] = []
    for one in found:
        kept += [] if one in kept else [one]
    return kept


def verdict_of(findings: Sequence[Finding], fail_on: Severity, vantages: Collection[str] = ("",)) -> Verdict:
    """Violated if there is a violation; else incomplete if something is not checked or a vantage has no decision."""
    wrong = Findings.of(findings).wrong
    if any(finding.violates(fail_on) for finding in wrong):
        return Verdict.VIOLATED
    deciding = (f.vantage for f in findings if f.outcome in _DECIDED and f.rule != TARGET_OBSERVED)
    if not _everywhere(deciding, vantages) or any(finding.not_checked for finding in wrong):
        return Verdict.INCOMPLETE
    return Verdict.COMPLIANT


def _everywhere(deciding: Iterable[str], vantages: Collection[str]) -> bool:
    """Whether the deciding findings cover every vantage, by one finding for all or by one for each."""
    found = set()
    for vantage in deciding:
        if not vantage:
            return True
        found.add(vantage)
    return bool(found) and found.issuperset(vantages)
