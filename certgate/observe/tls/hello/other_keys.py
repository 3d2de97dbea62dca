"""The questions that a server refuses if it has no certificate with another type of key than the first one's. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter

from certgate.model.frozen import replacing
from certgate.model.observation import HandshakeFacts
from certgate.model.probe import OTHER_KEY_TYPES, ProbeAnswer, ProbeOutcome
from certgate.model.question import About, Question
from certgate.model.tls_names import (
    ECDSA_SUITES,
    GROUPS_OF_TLS_1_2,
    GROUPS_OF_TLS_1_3,
    RSA_SUITES,
    SHARED_GROUPS,
    SUITES_OF_TLS_1_3,
    TLS_1_2,
    TLS_1_3,
    VERSIONS,
    group_number,
)

__all__ = ["about", "other_key_questions", "with_suites_of", "without_others"]

_SIGNATURES = {
    "RSA": (0x0804, 0x0805, 0x0806),
    "RSASSA-PSS": (0x0809, 0x080A, 0x080B),
    "EC": (0x0403, 0x0503, 0x0603, 0x0303, 0x0203, 0x081A, 0x081B, 0x081C),
    "Ed25519": (0x0807,),
    "Ed448": (0x0808,),
    "ML-DSA-44": (0x0904,),
    "ML-DSA-65": (0x0905,),
    "ML-DSA-87": (0x0906,),
}
"""The signature algorithms of each type of key."""
_PKCS1 = (0x0401, 0x0501, 0x0601)
"""Signatures that RSA issuers make. In TLS 1.3 no server signs with them (RFC 8446 §4.2.3)."""
_SUITES = {"RSA": RSA_SUITES, "EC": ECDSA_SUITES}
about = replacing(ProbeAnswer, "what")
"""A copy of an answer, as that to what is given after it."""
_offered = attrgetter("version", "groups", "shares", "signatures")
"""All that a question offers but for its suites."""


@lru_cache
def other_key_questions(key_type: str, facts: HandshakeFacts) -> tuple[Question, ...]:
    """What asks for any certificate but those with this type of key; empty if the type is not known.

    The first asks by the cipher suites of TLS 1.2, where servers that limit the signatures on certificates too are not
    limited by them. The second asks by signature algorithms in the version of the first handshake, and offers what that
    handshake chose. A server that goes on may have another certificate, or show the same one again.
    """
    if key_type not in _SIGNATURES:
        return ()
    what = f"{OTHER_KEY_TYPES}{key_type}"
    others = [one for one in _SIGNATURES if one != key_type]
    by_suites = Question(
        what=f"{what}, by cipher suites",
        about=About.CERTIFICATE,
        wanted=frozenset(VERSIONS),
        version=TLS_1_2,
        suites=tuple(number for one in others for number in _SUITES.get(one, ())),
        groups=GROUPS_OF_TLS_1_2,
    )
    by_signatures = replace(
        by_suites,
        what=f"{what}, by signature algorithms",
        suites=tuple(dict.fromkeys((*by_suites.suites, *ECDSA_SUITES))),  # Ed25519 and Ed448 use those of ECDSA
        signatures=(*(number for one in others for number in _SIGNATURES[one]), *_PKCS1),
    )
    if facts.version == VERSIONS[TLS_1_3]:
        chosen = group_number(facts.group or "")
        by_signatures = replace(
            by_signatures,
            version=TLS_1_3,
            suites=SUITES_OF_TLS_1_3,
            groups=tuple(sorted(GROUPS_OF_TLS_1_3, key=lambda one: one != chosen)),
            shares=tuple(one for one in SHARED_GROUPS if one == chosen),
        )
    return by_suites, by_signatures


@lru_cache
def with_suites_of(question: Question, other: Question) -> Question | None:
    """The other question, about cipher suites, with this one's suites too; None if anything else differs."""
    if other.about is not About.CIPHER or _offered(other) != _offered(question):
        return None
    return replace(other, what=question.what, suites=tuple(dict.fromkeys((*other.suites, *question.suites))))


def without_others(key_type: str, answers: Sequence[ProbeAnswer]) -> ProbeAnswer | None:
    """What the answers together say: refused if all are, or silent; None if only further handshakes can tell."""
    if not answers or any(answer.outcome is ProbeOutcome.FAILED for answer in answers):
        return None
    return about(answers[-1], f"{OTHER_KEY_TYPES}{key_type}")
