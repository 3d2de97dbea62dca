"""`certgate forecast`: what is coming for files, saved observations and endpoints, and its exit codes."""

import json
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

import certgate
from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"], days=300, key="RSA-2048")
GOLDEN = Path(__file__).parent.parent / "reports" / "golden" / "forecast.txt"
POLICY = """\
name: payments
rules:
  - rule: validity.expired
  - rule: validity.remaining
  - rule: key.rsa-min
    min_bits: 3072
  - rule: validity.max-lifetime
    max_days:
      - {issued_before: 2027-03-15, value: 398}
      - {issued_before: 2029-03-15, value: 100}
      - {value: 47}
waivers:
  - rule: key.rsa-min
    target: a.pem
    reason: the module cannot do better
    owner: ops@acme.example
    expires: 2026-12-31
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("root.pem").write_bytes(pem(ROOT))
    Path("a.pem").write_bytes(pem(LEAF))
    Path("p.yaml").write_text(POLICY)


def forecast(*arguments):
    return cli.run(["forecast", "--policy", "p.yaml", "--trust", "root.pem", *arguments])


def events(capsys, *arguments):
    code = forecast("--format", "json", *arguments)
    said = json.loads(capsys.readouterr().out)
    return code, said, [(e["at"][:10], e["rule"], e["kind"], e["renewal"]) for e in said["events"]]


def test_the_whole_text_at_80_columns(capsys):
    assert forecast("a.pem", "--at", CLOCK.isoformat()) == 0
    text = capsys.readouterr().out.replace(certgate.__version__, "1.2.3")
    if os.environ.get("CERTGATE_REGENERATE"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()
    assert max(len(line) for line in text.splitlines()) <= 80


def test_json_has_the_soonest_first(capsys):
    code, said, found = events(capsys, "a.pem", "--at", CLOCK.isoformat())
    assert found == [
        ("2026-12-02", "validity.remaining", "warning", False),
        ("2027-01-01", "key.rsa-min", "error", False),
        ("2027-01-01", "waiver.expired", "error", False),
        ("2027-03-05", "validity.remaining", "error", False),
        ("2027-03-12", "validity.expired", "error", False),
        ("2027-03-15", "validity.max-lifetime", "error", True),
        ("2029-03-15", "validity.max-lifetime", "error", True),
    ]
    assert (code, said["targets"], said["violations_today"], said["not_observed"]) == (0, 1, 0, [])
    assert said["events"][0]["targets"] == ["a.pem"]


def test_the_horizon_cuts_the_list(capsys):
    assert len(events(capsys, "a.pem", "--at", CLOCK.isoformat(), "--horizon", "250")[2]) == 3


def test_without_waivers_there_is_no_end_of_one(capsys):
    _, said, found = events(capsys, "a.pem", "--at", CLOCK.isoformat(), "--no-waivers")
    assert "waiver.expired" not in {rule for _, rule, _, _ in found}
    assert said["violations_today"] == 1


def test_saved_observations_are_judged_however_old_they_are(capsys):
    options = ("--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat())
    cli.run(["check", "a.pem", *options, "--save", "seen.jsonl"])
    capsys.readouterr()
    code, _, found = events(capsys, "seen.jsonl", "--at", CLOCK.isoformat())
    assert (code, len(found)) == (0, 7)


def test_what_cannot_be_observed_is_3_and_named(capsys):
    Path("list.txt").write_text("127.0.0.1:1 policy=p.yaml trust=root.pem\n")
    code, said, found = events(capsys, "--targets", "list.txt")
    assert (code, found, said["not_observed"][0]["target"]) == (3, [], "127.0.0.1:1")
    Path("broken.pem").write_bytes(b"no certificate")
    assert forecast("a.pem", "broken.pem", "--at", CLOCK.isoformat()) == 3
    assert "not observed  broken.pem" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to forecast: name files, or endpoints with --config or --targets"),
        (
            ["a.pem", "--targets", "list.txt"],
            "nothing to forecast: name files, or endpoints with --config or --targets",
        ),
        (["a.pem", "--horizon", "0"], "--horizon"),
        (["a.pem", "--at", "someday"], "is not a time"),
        (["a.pem", "--color", "loud"], "auto, always, never"),
        (["--config", "nothing.yaml"], "nothing.yaml: cannot be read"),
    ],
)
def test_a_mistake_on_the_command_line_is_2(capsys, arguments, said):
    assert forecast(*arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_locked_container_is_forecast_with_its_pass_phrase(capsys):
    natives = [x509.load_der_x509_certificate(one.der) for one in (LEAF, ROOT)]
    locked = BestAvailableEncryption(b"open sesame")
    Path("a.p12").write_bytes(serialize_key_and_certificates(b"x", LEAF.key, natives[0], natives[1:], locked))
    Path("phrase").write_text("open sesame\n")

    assert forecast("a.p12", "--at", CLOCK.isoformat()) == 3
    assert "--password-file" in capsys.readouterr().out

    code, _, found = events(capsys, "a.p12", "--at", CLOCK.isoformat(), "--password-file", "phrase")
    assert code == 0
    assert "validity.expired" in {rule for _, rule, _, _ in found}
