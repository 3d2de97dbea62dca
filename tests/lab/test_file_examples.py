"""The file examples: each gives exactly its findings, and shows the passes that it names."""

import re
from collections import Counter

import pytest

from certgate.cli.main import run
from certgate.lab.file_examples import all_examples
from certgate.lab.file_lab import CONFIG, check_files, write_files
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Expected
from certgate.lab.scenarios import all_scenarios
from certgate.model.finding import Outcome

EXAMPLES = all_examples()


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    write_files(list(EXAMPLES.values()), folder)
    return check_files(folder)


def test_each_example_has_a_name_and_a_title_of_its_own():
    names = [*EXAMPLES, *all_scenarios()]

    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", name) for name in EXAMPLES)
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {name: not example.gives for name, example in EXAMPLES.items()} == {
        name: name.startswith("good-") for name in EXAMPLES
    }


@pytest.mark.timeout(240)
def test_each_example_gives_exactly_its_findings(findings):
    given = {
        name: sorted(Expected.of(one) for one in found if one.outcome is Outcome.FAIL or one.not_checked)
        for name, found in findings.items()
    }

    assert given == {name: sorted(example.gives) for name, example in EXAMPLES.items()}


@pytest.mark.timeout(240)
def test_each_example_shows_the_passes_that_it_names(findings):
    passed = {name: {one.rule for one in found if one.outcome is Outcome.PASS} for name, found in findings.items()}

    assert [(name, rule) for name, e in EXAMPLES.items() for rule in e.shows if rule not in passed[name]] == []


def test_the_examples_of_a_family_are_written_with_a_configuration_that_checks_them(tmp_path, capsys):
    assert run(["lab", "files", str(tmp_path), "crl-expired", "good-crl", "key-of-another"]) == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "certgate.yaml", "crl-expired.crl", "crl-expired.trust.pem", "good-crl.crl", "good-crl.trust.pem",
        "key-of-another.key.pem", "key-of-another.pem", "key-of-another.trust.pem",
    ]  # fmt: skip
    command = capsys.readouterr().out.splitlines()[-1].split()
    assert command == ["certgate", "check", "--config", str(tmp_path / CONFIG), "--at", f"{CLOCK:%Y-%m-%dT%H:%M:%SZ}"]
    assert run(command[1:]) == 1
    assert "2 violated" in capsys.readouterr().out


def test_an_unknown_example_is_named(tmp_path, capsys):
    assert run(["lab", "files", str(tmp_path), "crl-expird"]) == 2
    assert "crl-expired" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
