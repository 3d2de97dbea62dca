"""Where addresses of a target differ, every report says which one a finding is about."""

import csv
import io
import json
from dataclasses import replace

import pytest

from certgate.model.observation import Vantage
from certgate.reports.spec import FORMATS
from tests.schemas import report_schema

HERE, THERE = "192.0.2.3:8443", "192.0.2.4:8443"


@pytest.fixture
def seen_twice(results):
    """The violated target at two addresses: a short key at the one, and all else that is wrong at both."""
    violated = results[2]
    there = replace(violated.observations[0], vantage=Vantage(THERE, "db.internal.example"))
    leaf, *others = violated.certificates
    return replace(
        violated,
        observations=(*violated.observations, there),
        certificates=(replace(leaf, vantage=HERE), replace(leaf, vantage=THERE, subject="CN=old.example"), *others),
        findings=tuple(replace(f, vantage=THERE) if f.rule == "key.rsa-min" else f for f in violated.findings),
    )


WITHOUT_SUBJECTS = {"inventory", "inventory-json", "jsonl", "openmetrics", "slack", "text"}


@pytest.mark.parametrize("format", sorted(set(FORMATS) - WITHOUT_SUBJECTS))
def test_the_address_stands_beside_the_subject_of_the_finding_and_of_no_other(seen_twice, render, format):
    text = render(format, seen_twice, colour=False, width=400)
    assert f"leaf at {THERE} CN=old.example" in text.replace("\\", "") or format in {"json", "sarif"}
    assert text.replace("\\", "").count(f" at {THERE} ") <= 1
    assert f" at {HERE} " not in text


def test_json_names_address_and_certificate_only_where_they_differ(seen_twice, render):
    document = json.loads(render("json", seen_twice))
    report_schema().validate(document)
    (target,) = document["targets"]
    assert [seen["address"] for seen in target["observations"]] == [HERE, THERE]
    assert {f["rule"]: f["vantage"] for f in target["findings"] if "vantage" in f} == {"key.rsa-min": THERE}
    assert [c.get("vantage") for c in target["certificates"]] == [HERE, THERE, None]


def test_sarif_tells_it_in_the_message_and_as_a_property(seen_twice, render):
    results = json.loads(render("sarif", seen_twice))["runs"][0]["results"]
    told = {r["ruleId"]: (r["message"]["text"], r["properties"].get("vantage")) for r in results}
    text, vantage = told["key.rsa-min"]
    assert text == f"RSA 1024 is below 2048 bits (db.internal.example:8443, leaf at {THERE} CN=old.example)."
    assert vantage == THERE
    assert {vantage for rule, (_, vantage) in told.items() if rule != "key.rsa-min"} == {None}


def test_no_two_samples_for_monitoring_are_of_one_series(seen_twice, render):
    samples = [line.rpartition(" ")[0] for line in render("openmetrics", seen_twice).splitlines() if line[0] != "#"]
    assert len(samples) == len(set(samples))
    assert any(f'address="{THERE}"' in sample for sample in samples)


def test_alerts_about_addresses_are_apart_and_those_about_all_are_as_before(results, seen_twice, render):
    def fingerprints(result):
        return {row["rule"]: row["fingerprint"] for row in csv.DictReader(io.StringIO(render("csv", result)))}

    before, after = fingerprints(results[2]), fingerprints(seen_twice)
    assert {rule for rule in before if before[rule] != after[rule]} == {"key.rsa-min"}


def test_reports_tell_each_observation_of_a_target_or_what_all_of_them_took(seen_twice, summary, render):
    run = render("sarif", seen_twice, summary=replace(summary(seen_twice), connections=2))
    (document,) = json.loads(run)["runs"]
    observed = [
        {"address": address, "serverName": "db.internal.example", "protocol": "", "connections": 1}
        for address in (HERE, THERE)
    ]
    assert all(result["properties"]["observations"] == observed for result in document["results"])
    assert document["invocations"][0]["properties"]["connections"] == 2

    row = next(csv.DictReader(io.StringIO(render("csv", seen_twice))))
    assert (row["address"], row["server name"], row["connections"]) == (f"{HERE}, {THERE}", "db.internal.example", "2")

    text = render("markdown", seen_twice, summary=replace(summary(seen_twice), connections=2))
    assert ", 2 connections.\n" in text
