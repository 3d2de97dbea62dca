"""Runs built by hand, and a small fixed set of checks to explain their findings."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certgate.model.account import Account
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Note, Observation, Phase, Vantage
from certgate.model.rule_doc import RuleDoc, page_of
from certgate.model.target import Endpoint, FileSource, Place, Target
from certgate.model.verdict import (
    CertificateSummary,
    RunHeader,
    RunSummary,
    StoreSummary,
    TargetResult,
    Verdict,
)
from certgate.reports.interface import ReportOptions
from certgate.reports.spec import ReportSpec

CLOCK = datetime(2026, 6, 15, 12, tzinfo=UTC)
STORE = StoreSummary("pki/root.pem", "5f" * 32, 1)
GOLDEN = Path(__file__).parent / "golden"
HOSTILE_TEXT = (
    "CN=\x1b[31mred\x1b[0m\n::error::x\r]]>\x00\ufffe\ud800\u202egnp.exe[link=https://evil.example]x[/link]"
    "<script>alert(1)</script>|`=cmd()`{0}[text](https://evil.example)\\" + "A" * 65_536
)
_WORDS = {
    "chain.complete": (
        "A path to an anchor can be built from what was sent",
        "RFC 9846 §4.4.2",
        "a client that has not met the missing intermediate before refuses the connection",
        "send the leaf and then every intermediate; with nginx, ssl_certificate names such a file",
    ),
    "chain.root-sent": (
        "The anchor is not sent",
        "RFC 9846 §4.4.2",
        "every client has its own copy, so the bytes are wasted in each handshake",
        "take the last certificate out of the chain file",
    ),
    "key.rsa-min": (
        "RSA keys are long enough",
        "CA/B BR §6.1.5",
        "short keys can be factored",
        "make a new key of at least 2048 bits",
    ),
    "name.dns-syntax": (
        "DNS names are written as RFC 5280 has it",
        "RFC 5280 §4.2.1.6",
        "clients refuse or ignore names of another form",
        "reissue the certificate with names of letters, digits and hyphens",
    ),
    "ocsp.fresh": (
        "The staple is fresh",
        "RFC 6960 §3.2",
        "clients refuse a staple that is out of date",
        "let the server fetch a new staple",
    ),
    "rev.status": (
        "The leaf is not revoked",
        "CA/B BR §4.9",
        "its key may be in other hands",
        "replace key and certificate",
    ),
    "target.observed": (
        "The target could be observed",
        "certgate: nothing unknown is ever a pass",
        "a target that was not seen may be anything, so it is never a pass",
        "make the target reachable from where the gate runs, or take it off the list",
    ),
    "validity.expired": (
        "Every certificate of the path is in date",
        "RFC 5280 §6.1.3(a)(2)",
        "every client refuses an expired chain",
        "renew it",
    ),
}


RULES = {
    id: RuleDoc(
        id=id,
        citation=citation,
        judges="path",
        title=title,
        explanation=f"{title}, at length.",
        why=why,
        fix=fix,
        page=page_of(id),
    )
    for id, (title, citation, why, fix) in _WORDS.items()
}
"""A small fixed set, whatever the real rules say."""


@pytest.fixture
def rules() -> dict[str, RuleDoc]:
    return RULES


def _finding(rule: str, outcome: Outcome = Outcome.PASS, message: str = "", subject: str = "leaf", **more) -> Finding:
    return Finding(
        rule=rule,
        subject=subject,
        outcome=outcome,
        severity=more.pop("severity", Severity.ERROR),
        message=message,
        **more,
    )


def _certificate(label: str, subject: str, **more) -> CertificateSummary:
    facts = {
        "issuer": "CN=Issuing CA 1",
        "issuer_name": "Issuing CA 1",
        "serial": "4a1b",
        "sha256": "ab" * 32,
        "not_before": CLOCK - timedelta(days=30),
        "not_after": CLOCK + timedelta(days=60),
    }
    return CertificateSummary(label=label, subject=subject, **(facts | more))


def _endpoint(host: str, ordinal: int, verdict: Verdict, *findings: Finding, port: int = 443, **more) -> TargetResult:
    id = f"{host}:{port}"
    target = Target(
        id=id,
        ordinal=ordinal,
        source=Endpoint(host, port, host),
        place=Place("certgate.yaml", ordinal + 5, 5),
        policy="internal-pki",
        role_reason="the first certificate of an endpoint is its server leaf",
        labels={"tier": "edge"},
    )
    observation = Observation(
        observed_at=CLOCK - timedelta(seconds=30),
        vantage=Vantage(f"192.0.2.{ordinal}:{port}", host),
        handshake=HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519MLKEM768", "h2"),
        timings={"connect": 0.0012, "handshake": 0.0034},
        connections=1,
    )
    leaf = _certificate("leaf", f"CN={host}", key="RSA", key_bits=2048)
    certificates = (leaf, _certificate("issuer 1", "CN=Issuing CA 1"))
    made = TargetResult(
        target=target,
        verdict=verdict,
        findings=findings,
        policy="internal-pki",
        stores=(STORE,),
        certificates=certificates,
        clock=CLOCK,
        observations=(observation,),
    )
    return replace(made, **more)


def _header(**more) -> RunHeader:
    facts = {"policies": ("internal-pki",), "rules": RULES, "stores": (STORE,)}
    return RunHeader(version="1.2.3", started_at=CLOCK + timedelta(hours=1), fail_on=Severity.ERROR, **(facts | more))


def _summary(*results: TargetResult, fail_on: Severity = Severity.ERROR, **more) -> RunSummary:
    findings = [f for r in results for f in r.findings]
    verdicts = [r.verdict for r in results]
    unseen = sum(any(f.rule == "target.observed" for f in r.wrong) for r in results)
    worst = next((v for v in (Verdict.VIOLATED, Verdict.INCOMPLETE) if v in verdicts), Verdict.COMPLIANT)
    return RunSummary(
        verdict=more.pop("verdict", worst),
        targets={v: verdicts.count(v) for v in Verdict},
        violations=sum(f.violates(fail_on) for f in findings),
        warnings=sum(f.outcome is Outcome.FAIL and not f.violates(fail_on) for f in findings),
        failures={
            s: sum(f.outcome is Outcome.FAIL and not f.excused and f.severity is s for f in findings) for s in Severity
        },
        not_checked=sum(f.not_checked for f in findings),
        account=more.pop("account", Account(declared=len(results), observed=len(results) - unseen, failed=unseen)),
        **more,
    )


@pytest.fixture
def results() -> tuple[TargetResult, ...]:
    """A compliant target, one with a note, a violated one, an unreachable one, a file, and a hostile one."""
    rules = ("chain.complete", "key.rsa-min", "name.dns-syntax", "validity.expired")
    passes = [_finding(r, subject="path" if r == "chain.complete" else "leaf") for r in rules]
    root_sent = _finding(
        "chain.root-sent",
        Outcome.FAIL,
        "the anchor CN=Corp Root is certificate 3 of 3",
        "presented chain",
        severity=Severity.INFO,
    )
    stale = _finding("ocsp.fresh", Outcome.FAIL, "nextUpdate was 3 hours ago", "staple", severity=Severity.WARNING)
    away = _endpoint(
        "mail.example",
        4,
        Verdict.INCOMPLETE,
        _finding("target.observed", Outcome.NOT_CHECKED, "timed-out: no answer to connect within 10 s", "target"),
        certificates=(),
    )
    away = replace(
        away,
        observations=(
            replace(
                away.observations[0],
                handshake=None,
                vantage=Vantage(server_name="mail.example"),
                failure=Failure(FailureKind.TIMED_OUT, Phase.CONNECT, "no answer to connect within 10 s"),
            ),
        ),
    )
    return (
        _endpoint("api.example", 1, Verdict.COMPLIANT, *passes),
        _endpoint("shop.example", 2, Verdict.COMPLIANT, *passes, root_sent, stale),
        _endpoint(
            "db.internal.example",
            3,
            Verdict.VIOLATED,
            _finding(
                "chain.complete",
                Outcome.FAIL,
                "the path ends at CN=Issuing CA 1, whose issuer CN=Corp Root was neither sent nor is it trusted",
                "path",
                key="CN=Corp Root",
            ),
            _finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits", evidence={"bits": "1024"}),
            *(
                _finding("name.dns-syntax", Outcome.FAIL, f'the name "{name}" has an underscore', key=name)
                for name in ("_a.example", "_b.example")
            ),
            _finding("rev.status", Outcome.NOT_CHECKED, "no staple was sent", "staple"),
            _finding("validity.expired", Outcome.PASS),
            _finding(
                "ocsp.fresh",
                Outcome.NOT_APPLICABLE,
                "the certificate names no responder",
                "staple",
                severity=Severity.WARNING,
            ),
            stale,
            port=8443,
        ),
        away,
        _pem_file(),
        _hostile(),
    )


def _pem_file() -> TargetResult:
    made = _endpoint(
        "x",
        5,
        Verdict.VIOLATED,
        _finding("validity.expired", Outcome.FAIL, "expired 12 days ago, on 2026-06-03 11:59:59 UTC", "issuer 1"),
        _finding("key.rsa-min"),
    )
    path = "deploy/full chain.pem"
    return replace(
        made,
        target=replace(made.target, id=path, source=FileSource(path), place=None, role_reason="--role server"),
        observations=(Observation(observed_at=CLOCK, lines=(3, 27)),),
        certificates=(
            _certificate("leaf", "CN=api.example", line=3),
            _certificate("issuer 1", "CN=Issuing CA 1", line=27),
        ),
    )


def _hostile() -> TargetResult:
    made = _endpoint(
        "evil.example",
        6,
        Verdict.VIOLATED,
        _finding(
            "name.dns-syntax",
            Outcome.FAIL,
            f"the name {HOSTILE_TEXT} is no DNS name",
            key=HOSTILE_TEXT,
            evidence={"name": HOSTILE_TEXT},
        ),
        _finding("validity.expired", Outcome.CRASHED, f"KeyError: {HOSTILE_TEXT}"),
        certificates=(_certificate("leaf", HOSTILE_TEXT, issuer=HOSTILE_TEXT),),
    )
    target = replace(
        made.target, labels={HOSTILE_TEXT: HOSTILE_TEXT}, role_reason=HOSTILE_TEXT, place=Place(HOSTILE_TEXT[:60], 3)
    )
    (seen,) = made.observations
    return replace(made, target=target, observations=(replace(seen, notes=(Note.STAPLE_UNUSABLE,)),))


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return _finding


@pytest.fixture
def endpoint() -> Callable[..., TargetResult]:
    return _endpoint


@pytest.fixture
def certificate() -> Callable[..., CertificateSummary]:
    return _certificate


@pytest.fixture
def pem_file() -> TargetResult:
    return _pem_file()


@pytest.fixture
def hostile() -> TargetResult:
    return _hostile()


@pytest.fixture
def header() -> Callable[..., RunHeader]:
    return _header


@pytest.fixture
def summary() -> Callable[..., RunSummary]:
    return _summary


@pytest.fixture
def render() -> Callable[..., str]:
    """render(format, *results, header=, summary=, and what ReportOptions takes) gives the report's text."""

    def run(
        format: str,
        *results: TargetResult,
        header: RunHeader | None = None,
        summary: RunSummary | None = None,
        **options,
    ) -> str:
        head = header or _header()
        sink = io.StringIO()
        report = ReportSpec(format).report(sink, ReportOptions(**options))
        try:
            report.begin(head)
            for result in results:
                report.add(result)
            report.end(summary or _summary(*results, fail_on=head.fail_on))
        finally:
            report.close()
        return sink.getvalue()

    return run


@pytest.fixture
def same_as_golden() -> Callable[[str, str], None]:
    """Hold text against tests/reports/golden/NAME; CERTGATE_REGENERATE=1 writes the file instead."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("CERTGATE_REGENERATE"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def schemas() -> Path:
    """The folder of published schemas beside the checkout."""
    folder = Path(__file__).parents[2].parent / "shared/schemas"
    if not folder.is_dir():
        pytest.skip(f"the published schemas are not there: {folder}")
    return folder
