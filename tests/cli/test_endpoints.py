"""`certgate scan` on endpoints other than plain ones, and `certgate check` on what it saved of them."""

import json
from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.lab.lab import Lab
from certgate.lab.scenarios import chosen

NAMES = ("good-starttls-smtp", "starttls-injection", "starttls-refused", "further-name-missing", "fallback-certificate")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The reports of a scan and of a check of what it saved."""
    folder = tmp_path_factory.mktemp("endpoints")
    with Lab(chosen(NAMES)) as lab:
        command = lab.scan_command().split()[1:]
        made = [f"--report=json={folder}/scan.json", "--save", f"{folder}/seen.jsonl", "--quiet"]
        assert run([*command, *made]) == 1
        again = ["check", f"{folder}/seen.jsonl", "--at", command[command.index("--at") + 1]]
        assert run([*again, f"--report=json={folder}/check.json", "--quiet"]) == 1
    scanned, checked = (json.loads(Path(folder, name).read_text()) for name in ("scan.json", "check.json"))
    return scanned["targets"], checked["targets"], scanned["summary"]


def test_a_check_of_what_was_saved_says_the_same(reports):
    scanned, checked = ({one["labels"]["scenario"]: one for one in targets} for targets in reports[:2])

    assert [scanned[name]["verdict"] for name in NAMES] == [
        "compliant", "violated", "incomplete", "violated", "compliant",
    ]  # fmt: skip
    assert checked == scanned


def test_observations_say_address_name_protocol_probe_and_connections(reports):
    scanned, _, summary = reports
    seen = {
        target["labels"]["scenario"]: [
            tuple(one[key] for key in ("server_name", "protocol", "probe", "connections"))
            for one in target["observations"]
        ]
        for target in scanned
    }

    own = {name: f"{name}.lab.example" for name in NAMES}
    assert seen == {
        "good-starttls-smtp": [(own["good-starttls-smtp"], "smtp", "", 1)],
        "starttls-injection": [(own["starttls-injection"], "smtp", "", 1)],
        "starttls-refused": [(own["starttls-refused"], "smtp", "", 1)],
        "further-name-missing": [
            (own["further-name-missing"], "", "", 1),
            (f"www.{own['further-name-missing']}", "", "", 1),
        ],
        "fallback-certificate": [
            (own["fallback-certificate"], "", "", 1),
            (None, "", "no-sni", 1),
            ("unknown.certgate.invalid", "", "unknown-sni", 1),
        ],
    }
    assert summary["connections"] == 8
    assert all(one["address"] for target in scanned for one in target["observations"])


def test_a_finding_names_the_vantage_that_it_is_about(reports):
    (target,) = (one for one in reports[0] if one["labels"]["scenario"] == "further-name-missing")
    (finding,) = (one for one in target["findings"] if one["outcome"] == "fail")

    assert (finding["rule"], finding["vantage"]) == ("name.host-match", "#www.further-name-missing.lab.example")
