"""An inspection for people: the chain as a drawing, then each certificate, the staple and the stores."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from certgate.judge.inspection import InspectedCertificate, InspectedStaple, Inspection
from certgate.model.counted import plural
from certgate.model.observation import Observation
from certgate.model.verdict import CertificateSummary, PathState
from certgate.reports.certificate_words import names_text, time_left
from certgate.reports.escape import cut
from certgate.reports.page import Page, Part

__all__ = ["write_text"]

_LABEL = 11
_LONGEST_VALUE = 160
_VALUES = 12
"""Values of one fact that are shown; the JSON form has more."""
_WORDS = {
    "basic_constraints": "constraints",
    "key_usage": "key usage",
    "extended_key_usage": "purposes",
    "policies": "policies",
    "subject_key_identifier": "key id",
    "authority_key_identifier": "issuer key",
    "ocsp": "OCSP",
    "crl": "CRL",
    "ca_issuers": "CA issuers",
    "must_staple": "must-staple",
    "scts": "SCTs",
    "unreadable": "unreadable",
}
_COLOURS = {PathState.HOLDS: "green", PathState.FAILS: "red", PathState.NOT_CHECKED: "yellow"}
_STATES = {PathState.HOLDS: "trusted", PathState.FAILS: "not trusted", PathState.NOT_CHECKED: "not known"}


def write_text(page: Page, inspections: Sequence[Inspection]) -> None:
    """Write them one below the other. All text is escaped by the page."""
    for number, inspection in enumerate(inspections):
        if number:
            page.blank()
        _inspection(page, inspection)


def _inspection(page: Page, inspection: Inspection) -> None:
    observation = inspection.observation
    page.line((inspection.target.id, "bold"), *_where(inspection), hang=2)
    if observation.handshake:
        page.line(", ".join(_negotiated(observation)), hang=2)
    if failure := observation.failure:
        page.line((f"{failure.kind} in {failure.phase}: {failure.detail}", "red"), hang=2)
    if not inspection.certificates:
        return
    page.blank()
    _draw(page, inspection)
    for certificate in inspection.certificates:
        page.blank()
        _certificate(page, certificate, inspection.clock)
    page.blank()
    if observation.handshake or inspection.staple:
        _field(page, "staple", _staple(inspection.staple, inspection.clock))
    for row in inspection.stores:
        reason = f": {cut(row.reason, _LONGEST_VALUE)}" if row.reason else ""
        _field(page, "trust", f"{row.store}  ", (_STATES[row.state], _COLOURS[row.state]), reason)


def _where(inspection: Inspection) -> list[Part]:
    vantage = inspection.observation.vantage
    where = [vantage.address] if vantage.address else []
    where += [] if (vantage.server_name or "") in inspection.target.id else [f"server name {vantage.server_name}"]
    where += [f"through {vantage.proxy}"] if vantage.proxy else []
    return [(f"  {', '.join(where)}", "dim")] if where else []


def _negotiated(observation: Observation) -> Iterator[str]:
    if observation.prelude:
        yield f"TLS over {observation.prelude.protocol}"
    if tls := observation.handshake:
        yield from filter(None, (tls.version, tls.cipher, tls.group, tls.alpn and f"ALPN {tls.alpn}"))
    yield from (note.value for note in observation.notes)
    if observation.unvisited:
        yield f"not visited: {', '.join(observation.unvisited)}"


def _draw(page: Page, inspection: Inspection) -> None:
    """The chain: each issuer stands below what it issued; what is on no path stands at the left."""
    elbow = "└ " if page.speaks_unicode else "` "
    depth = 0
    for certificate in inspection.certificates:
        summary = certificate.summary
        on_path = not summary.label.startswith("sent")
        margin = ("  " * (depth - 1) + elbow) if on_path and depth else ""
        depth += on_path
        note = "" if certificate.is_sent else "from the trust store"
        facts = ", ".join(filter(None, (_ends(summary, inspection.clock), note)))
        page.line(
            f"{margin}{summary.label}  ",
            (summary.subject or "(no subject)", "bold"),
            f"  {facts}",
            hang=len(margin) + 2,
        )


def _ends(summary: CertificateSummary, clock: datetime) -> str:
    if summary.not_after is None:
        return ""
    return f"ends {summary.not_after:%Y-%m-%d}, {time_left(summary.not_after, clock)}"


def _certificate(page: Page, certificate: InspectedCertificate, clock: datetime) -> None:
    summary = certificate.summary
    where = f" (line {summary.line})" if summary.line else ""
    page.line((f"{summary.label}{where}", "bold"))
    for word, value in _identity(summary, clock):
        _field(page, word, value)
    for name, values in certificate.facts:
        shown = [cut(value, _LONGEST_VALUE) for value in values[:_VALUES]]
        shown += [f"and {len(values) - _VALUES:,} more"] if values[_VALUES:] else []
        for number, value in enumerate(shown if name in {"scts", "unreadable"} else [", ".join(shown)]):
            _field(page, "" if number else _WORDS[name], value)


def _identity(summary: CertificateSummary, clock: datetime) -> Iterator[tuple[str, str]]:
    yield "subject", summary.subject or "(none)"
    if summary.issuer:
        yield "issuer", summary.issuer
    if summary.names:
        yield "names", names_text(summary.names)
    if summary.not_before and summary.not_after:
        whole = (summary.not_after - summary.not_before + timedelta(seconds=1)).days  # both ends count
        yield "valid", f"{summary.not_before:%Y-%m-%d %H:%M:%S} to {summary.not_after:%Y-%m-%d %H:%M:%S} UTC"
        yield "", f"{_state(summary, clock)}, lifetime {plural(whole, 'day')}"
    bits = f", {summary.key_bits} bits" if summary.key_bits else ""
    if summary.key:
        yield "key", summary.key + bits
    if summary.signature:
        yield "signature", summary.signature
    if summary.serial:
        yield "serial", summary.serial
    if summary.sha256:
        yield "sha256", summary.sha256
    if summary.spki_sha256:
        yield "key sha256", summary.spki_sha256


def _state(summary: CertificateSummary, clock: datetime) -> str:
    if summary.not_before and clock < summary.not_before:
        return f"not valid for another {plural((summary.not_before - clock).days, 'day')}"
    if summary.not_after and clock > summary.not_after:
        return f"expired {plural((clock - summary.not_after).days, 'day')} ago"
    return time_left(summary.not_after, clock) if summary.not_after else ""


def _staple(staple: InspectedStaple | None, clock: datetime) -> str:
    if staple is None:
        return "none"
    if staple.problem:
        return f"not usable: {staple.problem}"
    times = [
        f"{word} {moment:%Y-%m-%d %H:%M:%S} UTC"
        for word, moment in (("from", staple.this_update), ("to", staple.next_update))
        if moment
    ]
    expired = " (expired)" if staple.next_update and staple.next_update < clock else ""
    return f"{staple.status}, {' '.join(times)}{expired}"


def _field(page: Page, word: str, *parts: Part) -> None:
    page.line((f"{word:<{_LABEL}} ", "dim"), *parts, indent=2, hang=_LABEL + 1)
