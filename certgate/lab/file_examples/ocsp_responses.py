"""OCSP responses on their own."""

from datetime import timedelta
from functools import partial
from typing import Any

from certgate.lab.file_example import FileExample
from certgate.lab.file_examples.pki_of_files import issuing_ca, leaf, of_issuing_ca, other_leaf, responder
from certgate.lab.ocsp import issue_responder, make_staple
from certgate.lab.pki import CLOCK, make_key
from certgate.lab.scenario import Expected, fails, notes, unchecked, warns

__all__ = ["EXAMPLES"]

_SUBJECT = "OCSP response"
_NO_SIGNER = unchecked("ocsp.response-responder", _SUBJECT)
_REVOKED: dict[str, Any] = {"status": "revoked", "reason": 4}


def _response(**options: Any) -> bytes:
    return make_staple(leaf(), issuing_ca(), **options)


def _example(name: str, title: str, *gives: Expected, shows: tuple[str, ...] = (), **options: Any) -> FileExample:
    content = options.pop("content", None) or partial(_response, **options)
    return FileExample(
        name=name, title=title, content=content, gives=gives, shows=shows, suffix=".ocsp", trust=of_issuing_ca
    )


def _response_fails(rule: str) -> Expected:
    return fails(f"ocsp.response-{rule}", _SUBJECT)


EXAMPLES = (
    _example(
        "good-response",
        "A response of a delegated responder that says why a certificate was revoked",
        content=lambda: _response(responder=responder(), **_REVOKED),
        shows=tuple(
            f"ocsp.response-{rule}"
            for rule in (
                "certid",
                "critical",
                "current",
                "form",
                "hash",
                "interval",
                "next-update",
                "outlives",
                "reasons",
                "responder",
                "signature",
                "statuses",
                "times",
            )
        ),
    ),
    _example(
        "response-no-such-month",
        "A revocation in the thirteenth month",
        _response_fails("form"),
        _response_fails("times"),
        content=lambda: _response(alter=lambda der: der.replace(b"20260613120000Z", b"20261313120000Z"), **_REVOKED),
    ),
    _example(
        "response-odd-time",
        "nextUpdate has a fraction of a second and no seconds",
        _response_fails("times"),
        alter=lambda der: der.replace(b"\x18\x0f20260618120000Z", b"\x18\x0f202606181200.5Z"),
    ),
    _example(
        "response-forged",
        "A response that another key signed",
        _response_fails("signature"),
        _NO_SIGNER,
        content=lambda: _response(signing_key=make_key("P-256")),
    ),
    _example(
        "response-sha1",
        "A response signed with SHA-1",
        _response_fails("hash"),
        unchecked("ocsp.response-signature", _SUBJECT),
        _NO_SIGNER,
        hash_name="sha1",
    ),
    _example(
        "response-lax-responder",
        "A responder whose certificate has a host name too",
        _response_fails("responder"),
        content=lambda: _response(responder=issue_responder(issuing_ca(), sans=["ocsp.lab.example"])),
    ),
    _example(
        "response-expired",
        "A response that expired an hour ago",
        _response_fails("current"),
        this_update=CLOCK - timedelta(days=2),
        next_update=CLOCK - timedelta(hours=1),
    ),
    _example("response-endless", "A response without nextUpdate", _response_fails("next-update"), next_update=None),
    _example(
        "response-brief",
        "A response that is valid for less than eight hours",
        _response_fails("interval"),
        next_update=CLOCK + timedelta(hours=5),
    ),
    _example(
        "response-outlives-responder",
        "A response that is valid for longer than the certificate of its responder",
        _response_fails("outlives"),
        content=lambda: _response(responder=issue_responder(issuing_ca(), days=31)),
    ),
    _example(
        "response-two-answers",
        "A response that calls one certificate good and revoked",
        _response_fails("statuses"),
        content=lambda: _response(also=[leaf()], **_REVOKED),
    ),
    _example(
        "response-two-certificates",
        "A response about two certificates",
        notes("ocsp.response-statuses", _SUBJECT),
        content=lambda: _response(also=[other_leaf()]),
    ),
    _example(
        "response-sha512-name",
        "A response that names its certificate by SHA-512",
        warns("ocsp.response-certid", _SUBJECT),
        id_hash="sha512",
    ),
    _example(
        "response-on-hold",
        "A certificate that is on hold, which public CAs may not do",
        _response_fails("reasons"),
        status="revoked",
        reason=6,
    ),
    _example(
        "response-unknown-critical",
        "A response with a critical extension that nobody knows",
        _response_fails("critical"),
        extensions=[("1.2.3.4", True, b"\x05\x00")],
    ),
)
