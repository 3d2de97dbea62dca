"""`--journal` and `--resume`: a run that is ended at any moment goes on, and reports what an undisturbed one does."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from certgate.lab.pki import issue, pem
from certgate.observe.journal.journal_file import JournalFile
from tests.cli.journaled import FILE, HOSTS, STARTED, cuts, declare, ids, lines, prepare, scan


@pytest.fixture
def world(monkeypatch, tmp_path):
    return prepare(monkeypatch, tmp_path)


def test_a_journal_has_a_header_then_what_was_observed_then_an_end(world):
    assert scan() == scan(journal=None) != (0, [])
    header, *made, end = lines()
    assert (header["format"], header["version"], header["targets"]) == ("certgate-journal", 1, len(HOSTS))
    assert [one["target"]["id"] for one in made if "target" in one] == ids(HOSTS)
    assert [one["ordinal"] for one in made if "target" in one] == [*range(len(HOSTS))]
    assert sum("content" in one for one in made) == 1
    assert end == {"end": {"targets": len(HOSTS)}}
    assert FILE.stat().st_mode & 0o077 == 0


def test_a_run_that_was_killed_at_any_byte_goes_on_and_reports_what_an_undisturbed_one_does(world):
    undisturbed = scan()
    whole = FILE.read_bytes()
    for size in cuts():
        FILE.write_bytes(whole[:size])
        kept = whole[:size].rpartition(b"\n")[0].count(b'{"ordinal"')
        world.asked.clear()
        assert scan("--resume") == undisturbed, size
        assert world.asked == ids(HOSTS)[kept:]
        assert FILE.read_bytes().startswith(whole[:size].rpartition(b"\n")[0])
        assert lines()[-1] == {"end": {"targets": len(HOSTS)}}


def test_what_was_damaged_at_the_end_of_the_file_is_dropped(world):
    undisturbed = scan()
    whole = FILE.read_bytes()
    for torn in (b"\0" * 4096, b'{"ordinal": 0, "tar', b"\xff\xfe", b"}"):
        FILE.write_bytes(whole + torn)
        assert scan("--resume") == undisturbed
        assert FILE.read_bytes().startswith(whole + b"{")


def test_what_failed_by_transport_is_observed_again_and_its_last_observation_counts(world):
    undisturbed = scan(journal=None)
    world.silent = {"h1.example", "h6.example"}
    assert scan()[0] == 1
    world.silent = {"h6.example"}
    world.asked.clear()
    scan("--resume")
    assert world.asked == ids(["h1.example", "h6.example"])
    world.silent = set()
    world.asked.clear()
    assert scan("--resume") == undisturbed
    assert world.asked == ids(["h6.example"])


def test_an_interrupted_run_has_no_end_and_goes_on(world):
    undisturbed = scan(journal=None)

    def end(target, stop):
        if target.id == "h4.example:443":
            stop.want()

    world.before = end
    assert scan()[0] == 1
    assert "end" not in lines()[-1]
    world.before = lambda target, stop: None
    world.asked.clear()
    assert scan("--resume") == undisturbed
    assert world.asked == ids(HOSTS[4:])


def test_with_resume_a_journal_is_begun_if_there_is_none(world):
    assert scan("--resume") == scan(journal=None)
    FILE.write_bytes(b"")
    assert scan() == scan(journal=None)


def refused(capsys, *arguments, journal="j"):
    before = FILE.read_bytes() if FILE.is_file() else b""
    capsys.readouterr()
    assert scan(*arguments, journal=journal)[0] == 2
    assert (FILE.read_bytes() if FILE.is_file() else b"") == before
    return " ".join(capsys.readouterr().err.split())


def test_without_resume_a_journal_that_is_not_empty_is_refused_and_no_old_report_stays(world, capsys):
    scan()
    said = refused(capsys)
    assert "--journal j: there is one of an earlier run; go on with it by --resume, or begin a new journal" in said
    assert not Path("r.json").exists()


def test_another_list_is_refused_unless_it_is_said_that_it_has_changed(world, capsys):
    scan()
    changed = [HOSTS[5], "new.example", *HOSTS[:4], f"{HOSTS[6]} policy=p.yaml label.team=a"]
    declare(changed)
    assert "begun with another list of targets; say --changed-targets to observe what is new" in refused(
        capsys, "--resume"
    )
    undisturbed = scan(journal=None)
    world.asked.clear()
    assert scan("--resume", "--changed-targets") == undisturbed
    assert world.asked == ids(["new.example", HOSTS[6]])
    world.asked.clear()
    assert scan("--resume") == undisturbed
    assert world.asked == []


def test_a_comment_in_the_list_does_not_make_it_another_one(world):
    scan()
    Path("hosts.txt").write_text("# all of them\n" + Path("hosts.txt").read_text())
    undisturbed = scan(journal=None)
    world.asked.clear()
    assert scan("--resume") == undisturbed
    assert world.asked == []


def test_another_policy_store_or_version_is_refused(world, capsys, monkeypatch):
    scan()
    text = Path("p.yaml").read_text()
    Path("p.yaml").write_text(text.replace("warning", "error"))
    assert "the policy p.yaml has changed since its run was begun; restore it, or begin a new journal" in refused(
        capsys, "--resume"
    )
    Path("p.yaml").write_text(text)
    store = Path("root.pem").read_bytes()
    Path("root.pem").write_bytes(store + pem(issue("Other Root", ca=True)))
    assert "the trust store root.pem has changed since its run was begun" in refused(capsys, "--resume")
    Path("root.pem").write_bytes(store)
    assert "an option that selects or weighs rules (--fail-on, --select, " in refused(
        capsys, "--resume", "--fail-on=info"
    )
    monkeypatch.setattr("certgate.__version__", "9.9")
    assert "the version of certgate (0.1.0, 9.9) has changed since its run was begun" in refused(capsys, "--resume")


def test_another_address_is_refused_and_an_address_of_a_new_target_is_not(world, capsys):
    one, other = "--resolve=h0.example:443:192.0.2.1", "--resolve=h0.example:443:192.0.2.2"
    scan(one)
    said = "an address (--resolve) has changed since its run was begun; restore it, or begin a new journal"
    for options in ([other], [], [one, "--resolve=h1.example:443:192.0.2.1"], [other, "--changed-targets"]):
        assert said in refused(capsys, "--resume", *options)
    assert scan("--resume", one)[0] == 1
    declare([*HOSTS, "new.example"])
    assert scan("--resume", one, "--resolve=new.example:443:192.0.2.1", "--changed-targets")[0] == 1
    assert said in refused(capsys, "--resume", other, "--changed-targets")


def test_a_second_run_on_the_same_journal_is_refused(world, capsys):
    file = JournalFile("j")
    assert "another run is writing it; wait for its end" in refused(capsys, "--resume")
    file.close()
    assert scan()[0] == 1


def test_what_is_over_a_day_old_needs_a_clock(capsys, monkeypatch, tmp_path):
    old = STARTED - timedelta(days=2)
    world = prepare(monkeypatch, tmp_path, old)
    scan()
    said = refused(capsys, "--resume")
    assert f"was observed on {old:%Y-%m-%d}; say by which clock to judge it: --at now, or a time" in said
    world.asked.clear()
    assert scan("--resume", "--at=now")[0] == 1
    assert world.asked == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resume"], "--resume needs --journal FOLDER"),
        (["--journal=j", "--changed-targets"], "--changed-targets is for --resume"),
        (["--journal=none/j"], "--journal none/j cannot be written: create the folder that is to hold it"),
        (["--journal=/dev/null"], "--journal /dev/null cannot be written: it is not a folder"),
        (["--journal=j", "--save=j/s.jsonl"], "--save j/s.jsonl: --journal j keeps its own files in this folder"),
    ],
)
def test_what_cannot_be_meant_is_refused(world, capsys, arguments, said):
    assert said in refused(capsys, *arguments, journal=None)


def edited(number, change):
    found = FILE.read_bytes().splitlines(keepends=True)
    document = json.loads(found[number])
    change(document)
    found[number] = json.dumps(document).encode() + b"\n"
    return b"".join(found)


HOSTILE = {
    "no JSON": lambda: b"hello\n" + FILE.read_bytes(),
    "not an object": lambda: FILE.read_bytes() + b"[1]\n",
    "not UTF-8": lambda: FILE.read_bytes() + b"\xff\n",
    "deep": lambda: FILE.read_bytes() + b"[" * 100_000 + b"\n",
    "a saved file": lambda: b'{"format": "certgate-observations", "version": 2, "certgate": "1", "only": []}\n',
    "another version": lambda: edited(0, lambda d: d.update(version=2)),
    "no header": lambda: FILE.read_bytes().partition(b"\n")[2],
    "a key twice": lambda: FILE.read_bytes().replace(b'"ordinal": 1,', b'"ordinal": 1, "ordinal": 1,'),
    "an unknown key": lambda: edited(1, lambda d: d.update(more=1)),
    "no observation": lambda: edited(1, lambda d: d.update(observations=[])),
    "an ordinal below 0": lambda: edited(1, lambda d: d.update(ordinal=-1)),
    "a text as an ordinal": lambda: edited(1, lambda d: d.update(ordinal="1")),
    "missing evidence": lambda: edited(
        1, lambda d: d["observations"][0].update(evidence=[{"kind": "crl", "content": "ab"}])
    ),
    "other evidence": lambda: edited(4, lambda d: d.update(base64="AAAA")),
    "no store": lambda: edited(
        0, lambda d: d["judged_by"]["stores"][0].update(content={"anchors": ["AAAA"], "bundles": []})
    ),
    "another store": lambda: edited(0, lambda d: d["judged_by"]["stores"][0].update(sha256="0" * 64)),
    "no shard": lambda: edited(0, lambda d: d.update(shard={"number": 2, "count": 1})),
    "no digest": lambda: edited(0, lambda d: d.update(list_sha256="x")),
    "an end of no number": lambda: FILE.read_bytes() + b'{"end": {"targets": "1"}}\n',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_damaged_or_foreign_journal_is_refused_with_its_line(world, capsys, kind):
    scan()
    FILE.write_bytes(HOSTILE[kind]())
    said = refused(capsys, "--resume")
    assert "certgate: j/journal.jsonl:" in said
    assert "is damaged, or not one of a journal: " in said
    assert "Traceback" not in said


def test_a_journal_that_is_no_file_is_refused_at_once(world, capsys, tmp_path):
    (tmp_path / "j").mkdir()
    os.mkfifo("j/journal.jsonl")
    assert "j/journal.jsonl is not a file; name another folder" in refused(capsys, "--resume")


def test_a_journal_that_changes_while_the_run_goes_on_costs_its_targets_alone(world):
    scan()
    whole = FILE.read_bytes()
    cut = whole[: whole.index(b'{"ordinal": 6')]
    FILE.write_bytes(cut)

    def spoil(target, stop):
        FILE.write_bytes(whole[:3000] + b"x" * (len(cut) - 3000))

    world.before = spoil
    code, (report, *_) = scan("--resume")
    assert code in {1, 3}
    targets = json.loads(report)["targets"]
    assert [t["verdict"] for t in targets[6:]] == ["compliant"] * 2
    assert "j/journal.jsonl changed while it was read" in json.dumps(targets[1:6])


def test_a_journal_that_cannot_be_written_makes_the_run_incomplete(world, monkeypatch, capsys):
    full = OSError(28, "No space left on device")

    def fill(target, stop):
        def write(descriptor, data):
            raise full

        monkeypatch.setattr("certgate.observe.journal.journal_file.os.write", write)

    declare(["h0.example", "h1.example"])
    world.before = fill
    assert scan()[0] == 3
    assert "--journal j could not be written: No space left on device" in capsys.readouterr().err
    monkeypatch.undo()
