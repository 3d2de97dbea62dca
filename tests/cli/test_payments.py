"""A team's policy with every part of the language, from its file to the exit code and the reports."""

import json
import re
from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.finding import Severity
from certgate.model.observation import HandshakeFacts, Observation, Observed, Vantage
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import RunHeader, RunSummary, Verdict
from certgate.observe.saved import SavedObservations

POLICY = """\
name: payments
extends: [internal-pki]
rules:
  - rule: key.rsa-min
    min_bits: 3072
  - rule: chain.depth
    max_intermediates: 2
    severity: warning
    when: {labels: {tier: edge}}
  - rule: name.cn-in-san
    disabled: clients of the old tills read the CN until 2027
  - id: acme.our-names
    cel: leaf.dns_names.all(n, n.endsWith(".acme.example"))
    severity: error
    message: every name must end in .acme.example
waivers:
  - rule: validity.max-lifetime
    target: till-1.acme.example:443
    reason: firmware cannot renew before the spring update
    owner: tills@acme.example
    expires: 2027-04-30
"""
LONG = 900
ROOT = issue("Root", ca=True, days=3650)
CAS = [ROOT]
for number in (3, 2, 1):
    CAS.append(issue(f"CA {number}", issuer=CAS[-1], ca=True, days=3000, policies=()))


def chain(name, intermediates=1, **leaf):
    """A leaf for `name`.acme.example under as many intermediates."""
    issuers = [*reversed(CAS[1 : intermediates + 1])]
    host = f"{name}.acme.example"
    usual = {"subject": host, "sans": [host], "days": 400, "policies": ()}
    return issue(issuer=issuers[0], **(usual | leaf)), *issuers


def saved(name, *certificates, **labels):
    """What `scan --save` writes of `name`.acme.example:443."""
    host = f"{name}.acme.example"
    seen = Observation(
        observed_at=CLOCK,
        vantage=Vantage("192.0.2.1:443", host),
        presented=tuple(c.der for c in certificates),
        handshake=HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519"),
    )
    target = Target(id=f"{host}:443", ordinal=0, source=Endpoint(host, 443, host), names=(host,), labels=labels)
    return Observed(target, (seen,))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("payments.yaml").write_text(POLICY)
    Path("root.pem").write_bytes(pem(ROOT))


def judged(*pairs, at="2026-06-15", options=()):
    """The exit code, and what failed at each target as (rule, severity, waived)."""
    with Path("seen.jsonl").open("w") as stream:
        writer = SavedObservations(stream)
        writer.begin(RunHeader(version="1", started_at=CLOCK, fail_on=Severity.ERROR, policies=(), rules={}))
        for observed in pairs:
            writer.observed(observed)
        writer.end(RunSummary(verdict=Verdict.COMPLIANT, targets={Verdict.COMPLIANT: len(pairs)}))
    words = ["--policy", "payments.yaml", "--trust", "root.pem", "--at", at, "--report", "json=r.json", *options]
    code = run(["check", "seen.jsonl", *words])
    report = json.loads(Path("r.json").read_text())
    assert {target["policy"] for target in report["targets"]} == {"payments"}
    return code, {
        target["id"].partition(".")[0]: [
            (f["rule"], f["severity"], bool(f["waiver"])) for f in target["findings"] if f["outcome"] == "fail"
        ]
        for target in report["targets"]
    }


def test_a_chain_that_keeps_it_is_compliant():
    assert judged(saved("good", *chain("good"))) == (0, {"good": []})


@pytest.mark.parametrize(("bits", "code"), [(2048, 1), (3071, 1), (3072, 0)])
def test_rsa_keys_have_3072_bits(bits, code):
    failed = [("key.rsa-min", "error", False)] if code else []
    assert judged(saved("rsa", *chain("rsa", key=f"RSA-{bits}"))) == (code, {"rsa": failed})


def test_at_the_edge_alone_a_third_intermediate_is_a_warning():
    three, two = chain("deep", 3), chain("flat", 2)
    assert judged(saved("deep", *three, tier="edge"), saved("flat", *two, tier="edge")) == (
        0,
        {"deep": [("chain.depth", "warning", False)], "flat": []},
    )
    assert judged(saved("deep", *three, tier="core"), saved("flat", *two)) == (0, {"deep": [], "flat": []})


def test_a_common_name_of_old_is_no_finding_and_the_reason_stands_in_the_reports(capsys):
    line = saved("till-2", *chain("till-2", subject="Till 2"))
    reports = ("--report", "junit=r.xml", "--report", "markdown=r.md", "--report", "sarif=r.sarif")
    assert judged(line, options=reports) == (0, {"till-2": []})
    reason = "clients of the old tills read the CN until 2027"
    assert json.loads(Path("r.json").read_text())["disabled"] == [
        {"policy": "payments", "rule": "name.cn-in-san", "reason": reason, "where": ""}
    ]
    shown = {"terminal": capsys.readouterr().out} | {n: Path(n).read_text() for n in ("r.xml", "r.md", "r.sarif")}
    assert [name for name, text in shown.items() if reason not in " ".join(text.split())] == []
    Path("payments.yaml").write_text(POLICY.replace(f"  - rule: name.cn-in-san\n    disabled: {reason}\n", ""))
    assert judged(line) == (0, {"till-2": [("name.cn-in-san", "warning", False)]})


def test_a_name_of_somebody_else_fails_by_the_rule_of_ones_own():
    theirs = chain("api", sans=["api.acme.example", "api.other.example"])
    assert judged(saved("api", *theirs)) == (1, {"api": [("acme.our-names", "error", False)]})
    (finding,) = (
        f for f in json.loads(Path("r.json").read_text())["targets"][0]["findings"] if f["rule"] == "acme.our-names"
    )
    assert finding["message"] == "every name must end in .acme.example"


@pytest.mark.parametrize(("at", "holds"), [("2027-04-30", True), ("2027-04-30T23:59:59Z", True), ("2027-05-01", False)])
def test_the_waiver_holds_for_its_till_to_the_end_of_its_last_day(at, holds):
    tills = [saved(name, *chain(name, days=LONG)) for name in ("till-1", "till-2")]
    too_long = ("validity.max-lifetime", "error", False)
    waived = [("validity.max-lifetime", "error", True)]
    expired = [too_long, ("waiver.expired", "error", False)]
    assert judged(*tills, at=at) == (1, {"till-1": waived if holds else expired, "till-2": [too_long]})
    assert judged(tills[0], at=at)[0] == (0 if holds else 1)


def test_what_is_waived_stays_in_every_report(capsys):
    reports = ("json", "junit", "markdown", "sarif", "csv", "gitlab", "openmetrics")
    options = [word for form in reports for word in ("--report", f"{form}=out.{form}")]
    code, _ = judged(saved("till-1", *chain("till-1", days=LONG)), options=[*options, "--sarif-suppressed"])
    shown = {form: Path(f"out.{form}").read_text() for form in reports} | {"terminal": capsys.readouterr().out}
    told = re.compile(r"waived|suppress", re.IGNORECASE)
    assert code == 0
    assert [form for form, text in shown.items() if "max-lifetime" not in text] == []
    assert [form for form, text in shown.items() if not told.search(text)] == []
