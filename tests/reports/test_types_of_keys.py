"""Which type of key a finding is about: in every report, and from one run to the next."""

import json

import pytest

from certgate.cli.main import run
from certgate.lab.lab import Lab
from certgate.lab.scenarios import chosen
from tests.schemas import report_schema, saved_schema

AT = ("--at", "2026-06-15T12:00:00Z", "--color", "never")
WHERE = "leaf with RSA key"
NAMES = {"jsonl": "report.jsonl"}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The reports on a server whose RSA certificate has expired, by format, and its saved observations."""
    folder = tmp_path_factory.mktemp("reports")
    formats = ("json", "jsonl", "junit", "sarif", "markdown", "csv", "html", "openmetrics", "inventory-json")
    with Lab(chosen(["expired-second-key-type"])) as lab:
        words = [word for name in formats for word in ("--report", f"{name}={folder / NAMES.get(name, name)}")]
        words += ["--save", str(folder / "saved.jsonl")]
        code = run(
            ["scan", "--config", str(lab.config_file), "--trust", str(lab.folder / "public-root.pem"), *AT, *words]
        )
        (folder / "root.pem").write_bytes((lab.folder / "public-root.pem").read_bytes())
    assert code == 1
    return folder


@pytest.mark.parametrize("name", ["junit", "markdown", "csv", "html"])
def test_a_report_for_people_names_it(reports, name):
    assert WHERE in (reports / name).read_text()


def test_json_and_sarif_have_it_beside_the_finding_and_the_observation(reports):
    (target,) = json.loads((reports / "json").read_text())["targets"]
    (finding,) = [f for f in target["findings"] if f["violation"]]
    (result,) = [r for r in json.loads((reports / "sarif").read_text())["runs"][0]["results"] if r["level"] == "error"]

    assert finding["vantage"] == result["properties"]["vantage"] == "with RSA key"
    assert [seen.get("key_type", "") for seen in target["observations"]] == ["", "RSA"]
    assert [seen.get("keyType", "") for seen in result["properties"]["observations"]] == ["", "RSA"]


def test_the_inventory_has_each_certificate_once(reports):
    rows = json.loads((reports / "inventory-json").read_text())["certificates"]

    assert len({row["sha256"] for row in rows}) == len(rows)
    assert {row["key"] for row in rows if row["position"] == "leaf"} == {"RSA", "EC P-256"}


def test_monitoring_has_it_as_a_label(reports):
    assert 'certificate="leaf",key_type="RSA"' in (reports / "openmetrics").read_text()


def test_saved_observations_are_judged_as_they_were(reports, capsys):
    code = run(
        ["check", str(reports / "saved.jsonl"), "--trust", str(reports / "root.pem"), *AT, "--policy", "webpki-public"]
    )

    assert code == 1
    assert WHERE in capsys.readouterr().out


def test_two_reports_on_the_same_certificates_do_not_differ(reports, capsys):
    assert run(["diff", str(reports / "json"), str(reports / "report.jsonl")]) == 0
    assert WHERE not in capsys.readouterr().out


def test_the_report_and_the_saved_file_follow_their_schemas(reports):
    report = json.loads((reports / "json").read_text())
    saved = [json.loads(line) for line in (reports / "saved.jsonl").read_text().splitlines()]

    report_schema().validate(report)
    for line in saved:
        saved_schema().validate(line)
    assert [seen.get("key_type") for seen in saved[1]["observations"]] == [None, "RSA"]
