"""Judges one object by the policy, as `check` judges a manifest."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from certgate.checks.certificate.key_pair import is_same_key
from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.needs import Need
from certgate.gate.judges import Judges
from certgate.gate.planning import prepare
from certgate.gate.run_spec import RunSpec
from certgate.gate.work import Judging
from certgate.judge.exceptions import waive
from certgate.model.bug import bug
from certgate.model.errors import UsageError
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind, Observed
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Target
from certgate.model.verdict import TargetResult, Verdict
from certgate.observe.clock import Clock, utc_now
from certgate.reports.advice import advice
from certgate.reports.escape import for_terminal
from certgate.reports.facts import NOTHING_KNOWN, located
from certgate.sources.admitted import AdmittedObject, AdmittedPart, parts_of, usual_part
from certgate.sources.context import Defaults
from certgate.system.stop import Stop
from certgate.webhook.judgement import Judgement, Remark, Weight, unjudged
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["ObjectJudge", "plan_judge"]

_KEY_RULE = "k8s.secret-key-match"
"""Denies a Secret whose key is another's, whether the policy has it or not."""
_KEY_RULES = frozenset({_KEY_RULE, "key.matches"})
_MOST_REMARKS = 100
_REPLACE = (
    "put the certificate there in PEM, the leaf first, or leave the value out "
    "(`kubectl create secret tls NAME --cert FILE --key FILE`)."
)


def plan_judge(defaults: Defaults) -> "ObjectJudge":
    """Read the policy and the trust stores. Raises UsageError for what cannot be read, or needs a policy server."""
    judges = prepare([usual_part(defaults).observed.target], RunSpec()).judges
    asking = [
        rule.id
        for policy in judges.policies.values()
        for rule in policy.whole.rules
        if Need.DECISION in rule.check.needs
    ]
    if asking:
        raise UsageError(
            f"--policy {defaults.policy}: {' and '.join(asking)} would ask a policy server for each object, which the "
            "webhook does not; leave these rules out of its policy"
        )
    return ObjectJudge(judges, defaults)


@frozen()
class ObjectJudge:
    """A policy and its trust stores, ready to judge objects. Can be pickled."""

    judges: Judges
    defaults: Defaults

    def judge(self, admitted: AdmittedObject, now: Clock = utc_now) -> Judgement:
        """What is wrong with the object. Never raises because of it."""
        remarks: dict[Remark, None] = {}
        policy = ""
        try:
            for part in parts_of(admitted, self.defaults, now):
                result = self._result(part)
                policy = policy or result.policy
                remarks |= dict.fromkeys(_remarks(part, result, self._docs(result), self.judges.fail_on))
        except BaseException as error:
            return unjudged(bug(error, "the webhook"))
        worst_first = sorted(remarks, key=lambda one: list(Weight).index(one.weight))
        return Judgement(remarks=tuple(worst_first[:_MOST_REMARKS]), policy=policy)

    def _result(self, part: AdmittedPart) -> TargetResult:
        target = self.judges.decided(part.observed.target)
        judging = Judging(self.judges, Stop(), _observed_before)
        result = judging.judge(replace(part.observed, target=target))
        if not isinstance(result, TargetResult):
            raise TypeError("an object is not an endpoint")
        return waive(result, self.judges.waivers(target), self.judges.fail_on)[0]

    def _docs(self, result: TargetResult) -> Mapping[str, RuleDoc]:
        return {rule.id: rule.check.doc for rule in self.judges.of(result.target).policy.rules}


def _observed_before(_: Iterator[Target]) -> Iterator[Observed]:
    return iter(())


def _remarks(
    part: AdmittedPart, result: TargetResult, docs: Mapping[str, RuleDoc], fail_on: Severity
) -> Iterator[Remark]:
    if part.is_rubbish or _is_damaged(part.observed, result):
        yield _remark(Weight.VIOLATED, TARGET_OBSERVED, _rubbish(result), _REPLACE)
        return
    said = False
    for finding in result.wrong:
        if weight := _weight(finding, fail_on):
            said = said or weight is not Weight.WARNING
            fix = advice(finding, docs, result.observations).fix
            yield _remark(weight, finding.rule, located(result, finding, for_terminal), fix)
    if _has_key_of_another(part.observed) and not any(
        f.rule in _KEY_RULES and f.outcome is Outcome.FAIL for f in result.findings
    ):
        doc = all_checks()[_KEY_RULE].doc
        text = f"the private key does not belong to the certificate ({for_terminal(result.target.id)})"
        yield _remark(Weight.VIOLATED, _KEY_RULE, text, doc.fix)
    elif result.verdict is Verdict.INCOMPLETE and not said:
        yield _remark(Weight.MISSING, TARGET_OBSERVED, f"{NOTHING_KNOWN} ({for_terminal(result.target.id)})", "")


def _rubbish(result: TargetResult) -> str:
    failure = result.observations[0].failure
    detail = f": {for_terminal(failure.detail)}" if failure else ""
    return f"the value cannot be read as a certificate ({for_terminal(result.target.id)}){detail}"


def _remark(weight: Weight, rule: str, text: str, fix: str) -> Remark:
    return Remark(weight=weight, rule=for_terminal(rule), text=text, fix=for_terminal(" ".join(fix.split())))


def _weight(finding: Finding, fail_on: Severity) -> Weight | None:
    """What a failure or a missing answer means; None if it is not worth a word."""
    if finding.violates(fail_on):
        return Weight.VIOLATED
    if finding.not_checked:
        return Weight.MISSING
    is_warning = finding.outcome is Outcome.FAIL and finding.severity is not Severity.INFO and not finding.excused
    return Weight.WARNING if is_warning else None


def _is_damaged(observed: Observed, result: TargetResult) -> bool:
    """Whether a certificate or a request was found in its place, and its contents cannot be read."""
    before, after = observed.observations[0], result.observations[0]
    found = before.failure is None and bool(before.presented or before.request)
    return found and after.failure is not None and after.failure.kind is FailureKind.UNREADABLE


def _has_key_of_another(observed: Observed) -> bool:
    seen = observed.observations[0]
    if seen.public_key is None or not seen.presented:
        return False
    try:
        return not is_same_key(seen.public_key, parse_certificate(seen.presented[0]).spki)
    except Malformed:
        return False
