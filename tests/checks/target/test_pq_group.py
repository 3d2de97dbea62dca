"""Which key exchange groups a server takes, and how."""

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import Handshake
from certgate.lab.pki import issue
from certgate.model.observation import HandshakeFacts
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.x509.certificate import parse_certificate

LEAF = parse_certificate(issue("leaf").der)
OFFERED, PREFERRED, DRAFT, CLASSICAL = (
    all_checks()[f"pq.{name}"] for name in ("group-offered", "group-preferred", "draft-group", "classical-fallback")
)
ACCEPTED, REFUSED, SILENT = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.SILENT
HYBRIDS = "X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024"
GROUPS = f"TLS 1.3, groups {HYBRIDS}"
AT_ONCE = f"{GROUPS} at once, before x25519, secp256r1, secp384r1"


def judged(check, answers=(), *, group="x25519", version="TLSv1.3", unprobed="", **words):
    found = tuple(ProbeAnswer(what=what, outcome=outcome, **more) for what, outcome, more in answers)
    facts = HandshakeFacts(version, "TLS_AES_128_GCM_SHA256", group)
    return list(check.run(Handshake(facts, LEAF, found, unprobed), **words))


def asked(check, **words):
    defaults = {name: parameter.default for name, parameter in check.parameters.items()}
    return [question.what for question in check.asks(**(defaults | words))]


def test_the_questions_are_told_apart_by_what_they_offer():
    old = "SSLv3, TLSv1, TLSv1.1, TLSv1.2"

    assert asked(OFFERED) == [GROUPS]
    assert asked(OFFERED, groups=("MLKEM1024",)) == ["TLS 1.3, groups MLKEM1024"]
    assert asked(PREFERRED) == [GROUPS, AT_ONCE]
    assert asked(DRAFT) == ["TLS 1.3, groups X25519Kyber768Draft00, SecP256r1Kyber768Draft00"]
    assert asked(CLASSICAL) == ["TLS 1.3, classical groups", old]


def test_another_group_of_the_first_handshake_may_have_taken_a_retry():
    assert judged(OFFERED, group="SecP256r1MLKEM768") == []
    assert [type(answer) for answer in judged(PREFERRED, group="SecP256r1MLKEM768")] == [NotChecked]


@pytest.mark.parametrize(
    ("alone", "together", "expected"),
    [
        (ACCEPTED, ACCEPTED, []),
        (REFUSED, REFUSED, [NotApplicable(f"the server takes none of the post-quantum groups {HYBRIDS}")]),
        (REFUSED, SILENT, [NotApplicable(f"the server takes none of the post-quantum groups {HYBRIDS}")]),
        (ACCEPTED, REFUSED, [Problem("the server does not take a post-quantum group at once: it says so")]),
        (ACCEPTED, SILENT, [NotChecked(f"it is not known whether the server accepts {AT_ONCE}: it says so")]),
        (SILENT, REFUSED, [NotChecked(f"it is not known whether the server accepts {GROUPS}: it says so")]),
    ],
)
def test_a_server_that_has_a_group_must_take_it_at_once(alone, together, expected):
    answers = [(GROUPS, alone, {"detail": "it says so"}), (AT_ONCE, together, {"detail": "it says so"})]

    assert judged(PREFERRED, answers) == expected
