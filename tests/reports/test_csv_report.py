"""The report for spreadsheets."""

import csv
import io
from dataclasses import replace

import pytest

from certgate.model.finding import Outcome
from certgate.model.verdict import Verdict


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), strict=True))


def test_every_target_has_a_row_and_every_finding_that_is_no_pass(results, render):
    read = rows(render("csv", *results[:4]))
    assert [(r["target"], r["verdict"], r["rule"], r["outcome"], r["violation"]) for r in read] == [
        ("api.example:443", "compliant", "", "", ""),
        ("shop.example:443", "compliant", "chain.root-sent", "fail", "no"),
        ("shop.example:443", "compliant", "ocsp.fresh", "fail", "no"),
        ("db.internal.example:8443", "violated", "chain.complete", "fail", "yes"),
        ("db.internal.example:8443", "violated", "key.rsa-min", "fail", "yes"),
        ("db.internal.example:8443", "violated", "name.dns-syntax", "fail", "yes"),
        ("db.internal.example:8443", "violated", "name.dns-syntax", "fail", "yes"),
        ("db.internal.example:8443", "violated", "rev.status", "not-checked", "no"),
        ("db.internal.example:8443", "violated", "ocsp.fresh", "fail", "no"),
        ("mail.example:443", "incomplete", "target.observed", "not-checked", "no"),
    ]
    assert read[4] == {
        "target": "db.internal.example:8443",
        "verdict": "violated",
        "policy": "internal-pki",
        "place": "certgate.yaml:8:5",
        "rule": "key.rsa-min",
        "subject": "leaf CN=db.internal.example",
        "outcome": "fail",
        "severity": "error",
        "violation": "yes",
        "message": "RSA 1024 is below 2048 bits",
        "fingerprint": results[2].fingerprint(results[2].findings[1]),
        "excuse": "",
        "labels": "tier=edge",
        "address": "192.0.2.3:8443",
        "server name": "db.internal.example",
        "protocol": "",
        "connections": "1",
        "excused": "no",
    }


def test_every_row_has_the_labels_of_its_target(results, render):
    assert {r["labels"] for r in rows(render("csv", *results[:4]))} == {"tier=edge"}


def test_verbose_has_the_passes_too(results, render):
    assert [r["outcome"] for r in rows(render("csv", results[0], verbose=True))] == ["pass"] * 4


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@sum(1)", "::error::x", "\t=1", "\r=1", "##[group]x"])
def test_no_cell_is_a_formula_or_a_command(endpoint, finding, render, text):
    made = endpoint("a.example", 1, Verdict.VIOLATED, finding("key.rsa-min", Outcome.FAIL, text))
    report = render("csv", replace(made, target=replace(made.target, id=text)))
    for cell in (rows(report)[0]["target"], rows(report)[0]["message"]):
        assert cell[0] in "'\\#"
        assert "##[" not in cell
    assert not [line for line in report.splitlines() if line.startswith("::")]


def test_hostile_text_stays_in_its_cell(hostile, render):
    read = rows(render("csv", hostile))
    assert len(read) == 2
    assert all(len(r) == 18 and None not in r for r in read)
    assert all(value.isprintable() for r in read for value in r.values())
