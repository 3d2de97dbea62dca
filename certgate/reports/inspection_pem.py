"""The inspected certificates as PEM (RFC 7468)."""

from base64 import b64encode
from collections.abc import Iterable
from textwrap import wrap
from typing import TextIO

from certgate.judge.inspection import Inspection
from certgate.model.target import Role

__all__ = ["write_pem"]

_PUBLISHED = {Role.CRL: "X509 CRL", Role.OCSP: "OCSP RESPONSE"}


def write_pem(sink: TextIO, inspections: Iterable[Inspection]) -> None:
    """Write what was sent, in that order, requests, CRLs and OCSP responses; nothing from a trust store."""
    for inspection in inspections:
        seen = inspection.observation
        for der in seen.presented:
            _write(sink, "CERTIFICATE", der)
        if seen.request is not None:
            _write(sink, "CERTIFICATE REQUEST", seen.request)
        if seen.published is not None:
            _write(sink, _PUBLISHED[seen.published.role], seen.published.der)


def _write(sink: TextIO, label: str, der: bytes) -> None:
    lines = "\n".join(wrap(b64encode(der).decode(), 64))
    sink.write(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
