"""What a server accepts is held against the policy."""

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotChecked, Problem
from certgate.checks.framework.subjects import Handshake
from certgate.checks.target.tls import DEFAULT_SUITES
from certgate.lab.pki import issue
from certgate.model.observation import HandshakeFacts
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.tls_names import CIPHERS, GROUPS, VERSIONS
from certgate.x509.certificate import parse_certificate

LEAF = parse_certificate(issue("leaf").der)
ACCEPTS = [all_checks()[f"tls.accepts-{what}"] for what in ("version", "cipher", "group")]
VERSION, CIPHER, GROUP = ACCEPTS
OLD = "SSLv3, TLSv1, TLSv1.1"


def questions(check, **parameters):
    defaults = {name: parameter.default for name, parameter in check.parameters.items()}
    return check.asks(**{**defaults, **parameters})


def brief(asked):
    return asked[0].brief or asked[0].what


def answers(asked, outcome=ProbeOutcome.REFUSED, **facts):
    return tuple(ProbeAnswer(what=question.what, outcome=outcome, **facts) for question in asked)


def judged(check, found, *, version="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256", group="x25519", unprobed="", **words):
    return list(check.run(Handshake(HandshakeFacts(version, cipher, group), LEAF, tuple(found), unprobed), **words))


@pytest.mark.parametrize("check", ACCEPTS, ids=lambda check: check.id)
def test_whatever_it_accepts_is_a_problem_that_names_the_choice(check):
    asked = questions(check)
    found = answers(asked, ProbeOutcome.ACCEPTED, chosen="something old")

    assert judged(check, found) == [
        Problem("the server accepts something old, which is not allowed", key=VERSIONS[q.version]) for q in asked
    ]


@pytest.mark.parametrize("check", ACCEPTS, ids=lambda check: check.id)
@pytest.mark.parametrize("outcome", [ProbeOutcome.SILENT, ProbeOutcome.FAILED, ProbeOutcome.CLOSED])
def test_any_other_answer_is_none_unless_another_question_is_accepted(check, outcome):
    asked = questions(check)
    (answer,) = judged(check, answers(asked, outcome, detail="it did not answer"))
    accepted = answers(asked[-1:], ProbeOutcome.ACCEPTED, chosen="x448")

    assert answer == NotChecked(f"it is not known whether the server accepts {brief(asked)}: it did not answer")
    assert [type(found) for found in judged(check, (*answers(asked[:-1], outcome), *accepted))] == [Problem]


@pytest.mark.parametrize("check", ACCEPTS, ids=lambda check: check.id)
def test_a_server_that_was_not_asked_is_not_checked_with_the_reason(check):
    what = brief(questions(check))

    assert judged(check, ()) == [
        NotChecked(f"it is not known whether the server accepts {what}: it was not asked: no answer was recorded")
    ]
    assert judged(check, (), unprobed="probes are switched off") == [
        NotChecked(f"it is not known whether the server accepts {what}: it was not asked: probes are switched off")
    ]


@pytest.mark.parametrize(
    ("check", "facts", "problem"),
    [
        (
            VERSION,
            {"version": "TLSv1"},
            Problem("the server accepts TLSv1, which is not allowed", key="TLSv1.1", cause="tls.version"),
        ),
        (
            CIPHER,
            {"version": "TLSv1.2", "cipher": "AES128-SHA"},
            Problem("the server accepts AES128-SHA, which is not allowed", key="TLSv1.2", cause="tls.cipher"),
        ),
        (
            GROUP,
            {"group": "X448"},
            Problem("the server accepts X448, which is not allowed", key="TLSv1.3", cause="tls.group"),
        ),
    ],
)
def test_what_the_first_handshake_chose_is_accepted_without_a_question(check, facts, problem):
    assert problem in judged(check, (), unprobed="probes are switched off", **facts)


def test_a_policy_that_allows_everything_has_nothing_to_ask():
    for check, names in ((CIPHER, CIPHERS), (GROUP, GROUPS)):
        everything = tuple(names.values())

        assert questions(check, allowed=everything) == ()
        assert judged(check, (), allowed=everything) == []


@pytest.mark.parametrize(
    ("allowed", "asked"),
    [
        (("TLSv1.2", "TLSv1.3"), [(OLD, 0x0302)]),
        (("TLSv1.3",), [(f"{OLD}, TLSv1.2", 0x0303)]),
        (("TLSv1.2",), [(OLD, 0x0302), ("TLSv1.3", 0x0304)]),
        (("TLSv1", "TLSv1.2"), [("SSLv3", 0x0300), ("TLSv1.1", 0x0302), ("TLSv1.3", 0x0304)]),
        (("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"), [("SSLv3", 0x0300)]),
        ((), [(f"{OLD}, TLSv1.2", 0x0303), ("TLSv1.3", 0x0304)]),
    ],
)
def test_each_run_of_versions_that_are_not_allowed_is_asked_about_once(allowed, asked):
    assert [(question.what, question.version) for question in questions(VERSION, allowed=allowed)] == asked


def test_suites_and_groups_that_are_not_allowed_are_all_offered_and_no_other():
    for check, names, allowed in ((CIPHER, CIPHERS, DEFAULT_SUITES), (GROUP, GROUPS, ("x25519", "secp256r1"))):
        offered = {number for question in questions(check, allowed=allowed) for number in question.wanted}

        assert {names[number] for number in offered} == set(names.values()) - set(allowed)


def test_the_text_of_a_question_depends_on_what_is_allowed_alone():
    one, other = questions(GROUP, allowed=("x25519", "secp256r1")), questions(GROUP, allowed=("secp256r1", "x25519"))

    assert one == other
    assert [question.what for question in one] == [
        "TLS 1.2 and older, groups other than secp256r1, x25519",
        "TLS 1.3, groups other than secp256r1, x25519",
    ]
    assert len({q.what for check in ACCEPTS for q in (*questions(check), *questions(check, allowed=()))}) == 11
