"""What a server's answers to clients say of it."""

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Passed, Problem
from certgate.checks.framework.subjects import Vantages
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.mutual_tls import ClientFiles, ClientKind, Expect, MutualTls
from certgate.model.observation import Observation, Vantage
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, FileSource, Target, Visit
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies

REQUIRED, CHAIN, TIME, IDENTITY, NAMES, RESUMED = (
    all_checks()[f"mtls.{name}"]
    for name in ("required", "verifies-chain", "verifies-time", "verifies-identity", "ca-names", "resumption-bound")
)
VERIFYING = [(CHAIN, "self-signed"), (TIME, "expired"), (IDENTITY, "wrong-id")]
LEAF = issue("a.example", sans=["a.example"]).der
HERE, THERE = "192.0.2.1:8443", "192.0.2.2:8443"
IN = ProbeOutcome.ACCEPTED
OUT = [ProbeOutcome.REFUSED, ProbeOutcome.REFUSED_AFTER_HANDSHAKE, ProbeOutcome.REFUSED_BY_APPLICATION]
FILES = ClientFiles("c.pem")


def look(address=HERE, *, requested=True, ca_names=("CN=Clients",), **outcomes):
    """What was seen at an address; words name the probes, with _ for -."""
    answers = tuple(
        ProbeAnswer(
            what=f"mtls {what.replace('_', '-').replace('+', ' ')}",
            outcome=outcome,
            alert=48 if outcome in OUT[:2] else None,
            status=400 if outcome is OUT[2] else None,
            detail="the detail",
            requested=requested,
            ca_names=ca_names if requested else (),
        )
        for what, outcome in outcomes.items()
    )
    return Observation(observed_at=CLOCK, vantage=Vantage(address, "a.example"), presented=(LEAF,), probes=answers)


def ask(check, *looks, also=(), source=None, mtls=True, may_probe=None, **declared):
    visit = Visit(mtls=MutualTls(**declared) if mtls else None, also=also, may_probe=may_probe)
    source = source or Endpoint("a.example", 8443, "a.example", "", visit)
    return list(check.run(Vantages(Target(id="t", ordinal=0, source=source), looks)))


@pytest.mark.parametrize("refusal", OUT)
def test_who_refuses_a_stranger_and_lets_the_control_in_requires_a_certificate(refusal):
    assert ask(REQUIRED, look(none=refusal, control=IN)) == []


def test_every_address_counts_and_is_named():
    (problem,) = ask(REQUIRED, look(none=OUT[0], control=IN), look(THERE, none=IN, control=IN))

    assert problem.message == f"a client without a certificate is let in at {THERE}: the detail"


@pytest.mark.parametrize("unclear", [ProbeOutcome.SILENT, ProbeOutcome.FAILED])
@pytest.mark.parametrize(("check", "client"), [(REQUIRED, "none"), *VERIFYING])
def test_silence_and_failure_are_neither_a_pass_nor_a_failure(check, client, unclear):
    (answer,) = ask(check, look(control=IN, **{client: unclear}))

    assert isinstance(answer, NotChecked)
    assert answer.reason.startswith("a client ")
    assert "is neither let in nor refused" in answer.reason


@pytest.mark.parametrize(("check", "client"), [(REQUIRED, "none"), *VERIFYING])
def test_a_close_counts_only_if_the_control_was_let_in(check, client):
    closed = {client: ProbeOutcome.CLOSED}

    assert not any(isinstance(answer, NotChecked | Problem) for answer in ask(check, look(control=IN, **closed)))
    for others in ({}, {"control": ProbeOutcome.CLOSED}, {"control": OUT[0]}):
        assert isinstance(ask(check, look(**others, **closed), needs_control=False)[0], NotChecked)


@pytest.mark.parametrize(("check", "client"), [(REQUIRED, "none"), *VERIFYING])
def test_where_nobody_is_let_in_refusals_prove_nothing_unless_that_is_accepted(check, client):
    refused = {client: OUT[0]}

    (alone,) = ask(check, look(**refused))
    (with_control,) = ask(check, look(**refused, control=OUT[1]))

    assert alone.reason.startswith(f"perhaps nobody gets in at {HERE}: every client that was tried is refused")
    assert "the client that must be let in is not: TLS alert 48 after the handshake" in with_control.reason
    assert not any(isinstance(a, NotChecked | Problem) for a in ask(check, look(**refused), needs_control=False))


def test_a_control_that_is_refused_outweighs_others_that_are_let_in():
    assert isinstance(ask(REQUIRED, look(none=OUT[0], control=OUT[0], expired=IN))[0], NotChecked)


def test_without_a_control_somebody_else_who_is_let_in_shows_that_the_server_lives():
    assert ask(REQUIRED, look(none=OUT[0], self_signed=IN)) == []


def test_a_server_that_never_asks_for_a_certificate_cannot_require_one():
    (answer,) = ask(REQUIRED, look(none=OUT[2], requested=False), needs_control=False)

    assert answer == NotChecked(f"the server never asked for a client certificate at {HERE}")


def test_under_optional_a_stranger_may_be_let_in():
    assert ask(REQUIRED, look(none=IN), expect=Expect.OPTIONAL) == [
        NotApplicable("the target expects that a client certificate is optional")
    ]
    (problem,) = ask(CHAIN, look(none=IN, self_signed=IN), expect=Expect.OPTIONAL)
    assert problem.key == "self-signed"


@pytest.mark.parametrize(("outcome", "kind"), [(IN, None), (OUT[0], Problem), (ProbeOutcome.SILENT, NotChecked)])
def test_under_none_a_stranger_must_be_let_in(outcome, kind):
    given = ask(REQUIRED, look(none=outcome), expect=Expect.NONE)

    assert [type(answer) for answer in given] == ([kind] if kind else [])


@pytest.mark.parametrize("check", [CHAIN, TIME, IDENTITY, NAMES, RESUMED])
def test_under_none_the_other_rules_have_nothing_to_say(check):
    assert ask(check, look(none=IN), expect=Expect.NONE) == [
        NotApplicable("the target expects that nobody needs a client certificate")
    ]


def test_two_kinds_are_two_problems():
    given = ask(CHAIN, look(control=IN, self_signed=IN, lookalike=IN, public_ca=OUT[0]))

    assert [problem.key for problem in given] == ["self-signed", "lookalike"]


def test_a_pass_names_the_clients_that_were_not_tried():
    assert ask(CHAIN, look(control=IN, self_signed=OUT[0])) == [
        Passed(
            "without a probe: lookalike, revoked, public-ca (the target names no file; no accepted CA is known by name)"
        )
    ]
    assert ask(TIME, look(control=IN, expired=OUT[0], not_yet_valid=OUT[0])) == []


def test_a_rule_without_any_probe_is_not_checked():
    assert ask(TIME, look(control=IN)) == [
        NotChecked("without a probe: expired, not-yet-valid (the target names no file)")
    ]


@pytest.mark.parametrize("check", [REQUIRED, CHAIN, TIME, IDENTITY, NAMES, RESUMED])
def test_without_a_word_of_the_target_without_probes_and_for_files_there_is_no_pass(check):
    (undeclared,) = ask(check, look(none=OUT[0]), mtls=False)
    (unmade,) = ask(check, look())
    (forbidden,) = ask(check, look(), may_probe=False)
    (unseen,) = ask(check)
    (one_of_two,) = ask(check, look(none=OUT[0], control=IN), look(THERE), also=("b.example",))

    assert "--probe-mtls" in undeclared.reason
    assert unmade == NotChecked(f"no probe was made at {HERE}")
    assert forbidden == NotChecked(f"no probe was made at {HERE}: probes are switched off")
    assert unseen == NotChecked("no probe was made")
    assert one_of_two == NotChecked(f"no probe was made at {THERE}")
    assert ask(check, source=FileSource("a.pem")) == [NotApplicable("it is about endpoints")]


def test_a_server_that_does_not_ask_has_no_names_to_tell():
    assert ask(NAMES, look(none=IN, requested=False)) == [NotApplicable("the server asks for no client certificate")]
    assert isinstance(ask(NAMES, look(none=ProbeOutcome.FAILED, requested=None))[0], NotChecked)


@pytest.mark.parametrize(
    ("outcome", "kind"), [(IN, Problem), (OUT[0], None), (OUT[2], None), (ProbeOutcome.SILENT, NotChecked)]
)
def test_a_session_that_another_name_resumes_is_a_problem(outcome, kind):
    given = ask(RESUMED, look(control=IN, **{"resumed under b.example": outcome}), also=("b.example",))

    assert [type(answer) for answer in given] == ([kind] if kind else [])


def test_without_another_name_or_a_session_nothing_is_resumed():
    (no_session,) = ask(RESUMED, look(control=OUT[0]), also=("b.example",))

    assert ask(RESUMED, look(control=IN)) == [NotApplicable("the target names no other server name in also")]
    assert "the client that must be let in is not" in no_session.reason


@pytest.mark.parametrize("pack", pack_names())
def test_what_the_target_declares_switches_the_rules_on_under_every_policy_as_errors(pack):
    def on(**visit):
        target = Target(id="t", ordinal=0, source=Endpoint("a.example", 8443, "a.example", "", Visit(**visit)))
        found = TargetPolicies(load_policy(pack)).of(target).rules
        return {rule.id: rule.severity for rule in found if rule.id.startswith("mtls.")}

    usual = on()
    expired, wrong = (ClientKind.EXPIRED, FILES), (ClientKind.WRONG_ID, FILES)
    base = {f"mtls.{name}": Severity.ERROR for name in ("required", "verifies-chain", "ca-names")}

    assert on(mtls=MutualTls()) == usual | base
    assert on(mtls=MutualTls(refuse=(expired,))) == usual | base | {"mtls.verifies-time": Severity.ERROR}
    assert on(mtls=MutualTls(refuse=(wrong,))) == usual | base | {"mtls.verifies-identity": Severity.ERROR}
    assert on(mtls=MutualTls(), also=("b.example",)) == usual | base
    assert on(mtls=MutualTls(control=FILES), also=("b.example",)) == usual | base | {
        "mtls.resumption-bound": Severity.ERROR
    }
