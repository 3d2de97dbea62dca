"""What a runner tells of itself, and what of it is not fit for a report."""

import json

import pytest

from certgate.reports.provenance import category, version_control

SHA = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {"GITHUB_SERVER_URL": "https://git.corp.example:8443", "GITHUB_REPOSITORY": "team/edge", "GITHUB_SHA": SHA}
GITLAB = {"CI_PROJECT_URL": "https://gitlab.example/group/sub/edge", "CI_COMMIT_SHA": SHA, "CI_COMMIT_REF_NAME": "main"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "certgate"),
        ({"CERTGATE_CATEGORY": "edge/"}, "edge"),
        ({"CERTGATE_CATEGORY": " / "}, "certgate"),
        ({"CERTGATE_CATEGORY": "\ud800"}, r"\ud800"),
    ],
)
def test_the_category_is_the_environments_or_certgate(environ, expected):
    assert category(environ) == expected


@pytest.mark.parametrize(
    ("environ", "repository", "branch"),
    [
        (GITHUB | {"GITHUB_REF_NAME": "12/merge"}, "https://git.corp.example:8443/team/edge", {"branch": "12/merge"}),
        (GITHUB, "https://git.corp.example:8443/team/edge", {}),
        (GITLAB, "https://gitlab.example/group/sub/edge", {"branch": "main"}),
        (GITLAB | {"CI_COMMIT_SHA": SHA + SHA[:24]}, "https://gitlab.example/group/sub/edge", {"branch": "main"}),
    ],
)
def test_the_commit_is_what_the_runner_says(environ, repository, branch):
    (known,) = version_control(environ, "%SRCROOT%")
    assert known.pop("revisionId") == environ.get("GITHUB_SHA", environ.get("CI_COMMIT_SHA"))
    assert known == {"repositoryUri": repository, "mappedTo": {"uriBaseId": "%SRCROOT%"}} | branch


@pytest.mark.parametrize(
    "environ",
    [
        {},
        GITHUB | {"GITHUB_SHA": "main"},
        GITHUB | {"GITHUB_SHA": ""},
        GITHUB | {"GITHUB_SERVER_URL": "https://user:secret@git.example"},
        GITHUB | {"GITHUB_SERVER_URL": "javascript:alert(1)//"},
        GITHUB | {"GITHUB_REPOSITORY": "team/edge\n::error::x"},
        GITLAB | {"CI_PROJECT_URL": "https://[::1"},
        GITLAB | {"CI_PROJECT_URL": ""},
    ],
    ids=str,
)
def test_what_is_no_address_or_no_commit_is_left_out(environ):
    assert version_control(environ, "%SRCROOT%") == []


def test_the_sarif_report_carries_both(results, render, schemas):
    run = json.loads(render("sarif", results[0], environ=GITHUB | {"CERTGATE_CATEGORY": "edge"}))["runs"][0]
    assert run["automationDetails"] == {"id": "edge/"}
    assert run["versionControlProvenance"][0]["revisionId"] == SHA
