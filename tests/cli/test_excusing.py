"""Waivers and baselines on the command line, from the policy file to the exit code."""

import json
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from certgate.system.stop import Interrupted, Stop

ROOT = issue("Root", ca=True, days=3650)
LONG = issue("till-1.acme.example", issuer=ROOT, sans=["till-1.acme.example"], days=900)
POLICY = """\
name: payments
extends: [internal-pki]
rules:
  - rule: key.rsa-min
    min_bits: 3072
waivers:
  - rule: validity.max-lifetime
    target: till-1.pem
    reason: firmware cannot renew before the spring update
    owner: tills@acme.example
    expires: 2027-04-30
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("till-1.pem").write_bytes(pem(LONG))
    Path("payments.yaml").write_text(POLICY)


def check(*arguments, at="2027-03-01"):
    options = ("--policy", "payments.yaml", "--trust", "root.pem", "--name", "till-1.acme.example", "--at", at)
    return cli.run(["check", "till-1.pem", *options, *arguments])


def report(*arguments, **options):
    code = check("--report", "json=r.json", *arguments, **options)
    return code, json.loads(Path("r.json").read_text())


@pytest.mark.parametrize(
    ("at", "code", "notices"),
    [
        ("2027-03-30", 0, []),
        ("2027-03-31", 0, ["waiver.expiring"]),
        ("2027-04-30T23:59:59Z", 0, ["waiver.expiring"]),
        ("2027-05-01", 1, []),
    ],
)
def test_a_waiver_holds_to_the_end_of_its_day(at, code, notices):
    exit_code, said = report(at=at)
    assert exit_code == said["summary"]["exit_code"] == code
    assert [n["rule"] for n in said["summary"]["notices"]] == notices
    (target,) = said["targets"]
    failed = {f["rule"]: bool(f["waiver"]) for f in target["findings"] if f["outcome"] == "fail"}
    assert failed == ({"validity.max-lifetime": True} if code == 0 else
                      {"validity.max-lifetime": False, "waiver.expired": False})  # fmt: skip


def test_no_waivers_sets_them_aside_and_says_so(capsys):
    code, said = report("--no-waivers")
    assert (code, said["waivers"], said["summary"]["notices"]) == (1, None, [])
    assert "waivers are ignored (--no-waivers)" in capsys.readouterr().out


def test_a_waiver_that_matches_no_target_is_reported_unless_targets_are_selected(capsys):
    Path("payments.yaml").write_text(POLICY.replace("till-1.pem", "till-9.pem"))
    Path("certgate.yaml").write_text("policy: payments.yaml\ntrust: [root.pem]\ntargets:\n  - file: till-1.pem\n")
    assert cli.run(["check", "--config", "certgate.yaml", "--at", "2027-03-01"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    message = "the waiver of validity.max-lifetime for till-9.pem by tills@acme.example matches no target of this run"
    assert f"waiver.unused payments.yaml:7:5: {message}" in out
    assert check() == 1
    assert "waiver.unused" not in capsys.readouterr().out


def test_a_waiver_does_not_make_up_for_a_file_that_cannot_be_read():
    Path("till-1.pem").write_bytes(b"junk")
    Path("payments.yaml").write_text(POLICY.replace("validity.max-lifetime", '"*"'))
    assert check() == 3


def test_a_mistake_in_a_waiver_is_2(capsys):
    Path("payments.yaml").write_text(POLICY.replace("validity.max-lifetime", "validity.max-lifetim"))
    assert check() == 2
    assert 'payments.yaml:7:11: there is no rule "validity.max-lifetim"; did you mean' in capsys.readouterr().err


@pytest.mark.parametrize(
    "rule", ["waiver.expired", "waiver.expiring", "waiver.unused", "baseline.gone", "baseline.expiring"]
)
def test_the_reserved_rules_are_explained(capsys, rule):
    assert cli.run(["explain", rule]) == 0
    assert rule in capsys.readouterr().out


def test_only_what_the_baseline_does_not_hold_fails():
    assert check("--no-waivers", "--write-baseline", "known.json") == 1
    written = Path("known.json").read_text()
    assert check("--no-waivers", "--baseline", "known.json", "--write-baseline", "again.json") == 0
    assert Path("again.json").read_text() == written
    Path("till-1.pem").write_bytes(pem(issue("till-1.acme.example", issuer=ROOT, sans=["_x.example"], days=900)))
    code, said = report("--no-waivers", "--baseline", "known.json")
    assert code == 1
    violated = {f["rule"]: f["known"] for f in said["targets"][0]["findings"] if f["outcome"] == "fail"}
    assert violated["validity.max-lifetime"] is True
    assert violated["name.dns-syntax"] is False


def test_what_is_gone_from_the_baseline_is_told():
    check("--no-waivers", "--write-baseline", "known.json")
    Path("till-1.pem").write_bytes(pem(issue("till-1.acme.example", issuer=ROOT, sans=["till-1.acme.example"])))
    _, said = report("--no-waivers", "--baseline", "known.json", at="2026-07-01")
    (notice,) = said["summary"]["notices"]
    assert notice["rule"] == "baseline.gone"
    assert notice["message"].startswith("validity.max-lifetime at till-1.pem, leaf, is fixed (valid for 900 days")


def test_what_a_new_baseline_changes_in_an_old_one_is_told(capsys):
    def told(*arguments):
        capsys.readouterr()
        check("--write-baseline", "known.json", *arguments)
        return [line for line in capsys.readouterr().err.splitlines() if "entr" in line or "replaced" in line]

    named = "certgate: --write-baseline known.json:"
    assert told("--no-waivers") == []
    assert told("--no-waivers") == [f"{named} 0 entries added, 0 removed"]
    assert told() == [f"{named} 0 entries added, 1 removed"]
    assert told("--no-waivers") == [f"{named} 1 entry added, 0 removed"]
    Path("known.json").write_text(Path("known.json").read_text().replace('"error"', '"warning"'))
    assert told("--no-waivers") == [f"{named} 1 entry added, 1 removed"]
    Path("known.json").write_text("{}")
    assert told("--no-waivers") == [f"{named} replaced a file that was not a baseline"]


def test_a_baseline_is_not_replaced_by_the_run_that_reads_it(capsys):
    check("--no-waivers", "--write-baseline", "known.json")
    before = Path("known.json").read_text()
    capsys.readouterr()
    assert check("--no-waivers", "--baseline", "known.json", "--write-baseline", "known.json") == 2
    told = "--write-baseline known.json: this run reads that file; give the output another path"
    assert told in capsys.readouterr().err
    assert Path("known.json").read_text() == before


@pytest.mark.parametrize("content", [None, "", "{}", "[]"])
def test_a_baseline_that_is_none_is_2_and_is_left_alone(capsys, content):
    if content is not None:
        Path("known.json").write_text(content)
    assert check("--baseline", "known.json", "--write-baseline", "known.json") == 2
    assert "known.json" in capsys.readouterr().err
    assert (Path("known.json").read_text() if content is not None else None) == content
    assert {p.name for p in Path().iterdir()} <= {"root.pem", "till-1.pem", "payments.yaml", "known.json"}


def test_a_baseline_that_cannot_be_written_is_2_before_anything_is_judged(capsys):
    assert check("--write-baseline", "nowhere/known.json") == 2
    assert "nowhere" in capsys.readouterr().err


def test_an_interrupted_run_writes_no_baseline(monkeypatch):
    Path("known.json").write_text("as it was")

    stop = Stop()
    monkeypatch.setattr("certgate.cli.session.Stop", lambda **_: stop)

    def interrupt(*_, **__):
        stop.want()
        raise Interrupted

    monkeypatch.setattr("certgate.sources.files.observe_file", interrupt)
    assert check("--write-baseline", "known.json") == 3
    assert Path("known.json").read_text() == "as it was"


def test_sarif_holds_what_is_waived_only_on_demand():
    def results(*arguments):
        check("--report", "sarif=r.sarif", *arguments)
        return [r["ruleId"] for r in json.loads(Path("r.sarif").read_text())["runs"][0]["results"]]

    assert "validity.max-lifetime" not in results()
    assert "validity.max-lifetime" in results("--sarif-suppressed")
