"""`--shard` and `certgate merge`: several machines make one run."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from certgate.lab.pki import issue, pem
from certgate.observe.journal.journal_file import JournalFile
from tests.cli.journaled import HOSTS, STARTED, declare, lines, merge, prepare, scan


@pytest.fixture
def world(monkeypatch, tmp_path):
    return prepare(monkeypatch, tmp_path)


def shards(count, *arguments):
    """Scan all shards; returns the journals, and the exit codes."""
    names = [f"s{number}" for number in range(1, count + 1)]
    codes = [scan(f"--shard={n}/{count}", *arguments, journal=name)[0] for n, name in enumerate(names, 1)]
    return names, codes


@pytest.mark.parametrize("count", [1, 2, 5])
def test_merged_shards_are_reported_as_one_undisturbed_run(world, count):
    world.silent = {"h4.example"}
    undisturbed = scan(journal=None)
    world.asked.clear()
    names, _ = shards(count)
    assert sorted(world.asked) == [f"{host}:443" for host in HOSTS]
    assert merge(*reversed(names)) == undisturbed
    assert merge(*(f"{name}/journal.jsonl" for name in names)) == undisturbed


def test_a_shard_stays_the_same_when_targets_are_added(world):
    scan("--shard=2/3", journal=None)
    before = [*world.asked]
    world.asked.clear()
    declare(["new.example", *HOSTS, "other.example"])
    scan("--shard=2/3", journal=None)
    assert [id for id in world.asked if id in before] == before


def test_an_empty_shard_has_a_journal_and_is_compliant(world, capsys):
    declare(HOSTS[:2])
    undisturbed = scan(journal=None)
    names, codes = shards(5)
    assert codes.count(0) == 5
    empty = [name for name in names if lines(Path(name) / "journal.jsonl")[-1] == {"end": {"targets": 0}}]
    assert len(empty) >= 3
    assert capsys.readouterr().out == ""
    assert merge(*names) == undisturbed


def test_an_empty_list_is_refused_in_a_shard_too(world):
    declare([])
    assert scan("--shard=1/2")[0] == 2


@pytest.mark.parametrize(
    ("shard", "said"),
    [
        ("0/3", '--shard "0/3" is not a number and a count such as 3/8'),
        ("x", '--shard "x" is not a number and a count such as 3/8'),
        ("1/0", '--shard "1/0" is not'),
        ("1/9999999999", "is not a number and a count"),
        ("4/3", "--shard 4/3: numbers count from 1, so the last shard is 3/3"),
    ],
)
def test_what_is_not_a_shard_is_refused(world, capsys, shard, said):
    assert scan(f"--shard={shard}")[0] == 2
    assert said in capsys.readouterr().err


def test_a_baseline_is_written_from_all_shards_alone(world, capsys):
    names, _ = shards(2)
    assert scan("--shard=1/2", "--write-baseline=b.json", journal=None)[0] == 2
    assert "--write-baseline needs all targets; give it to certgate merge" in capsys.readouterr().err
    assert merge(*names, "--write-baseline=b.json")[0] == 1
    assert merge(*names, "--baseline=b.json")[0] == 0


def test_another_machine_judges_by_what_the_journals_hold(world, tmp_path, monkeypatch):
    Path("base.yaml").write_text("rules: [{rule: trust.anchor}, {rule: chain.root-sent, severity: warning}]")
    Path("p.yaml").write_text("extends: [base.yaml]\nrules: [{rule: trust.denied}]")
    Path("denied.txt").write_text("ab" * 32)
    options = ("--deny=denied.txt", "--ignore=chain.*", "--fail-on=warning", "--trust-matrix=root.pem")
    undisturbed = scan(*options, journal=None)
    names, _ = shards(3, *options)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in names:
        shutil.move(name, elsewhere / name)
    shutil.copy("hosts.txt", elsewhere)
    for name in ("p.yaml", "base.yaml", "root.pem", "denied.txt"):
        Path(name).unlink()
    monkeypatch.chdir(elsewhere)
    assert merge(*names) == undisturbed


def test_shards_that_were_observed_at_other_addresses_are_no_run(world, capsys):
    one, other = "--resolve=h0.example:443:192.0.2.1", "--resolve=h0.example:443:192.0.2.2"
    undisturbed = scan(one, journal=None)
    names, _ = shards(2, one)
    assert merge(*names) == undisturbed
    for options in ([other], [], [one, "--resolve=h1.example:443:192.0.2.1"]):
        shutil.rmtree("s2")
        scan("--shard=2/2", *options, journal="s2")
        capsys.readouterr()
        assert merge(*names)[0] == 2
        assert "an address (--resolve)" in capsys.readouterr().err


def test_policy_and_trust_judge_again(world):
    names, _ = shards(2)
    assert merge(*names, "--ignore=trust.*")[0] == 0
    Path("p.yaml").write_text("rules: [{rule: chain.root-sent}]")
    assert merge(*names)[0] == 1
    report = json.loads(merge(*names, "--policy=p.yaml")[1][0])
    assert {f["rule"] for t in report["targets"] for f in t["findings"]} <= {"chain.root-sent", "target.observed"}
    Path("root.pem").write_bytes(pem(issue("Other Root", ca=True)))
    report = json.loads(merge(*names, "--trust=root.pem")[1][0])
    assert {one["verdict"] for one in report["targets"]} == {"violated"}


def test_waivers_are_told_where_all_targets_are(world):
    expires = f"{STARTED + timedelta(days=90):%Y-%m-%d}"
    waiver = f"{{rule: trust.anchor, target: gone.example:443, reason: r, owner: o, expires: {expires}}}"
    Path("p.yaml").write_text(f"rules: [{{rule: trust.anchor}}]\nwaivers: [{waiver}]\n")
    undisturbed = scan(journal=None)
    assert b"waiver.unused" in undisturbed[1][0]
    names = ["s1", "s2"]
    for number, name in enumerate(names, 1):
        assert b"waiver.unused" not in scan(f"--shard={number}/2", journal=name)[1][0].partition(b'"summary"')[2]
    assert merge(*names) == undisturbed


def refused(capsys, *arguments):
    capsys.readouterr()
    assert merge(*arguments)[0] == 2
    return " ".join(capsys.readouterr().err.split())


def test_missing_shards_are_refused_and_incomplete_if_that_is_said(world, capsys):
    names, _ = shards(3)
    said = refused(capsys, names[0])
    assert "no journal is named for 2 shards of 3: 2/3, 3/3; say --partial to judge what there is" in said
    code, (report, *_) = merge(names[0], "--partial", "--ignore=trust.*")
    assert code == 3
    *_, missing = json.loads(report)["targets"]
    assert (missing["id"], missing["verdict"]) == ("shard 2/3", "incomplete")
    assert "no journal is named for 2 shards of 3: 2/3, 3/3" in json.dumps(missing)
    assert merge(names[0], "--partial", "--ignore=trust.*", "--exit-zero")[0] == 3
    violated = next(name for name in names if "h2.example:443" in Path(name, "journal.jsonl").read_text())
    assert merge(violated, "--partial")[0] == 1


def test_an_unfinished_shard_is_refused_and_incomplete_if_that_is_said(world, capsys):
    names, _ = shards(2)
    file = Path("s2/journal.jsonl")
    text = file.read_text().splitlines(keepends=True)
    count = sum('"ordinal"' in line for line in text)
    file.write_text("".join(text[:-1]))
    assert f"s2 is unfinished, with {count} of {count} targets; go on with its run by --resume" in refused(
        capsys, *names
    )
    file.write_text("".join([*text[:-2], text[-1]]))
    assert f"s2 is unfinished, with {count - 1} of {count} targets" in refused(capsys, *names)
    code, (report, *_) = merge(*names, "--partial", "--ignore=trust.*")
    assert code == 3
    assert json.loads(report)["targets"][-1]["id"] == "s2"
    assert merge(*names, "--partial", "--exit-zero")[0] == 3
    scan("--shard=2/2", "--resume", journal="s2")
    assert merge(*names) == scan(journal=None)


def test_overlapping_shards_and_those_of_several_runs_are_refused(world, capsys):
    names, _ = shards(2)
    shutil.copytree("s1", "copy")
    assert "s1 and copy overlap: both are for shard 1/2; name one of them" in refused(capsys, *names, "copy")
    scan("--shard=2/3", journal="t2")
    assert "s1 and t2 are not of one run: the number of shards (2, 3) differs" in refused(capsys, "s1", "t2")
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]")
    scan("--shard=2/2", journal="p2")
    assert "s1 and p2 are not of one run: the policy p.yaml differs" in refused(capsys, "s1", "p2")
    declare(HOSTS[1:])
    scan("--shard=1/2", journal="q1")
    assert "q1 and p2 are not of one run: the list of targets differs" in refused(capsys, "q1", "p2")


def test_what_is_no_journal_is_refused(world, capsys, monkeypatch):
    names, _ = shards(1)
    assert "nothing to merge: name the folders of --journal" in refused(capsys)
    assert "none: cannot be read: No such file or directory" in refused(capsys, "none")
    assert "p.yaml:1: this line is damaged, or not one of a journal" in refused(capsys, "p.yaml")
    Path("empty.jsonl").write_text("")
    assert "empty.jsonl: is empty; its run had not begun" in refused(capsys, "empty.jsonl")
    file = JournalFile("s1")
    assert "s1/journal.jsonl: is still being written; wait for the end of its run" in refused(capsys, *names)
    file.close()
    monkeypatch.setattr("certgate.__version__", "9.9")
    assert "s1: was written by certgate 0.1.0, and this is 9.9; merge it with that version" in refused(capsys, "s1")


def edit(name, change):
    file = Path(name) / "journal.jsonl"
    documents = lines(file)
    change(documents)
    file.write_text("".join(f"{json.dumps(one)}\n" for one in documents))


EDITS = {
    "an ordinal beyond the end": (lambda d: d[1].update(ordinal=99), "is not one of its targets"),
    "the id of another shard": (lambda d: d[1]["target"].update(id="x7.example:443"), "is not one of its targets"),
    "an ordinal twice": (lambda d: d[1].update(ordinal=d[2]["ordinal"]), "s1 is unfinished"),
    "an id twice": (lambda d: d[1]["target"].update(id=d[2]["target"]["id"]), "a target is there twice"),
    "fewer targets": (lambda d: d[0].update(shard_targets=1), "the numbers of targets do not add up"),
    "another total": (lambda d: d[0].update(targets=100), "the list of targets differs"),
    "another policy": (
        lambda d: d[0]["judged_by"]["policies"][0]["texts"].update({"p.yaml": "rules: [{rule: trust.anchor}]"}),
        "the policy p.yaml is another one here; judge by it with --policy p.yaml",
    ),
}


@pytest.mark.parametrize("kind", EDITS)
def test_edited_journals_are_refused(world, capsys, kind):
    names, _ = shards(1 if kind == "another policy" else 2)
    change, said = EDITS[kind]
    edit("s1", change)
    assert said in refused(capsys, *names)


def test_what_is_over_a_day_old_needs_a_clock(capsys, monkeypatch, tmp_path):
    old = STARTED - timedelta(days=2)
    prepare(monkeypatch, tmp_path, old)
    names, _ = shards(2)
    assert f"was observed on {old:%Y-%m-%d}; say by which clock to judge it" in refused(capsys, *names)
    assert merge(*names, "--at=now")[0] == 1
    edit("s1", lambda documents: documents[0]["judged_by"].update(at="2026-01-01T00:00:00Z"))
    assert "the runs of the journals had different clocks (--at); say by which to judge" in refused(capsys, *names)


def test_the_list_may_change_between_two_runs_over_a_shard(world):
    names, _ = shards(2)
    declare([HOSTS[6], "new.example", *HOSTS[:5]])
    undisturbed = scan(journal=None)
    for number, name in enumerate(names, 1):
        scan(f"--shard={number}/2", "--resume", "--changed-targets", journal=name)
    assert merge(*names) == undisturbed


def test_a_run_over_another_list_that_was_killed_goes_on_and_can_be_merged(world):
    names, _ = shards(1)
    declare([HOSTS[6], "new.example", *HOSTS[:5]])
    undisturbed = scan(journal=None)
    scan("--resume", "--changed-targets", journal="s1")
    file = Path("s1/journal.jsonl")
    text = file.read_text().splitlines(keepends=True)
    header = max(number for number, line in enumerate(text) if '"format"' in line)
    file.write_text("".join(text[: header + 2]))
    world.asked.clear()
    assert scan("--resume", journal="s1") == undisturbed
    assert len(world.asked) <= 1
    assert merge(*names) == undisturbed


def test_a_journal_goes_on_with_its_own_shard_alone(world, capsys):
    shards(2)
    assert scan("--shard=1/2", "--resume", journal="s2")[0] == 2
    assert "--journal s2: its run observes shard 2/2; name it by --shard" in capsys.readouterr().err


def test_shards_of_a_range_count_the_addresses_without_an_endpoint_once(world):
    declare([*HOSTS[:3], "192.0.2.0/28"])
    world.silent = {f"192.0.2.{n}" for n in range(16) if n != 5}
    undisturbed = scan("--exclude=192.0.2.3", journal=None)
    account = json.loads(undisturbed[1][0])["summary"]["account"]
    assert (account["declared"], account["no_endpoint"], account["left_out"]) == (19, 14, 1)
    names, _ = shards(3, "--exclude=192.0.2.3")
    assert merge(*names) == undisturbed
    world.asked.clear()
    for number, name in enumerate(names, 1):
        scan(f"--shard={number}/3", "--exclude=192.0.2.3", "--resume", journal=name)
    assert world.asked == []
    assert merge(*names) == undisturbed
