"""Where a reader should look."""

from dataclasses import replace
from pathlib import Path

import pytest

from certgate.model.target import Place
from certgate.policy.find_config import repository_root
from certgate.reports.place import Places, uri_of

WORKFLOW = {"GITHUB_WORKFLOW_REF": "corp/shop/.github/workflows/gate.yml@refs/heads/main"}


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def argument(results):
    """A target that was given as an argument."""
    return replace(results[2], target=replace(results[2].target, place=None))


def test_the_root_is_the_folder_of_the_repository_or_else_where_one_stands(repository):
    inner = repository / "a/b"
    inner.mkdir(parents=True)
    assert repository_root(inner) == inner
    (repository / "a/.git").mkdir()
    assert repository_root(inner) == repository / "a"


def test_a_file_outside_of_the_root_has_no_place_in_it(repository):
    assert uri_of("../x.yaml", repository) is None
    assert uri_of(str(repository / "x.yaml"), repository) == "x.yaml"
    assert uri_of("a/../b c.yaml", repository) == "b%20c.yaml"


def test_the_place_is_relative_to_the_root_and_not_to_where_one_stands(repository, results, monkeypatch):
    (repository / "deploy").mkdir()
    monkeypatch.chdir(repository / "deploy")
    assert Places(repository, {}).of(results[2], results[2].findings[0]) == Place("deploy/certgate.yaml", 8)


def test_an_argument_in_a_workflow_is_found_at_the_line_that_names_it(repository, argument):
    folder = repository / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "gate.yml").write_text("jobs:\n  gate:\n    run: certgate scan db.internal.example:8443\n")
    assert Places(repository, WORKFLOW).of(argument, argument.findings[0]) == Place(".github/workflows/gate.yml", 3)


@pytest.mark.parametrize(
    ("files", "expected"),
    [((), "certgate.yaml"), (("README.md",), "README.md"), (("README.md", "certgate.yaml"), "certgate.yaml")],
)
def test_an_argument_outside_of_a_workflow_is_at_a_file_that_repositories_have(repository, argument, files, expected):
    for file in files:
        (repository / file).touch()
    assert Places(repository, WORKFLOW).of(argument, argument.findings[0]) == Place(expected, 1)


def test_a_workflow_reference_cannot_name_a_file_elsewhere(repository, argument):
    (repository / ".github/workflows").mkdir(parents=True)
    (repository / "secret.yml").write_text("db.internal.example\n")
    environ = {"GITHUB_WORKFLOW_REF": "corp/shop/.github/workflows/../../secret.yml@main"}
    assert Places(repository, environ).of(argument, argument.findings[0]) == Place("certgate.yaml", 1)


def test_standard_input_is_no_file(pem_file):
    source = replace(pem_file.target.source, path="-")
    stdin = replace(pem_file, target=replace(pem_file.target, source=source))
    assert Places(Path.cwd(), {}).of(stdin, stdin.findings[0]) == Place("certgate.yaml", 1)
