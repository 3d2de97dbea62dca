"""What a run writes: never over what it reads, whole or not at all, and told where it could not be written."""

import json
import os
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.crl import make_crl
from certgate.lab.pki import CLOCK, issue, pem
from certgate.observe.files.chain_file import observe_file
from certgate.observe.tls.endpoint import EndpointObserver

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])
POLICY = "extends: [base.yaml]\nrules: [{rule: validity.expired}]\n"
BASE = "rules: [{rule: trust.anchor}]\n"
CONFIG = """\
policy: p.yaml
trust: pki
targets:
  - host: a.example
    expect: leaf.pem
  - {host: b.example, trust: {any_of: [mozilla, root.pem]}}
"""
OUTPUTS = ("--report=json=", "--report=junit=", "--report=terminal=", "--save=", "--write-baseline=")
AT = ("--at", CLOCK.isoformat())


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        "root.pem": pem(ROOT),
        "leaf.pem": pem(LEAF),
        "stranger.pem": pem(issue("a.example", sans=["a.example"])),
        "key.pem": LEAF.key_pem,
        "ca.crl": make_crl(ROOT),
        "phrase": b"secret\n",
        "p.yaml": POLICY.encode(),
        "base.yaml": BASE.encode(),
        "certgate.yaml": CONFIG.encode(),
        "list": b"a.example trust=root.pem expect=leaf.pem\n",
        "denied": b"0" * 64 + b"\n",
        "pki/one.pem": pem(ROOT),
    }
    for name, content in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(content)
    Path("links").mkdir()
    return tmp_path


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_, **__):
        pytest.fail("a run that is refused observes nothing")

    monkeypatch.setattr(EndpointObserver, "__init__", refuse)


def everything():
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def check(*arguments, files=("leaf.pem",)):
    return cli.run(["check", *files, "--policy", "p.yaml", "--trust", "root.pem", *AT, *arguments])


def refused(capsys, arguments, output):
    """The run is refused for this output, and nothing has changed."""
    before = everything()
    assert cli.run([*arguments, *AT]) == 2
    told = capsys.readouterr()
    option, _, word = output.partition("=")
    assert told.err.splitlines()[-1].startswith(f"certgate: {option} {word}: this run reads that file")
    assert told.out == ""
    assert everything() == before


CHECK = ["check", "leaf.pem", "--policy", "p.yaml", "--trust", "root.pem"]
READ_BY_CHECK = {
    "leaf.pem": CHECK,
    "root.pem": CHECK,
    "p.yaml": CHECK,
    "base.yaml": CHECK,
    "key.pem": [*CHECK, "--key", "key.pem"],
    "ca.crl": [*CHECK, "--crl", "ca.crl"],
    "phrase": [*CHECK, "--password-file", "phrase"],
    "denied": [*CHECK, "--deny", "denied"],
    "pki/one.pem": ["check", "leaf.pem", "--trust", "pki"],
    "stranger.pem": [*CHECK, "--trust-matrix", "mozilla,stranger.pem"],
}
READ_BY_SCAN = {
    "certgate.yaml": ["scan"],
    "p.yaml": ["scan", "--config", "certgate.yaml"],
    "base.yaml": ["scan", "--config", "certgate.yaml"],
    "leaf.pem": ["scan", "--config", "certgate.yaml"],
    "root.pem": ["scan", "--config", "certgate.yaml"],
    "pki/one.pem": ["scan", "--config", "certgate.yaml"],
    "list": ["scan", "--targets", "list"],
}
READ = [*READ_BY_CHECK.items(), *READ_BY_SCAN.items()]


@pytest.mark.parametrize(("read", "arguments"), READ, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("option", OUTPUTS)
def test_an_output_that_the_run_reads_is_refused_before_anything_is_touched(capsys, option, read, arguments):
    refused(capsys, [*arguments, f"{option}{read}"], f"{option}{read}")


@pytest.mark.parametrize("read", ["leaf.pem", "root.pem", "base.yaml"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_links_to_it_are_refused_too(capsys, here, link, read):
    link(here / read, "links/out")
    refused(capsys, [*CHECK, "--save=links/out"], "--save=links/out")


def test_a_saved_file_and_a_baseline_that_are_read_are_refused(capsys):
    assert check("--save", "seen.jsonl", "--write-baseline", "known.json") == 0
    again = ["check", "seen.jsonl", "--baseline", "known.json"]
    capsys.readouterr()
    refused(capsys, [*again, "--save=seen.jsonl"], "--save=seen.jsonl")
    refused(capsys, [*again, "--report=json=known.json"], "--report=json=known.json")
    refused(capsys, [*again, "--write-baseline=known.json"], "--write-baseline=known.json")


@pytest.mark.parametrize("one", OUTPUTS)
@pytest.mark.parametrize("other", OUTPUTS)
def test_two_outputs_that_are_one_file_are_refused_before_anything_is_touched(capsys, one, other):
    Path("x").write_text("before")
    before = everything()
    if one.startswith("--report") or one != other:
        assert check(f"{one}x", f"{other}./x") == 2
        assert "are the same file; give one of them another path" in capsys.readouterr().err
    assert everything() == before


# --- a folder that holds an output ---


def test_a_folder_is_checked_without_what_the_run_writes_into_it(capsys):
    Path("d").mkdir()
    Path("d/leaf.pem").write_bytes(pem(LEAF))
    Path("d/old.json").write_text('{"kind": "Secret", "data": {"tls.crt": "eA=="}}')
    assert check("--report", "json=d/old.json", files=["d"]) == 0
    assert capsys.readouterr().err.startswith("certgate: d/old.json is left out: this run writes it\n")
    assert [target["id"] for target in json.loads(Path("d/old.json").read_text())["targets"]] == ["d/leaf.pem"]


@pytest.mark.parametrize("name", ["leaf.pem", "leaf.CRT"])
@pytest.mark.parametrize("option", OUTPUTS)
def test_a_certificate_that_a_folder_holds_is_read_and_never_written_over(capsys, option, name):
    Path("d").mkdir()
    Path("d/good.pem").write_bytes(pem(LEAF))
    Path("d", name).write_bytes(pem(LEAF))
    assert check(f"{option}d/{name}", files=["d"]) == 2
    assert (
        capsys.readouterr().err
        == f"certgate: d/{name}: d contains it, so this run reads it; give the output another path\n"
    )
    assert Path("d", name).read_bytes() == pem(LEAF)


@pytest.mark.parametrize("option", OUTPUTS)
def test_a_path_through_a_folder_that_is_not_there_leads_to_no_input(capsys, option):
    Path("links/out").symlink_to("nowhere/../../root.pem")
    for path in ("nowhere/../root.pem", "links/out", "nowhere/../new"):
        assert check(f"{option}{path}") == 2
        assert "its folder does not exist" in capsys.readouterr().err
    assert Path("root.pem").read_bytes() == pem(ROOT)
    assert not Path("new").exists()


# --- what an earlier run left ---


@pytest.mark.parametrize("option", OUTPUTS[:-1])
def test_it_is_gone_after_a_run_that_could_not_begin_unless_it_may_be_something_that_is_read(option):
    Path("out").write_text("green")
    assert check(f"{option}out", "--select", "no.such-rule") == 2
    assert not Path("out").exists()
    Path("certgate.yaml").write_text("trust: out\ntargets: [}")
    Path("out").write_text("green")
    assert cli.run(["scan", f"{option}out"]) == 2
    assert Path("out").read_text() == "green"


# --- what cannot be written ---


@pytest.mark.parametrize(("leaf", "code"), [("leaf.pem", 3), ("stranger.pem", 1)])
@pytest.mark.parametrize("option", OUTPUTS)
def test_a_full_disk_is_one_line_and_costs_no_other_output(capsys, option, leaf, code):
    others = ["--report=sarif=o.sarif", "--save=o.jsonl"][: 1 if option == "--save=" else 2]
    assert check(f"{option}/dev/full", *others, files=[leaf]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "could not be written" in err
    assert "No space left on device" in err
    assert json.loads(Path("o.sarif").read_text())["runs"]
    assert option == "--save=" or Path("o.jsonl").read_text().count("\n") == 3
    assert not [path for path in Path().iterdir() if path.name.endswith(".part")]


@pytest.mark.parametrize(("leaf", "code"), [("leaf.pem", 3), ("stranger.pem", 1)])
@pytest.mark.parametrize("option", ["--report=json=", "--save=", "--write-baseline="])
def test_a_folder_that_vanishes_is_one_line_too(capsys, monkeypatch, option, leaf, code):
    Path("out").mkdir()

    def vanish(*arguments, **words):
        for path in Path("out").iterdir():
            path.unlink()
        Path("out").rmdir()
        return observe_file(*arguments, **words)

    monkeypatch.setattr("certgate.sources.files.observe_file", vanish)
    assert check(f"{option}out/x", "--report=sarif=o.sarif", files=[leaf]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "could not be written" in err
    assert json.loads(Path("o.sarif").read_text())["runs"]


@pytest.mark.parametrize("option", OUTPUTS)
@pytest.mark.parametrize(
    ("path", "said"), [("pki", "it is a folder; name a file in it"), ("nowhere/x", "its folder does not exist")]
)
def test_a_place_that_cannot_be_written_is_2_before_anything_is_touched(capsys, option, path, said):
    Path("o.sarif").write_text("green")
    before = everything()
    assert check("--report=sarif=o.sarif", f"{option}{path}") == 2
    assert f"{path} cannot be written: {said}" in capsys.readouterr().err
    assert everything() == before


TEAMS = """\
policy: base.yaml
trust: root.pem
targets:
  - {file: leaf.pem, labels: {team: shop}}
  - {file: stranger.pem, labels: {team: "../pay ments"}}
"""


def test_a_label_in_a_path_gives_a_report_for_each_of_its_values(capsys):
    Path("teams.yaml").write_text(TEAMS)
    Path("reports").mkdir()

    specs = ("--report=json=reports/{label.team}/r.json", "--report=html=reports/{label.team}/")
    assert cli.run(["check", "--config", "teams.yaml", *specs, *AT]) == 1

    folders = sorted(path.name for path in Path("reports").iterdir())
    assert len(folders) == 2
    assert folders[0].startswith("pay-ments-")
    verdicts = [json.loads(Path("reports", name, "r.json").read_text())["summary"]["verdict"] for name in folders]
    assert verdicts == ["violated", "compliant"]
    assert "Compliant" in Path("reports/shop/index.html").read_text()


@pytest.mark.parametrize("spec", ["json={label.team}.pem", "html={label.team}/"])
def test_a_report_of_a_label_is_never_one_of_the_inputs(capsys, spec):
    team = "leaf" if spec.startswith("json") else "shop"
    Path("shop/targets").mkdir(parents=True)
    inside = Path("shop/targets/t-0123456789abcdef.html")
    inside.write_bytes(pem(LEAF))
    target = "leaf.pem" if team == "leaf" else str(inside)
    Path("teams.yaml").write_text(
        f"policy: base.yaml\ntrust: root.pem\ntargets:\n  - {{file: {target}, labels: {{team: {team}}}}}\n"
    )

    assert cli.run(["check", "--config", "teams.yaml", f"--report={spec}", *AT]) == 2

    assert "this run reads" in capsys.readouterr().err
    assert Path("leaf.pem").read_bytes() == inside.read_bytes() == pem(LEAF)


def test_a_label_that_no_target_has_is_2(capsys):
    Path("teams.yaml").write_text(TEAMS)

    assert cli.run(["check", "--config", "teams.yaml", "--report=json={label.taem}.json", *AT]) == 2

    assert "no target has the label taem" in capsys.readouterr().err
