"""The gate proves that it fails when it should, and `lab verify` proves that it would notice if not."""

import fcntl
import importlib
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from certgate.checks.framework.catalogue import all_rules
from certgate.cli.main import run
from certgate.lab.file_examples import all_examples
from certgate.lab.lab import Lab
from certgate.lab.scenario import Expected, fails, warns
from certgate.lab.scenarios import all_scenarios
from certgate.lab.scenarios.out_of_reach import OUT_OF_REACH
from certgate.lab.verify import Difference, differences, scan
from certgate.model.finding import DEPENDS_ON, Finding, Outcome, Severity, fingerprint

SCENARIOS = all_scenarios()
FINGERPRINTS = Path(__file__).parent / "golden" / "fingerprints.tsv"


@pytest.fixture(scope="module")
def findings(tmp_path_factory, worker_id):
    """What the gate says about every scenario; one worker scans the lab, and the others take what it found."""
    folder = tmp_path_factory.getbasetemp()
    kept = (folder if worker_id == "master" else folder.parent) / "findings.pickle"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with Lab() as lab:
                kept.write_bytes(pickle.dumps(dict(scan(lab))))
    return pickle.loads(kept.read_bytes())


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_each_scenario_gives_exactly_its_findings(findings):
    """One test, which is not spread over the workers."""
    given = {
        name: sorted(Expected.of(one) for one in findings[name] if one.outcome is Outcome.FAIL or one.not_checked)
        for name in SCENARIOS
    }

    assert given == {name: sorted(scenario.gives) for name, scenario in SCENARIOS.items()}
    assert [one for name in SCENARIOS for one in differences(SCENARIOS[name], findings[name])] == []


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_no_finding_of_the_lab_has_lost_its_fingerprint(findings):
    """An alert store and a baseline know a finding by it. A line leaves the file only with the finding itself."""
    kept = {tuple(line.split("\t")) for line in FINGERPRINTS.read_text().splitlines()}
    wrong = ((name, f) for name in findings for f in findings[name] if f.outcome is Outcome.FAIL or _is_missing(f))
    today = {(name, finding.rule, fingerprint(f"{name}:443", finding)) for name, finding in wrong}

    assert kept - today == set()


def _is_missing(finding):
    """Whether the answer is missing and required, or names the failure on which it depends."""
    return finding.not_checked or DEPENDS_ON in finding.evidence


def test_a_missing_and_an_unexpected_finding_are_differences():
    finding = Finding(
        rule="validity.expired",
        subject="leaf",
        outcome=Outcome.FAIL,
        severity=Severity.ERROR,
        message="expired yesterday",
    )
    scenario = replace(SCENARIOS["good-ecdsa"], gives=(warns("validity.expired"),))

    found = differences(scenario, [finding])

    assert found == [
        Difference("good-ecdsa", warns("validity.expired"), None),
        Difference("good-ecdsa", fails("validity.expired"), finding),
    ]


def test_one_finding_more_than_expected_is_a_difference():
    finding = Finding(
        rule="name.dns-syntax",
        subject="leaf",
        outcome=Outcome.FAIL,
        severity=Severity.ERROR,
        message="a bad name",
        key="a_b.example",
    )
    another = replace(finding, key="c_d.example")
    scenario = replace(SCENARIOS["good-ecdsa"], gives=(fails("name.dns-syntax"),))

    assert differences(scenario, [finding]) == []
    assert differences(scenario, [finding, another]) == [
        Difference("good-ecdsa", fails("name.dns-syntax"), another),
    ]


@pytest.mark.parametrize(
    ("outcome", "required", "counts"),
    [
        (Outcome.PASS, True, False),
        (Outcome.NOT_APPLICABLE, True, False),
        (Outcome.NOT_EFFECTIVE, True, False),
        (Outcome.NOT_CHECKED, False, False),
        (Outcome.NOT_CHECKED, True, True),
        (Outcome.CRASHED, False, True),
    ],
)
def test_what_is_undecided_counts_and_what_is_settled_does_not(outcome, required, counts):
    finding = Finding(rule="rev.status", subject="staple", outcome=outcome, severity=Severity.ERROR, required=required)

    assert bool(differences(SCENARIOS["good-ecdsa"], [finding])) is counts


def test_the_command_passes_when_the_gate_is_right(capsys):
    assert run(["lab", "verify", "good-ecdsa", "expired-leaf"]) == 0
    assert capsys.readouterr().out == "2 scenarios give exactly the expected findings: 1, and no other.\n"


def test_the_command_judges_file_examples_by_their_names_too(capsys):
    assert run(["lab", "verify", "crl-expired", "good-crl", "crl-expired"]) == 0
    assert capsys.readouterr().out == "2 file examples give exactly the expected findings: 1, and no other.\n"
    assert run(["lab", "verify", "crl-expird"]) == 2
    assert 'there is no scenario "crl-expird"' in capsys.readouterr().err


def test_the_command_fails_when_the_gate_says_too_little_or_too_much(monkeypatch, capsys):
    altered = {
        "good-ecdsa": replace(SCENARIOS["good-ecdsa"], gives=(fails("name.host-match"),)),
        "expired-leaf": replace(SCENARIOS["expired-leaf"], gives=()),
        "good-tls-1.2": SCENARIOS["good-tls-1.2"],
    }
    examples = {"crl-expired": replace(all_examples()["crl-expired"], gives=())}
    monkeypatch.setattr("certgate.lab.scenarios.all_scenarios", lambda: altered)
    monkeypatch.setattr("certgate.lab.file_examples.all_examples", lambda: examples)
    monkeypatch.setenv("COLUMNS", "200")

    code = run(["lab", "verify"])

    written = capsys.readouterr()
    rows = [line.split("  ") for line in written.out.splitlines()]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert code == 1
    assert rows[1] == ["good-ecdsa", "missing", "name.host-match (leaf): fail, error"]
    assert rows[2][:3] == ["expired-leaf", "unexpected", "validity.expired (leaf): fail, error"]
    assert rows[2][3].startswith("expired 1 day ago")
    assert rows[3][:2] == ["crl-expired", "unexpected"]
    assert len(rows) == 4
    assert written.err == "\n3 of 3 scenarios and 1 file example do not give exactly the expected findings.\n"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_examples_that_the_reference_names_as_passing_do_pass(findings):
    reference = importlib.import_module("docs.generate")

    kept = {id: reference.passing(id, SCENARIOS) for id in all_rules().keys() - OUT_OF_REACH.keys()}
    wrong = [
        (id, scenario.name)
        for id, scenario in kept.items()
        if scenario and not any(f.rule == id and f.outcome is Outcome.PASS for f in findings[scenario.name])
    ]

    assert wrong == []
