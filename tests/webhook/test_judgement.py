"""What is wrong with an object, and what becomes of that."""

import pytest

from certgate.webhook.judgement import COMPLIANT, Answering, Decision, Judgement, Mode, Remark, Weight, unjudged


def remark(weight, rule="a.rule", text="it is wrong (Secret/shop/web/tls.crt)", fix="do it right."):
    return Remark(weight=weight, rule=rule, text=text, fix=fix)


VIOLATED, MISSING, WARNING = (remark(weight, rule=f"{weight}.rule") for weight in Weight)
ENFORCE, STRICT = Answering(), Answering(denies_incomplete=True)
AUDIT = Answering(mode=Mode.AUDIT, denies_incomplete=True)


def judgement(*remarks):
    return Judgement(remarks=remarks, policy="internal-pki")


@pytest.mark.parametrize(
    ("answering", "found", "decision"),
    [
        (ENFORCE, COMPLIANT, Decision.ALLOWED),
        (ENFORCE, judgement(WARNING), Decision.WARNED),
        (ENFORCE, judgement(MISSING, WARNING), Decision.INCOMPLETE),
        (ENFORCE, judgement(VIOLATED, MISSING), Decision.DENIED),
        (ENFORCE, unjudged("why"), Decision.UNJUDGED),
        (STRICT, judgement(MISSING), Decision.DENIED),
        (STRICT, judgement(WARNING), Decision.WARNED),
        (STRICT, unjudged("why"), Decision.DENIED),
        (AUDIT, judgement(VIOLATED), Decision.WOULD_DENY),
        (AUDIT, judgement(MISSING), Decision.WOULD_DENY),
        (AUDIT, unjudged("why"), Decision.WOULD_DENY),
        (AUDIT, COMPLIANT, Decision.ALLOWED),
    ],
)
def test_only_what_counts_denies_and_audit_denies_nothing(answering, found, decision):
    decided, review = answering.decide(found)

    assert decided is decision
    assert review.allowed == (decision is not Decision.DENIED)
    assert bool(review.warnings) == (decision not in {Decision.ALLOWED, Decision.DENIED})


def test_a_denial_names_rule_reason_and_fix_and_the_audit_log_gets_the_rules():
    _, review = ENFORCE.decide(judgement(VIOLATED, MISSING))

    assert (review.code, review.message) == (
        403,
        "violates the policy internal-pki:\nviolated.rule: it is wrong (Secret/shop/web/tls.crt). Fix: do it right.",
    )
    assert review.annotations == {"decision": "denied", "denied-by": "violated.rule", "warned-by": "missing.rule"}


def test_a_denial_of_what_was_not_judged_can_be_tried_again():
    _, review = STRICT.decide(unjudged("64 other objects wait for it; try again"))

    assert (review.code, review.message) == (503, "not judged: 64 other objects wait for it; try again")
    assert review.annotations == {"decision": "denied"}


def test_audit_warns_of_what_would_be_denied():
    _, review = AUDIT.decide(judgement(VIOLATED, WARNING))

    assert review.warnings == [
        "would be denied: violated.rule: it is wrong (Secret/shop/web/tls.crt)",
        "warning.rule: it is wrong (Secret/shop/web/tls.crt)",
    ]
    assert review.annotations == {
        "decision": "would-deny",
        "denied-by": "violated.rule",
        "warned-by": "warning.rule",
    }


def test_warnings_and_messages_are_bounded():
    many = [remark(Weight.WARNING, text=f"{number} {'x' * 1_000}") for number in range(100)]
    _, review = ENFORCE.decide(judgement(*many))
    _, denied = ENFORCE.decide(judgement(*(remark(Weight.VIOLATED, rule=f"r{n}") for n in range(1_000))))

    assert len(review.warnings) == 10
    assert {len(warning) for warning in review.warnings[:-1]} == {256}
    assert review.warnings[-1] == "certgate: and 91 more warnings"
    assert denied.message.endswith("and 995 more problems")
    assert len(denied.annotations["denied-by"]) <= 2_000
