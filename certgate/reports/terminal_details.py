"""The details that --verbose adds to the terminal report: facts, certificates and every outcome of a target."""

from collections.abc import Iterator, Mapping

from certgate.model.counted import plural
from certgate.model.observation import Observation
from certgate.model.rule_doc import RuleDoc
from certgate.model.vantage_label import seen_at
from certgate.model.verdict import CertificateSummary, TargetResult
from certgate.reports.certificate_words import key_text, names_text
from certgate.reports.escape import cut
from certgate.reports.facts import about, kind, statement, unvisited
from certgate.reports.marks import rule_part
from certgate.reports.page import Page, Part

__all__ = ["write_details"]

_LONGEST_SUBJECT = 160


def write_details(page: Page, result: TargetResult, rules: Mapping[str, RuleDoc]) -> None:
    """Write them, indented under the target's headline."""
    target = result.target
    page.line((f"evaluated as of {result.clock:%Y-%m-%d %H:%M:%S} UTC", "dim"), indent=2, hang=2)
    roles = ", ".join(sorted(target.roles))
    page.line((f"role {roles}" + (f", {target.role_reason}" if target.role_reason else ""), "dim"), indent=2, hang=2)
    for store in result.stores:
        page.line((f"trust {store.name}, {plural(store.count, 'anchor')}", "dim"), indent=2, hang=2)
        page.line((f"sha256 {store.sha256}", "dim"), indent=4, hang=2)
    if target.labels:
        labels = ", ".join(f"{k}={v}" for k, v in sorted(target.labels.items()))
        page.line((f"labels {labels}", "dim"), indent=2, hang=2)
    for observation in result.observations:
        _observation(page, observation)
    if others := unvisited(result):
        page.line((f"not visited: {', '.join(others)}", "dim"), indent=2, hang=2)
    if result.certificates:
        page.blank()
    for certificate in result.certificates:
        _certificate(page, certificate)
    page.blank()
    width = max((len(kind(f)) for f in result.findings), default=0)
    for finding in result.findings:
        subject = cut(about(result, finding), _LONGEST_SUBJECT)
        rule = rule_part(finding.rule, rules, "")
        parts: list[Part] = [f"{kind(finding):<{width}}  ", rule, "  ", (subject, "dim")]
        if finding.message:
            parts.append(f": {statement(finding) if finding.excused else finding.message}")
        page.line(*parts, indent=2, hang=width + 2)
        for name, value in sorted(finding.evidence.items()):
            page.line((f"{name} = {value}", "dim"), indent=width + 4, hang=2)


def _observation(page: Page, observation: Observation) -> None:
    vantage = observation.vantage
    facts = [f"address {vantage.address}"] if vantage.address else []
    facts += [f"probe {vantage.probe}"] if vantage.probe else []
    facts += [f"key type {vantage.key_type}"] if vantage.key_type else []
    if vantage.server_name:
        facts.append(f"server name {vantage.server_name}")
    if observation.prelude:
        facts.append(f"TLS over {observation.prelude.protocol}")
    if tls := observation.handshake:
        facts += [tls.version, tls.cipher, *(f for f in (tls.group, tls.alpn and f"ALPN {tls.alpn}") if f)]
    facts += [note.value for note in observation.notes]
    facts += [plural(observation.connections, "connection")] if observation.connections > 1 else []
    facts += [f"{phase} {seconds * 1000:.0f} ms" for phase, seconds in observation.timings.items()]
    if facts:
        page.line((", ".join(facts), "dim"), indent=2, hang=2)
    for answer in observation.probes if vantage.probe else ():
        told = (answer.outcome, answer.status and f"HTTP status {answer.status}", answer.detail)
        page.line((f"{answer.what}: {', '.join(map(str, filter(None, told)))}", "dim"), indent=4, hang=2)
    if failure := observation.failure:
        page.line(f"{failure.kind} in {failure.phase}: {failure.detail}", indent=2, hang=2)


def _certificate(page: Page, certificate: CertificateSummary) -> None:
    where = f" (line {certificate.line})" if certificate.line else ""
    where += seen_at(certificate.vantage)
    page.line((f"{certificate.label}{where}  ", "bold"), certificate.subject, indent=2, hang=4)
    if certificate.issuer:
        page.line((f"issued by {certificate.issuer}", "dim"), indent=4, hang=2)
    dates = [
        f"{word} {date:%Y-%m-%d %H:%M:%S} UTC"
        for word, date in (("from", certificate.not_before), ("to", certificate.not_after))
        if date
    ]
    if dates:
        page.line((" ".join(["valid", *dates]), "dim"), indent=4, hang=2)
    for said in _identity(certificate):
        page.line((said, "dim"), indent=4, hang=2)


def _identity(certificate: CertificateSummary) -> Iterator[str]:
    """Its names, serial number, key, signature, identifiers and digests, as far as they are known."""
    facts = {
        "names": names_text(certificate.names),
        "key": key_text(certificate),
        "signature": certificate.signature,
        "serial": certificate.serial,
        "key id": certificate.key_identifier,
        "issuer key": certificate.issuer_key_identifier,
        "sha256": certificate.sha256,
        "key sha256": certificate.spki_sha256,
    }
    yield from (f"{word} {fact}" for word, fact in facts.items() if fact)
