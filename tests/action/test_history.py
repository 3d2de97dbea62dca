"""Whose history the action keeps: that of the default branch, by events that no fork can start."""

import json
import sys

import pytest

from tests.action.conftest import ACTION, ROOT

sys.path.insert(0, str(ROOT / ".github" / "action"))

from prepare import prepare

MAIN = "refs/heads/main"


def history(folder, event, ref, branch="main", **inputs):
    """The outputs about the history, by their names."""
    values = {name: said["default"] for name, said in ACTION["inputs"].items()} | {"history": "true"} | inputs
    outputs = prepare(
        {
            "INPUTS": json.dumps(values),
            "RUNNER_TEMP": str(folder),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_REF": ref,
            "GITHUB_RUN_ID": "7",
            "GITHUB_RUN_ATTEMPT": "1",
            "DEFAULT_BRANCH": branch,
        }
    )
    return {name: value for name, value in outputs.items() if name.startswith("history")}


@pytest.mark.parametrize(
    ("event", "ref", "is_kept"),
    [
        ("schedule", MAIN, True),
        ("workflow_dispatch", MAIN, True),
        ("push", MAIN, True),
        ("push", "refs/heads/topic", False),
        ("push", "refs/tags/main", False),
        ("workflow_dispatch", "refs/heads/topic", False),
        ("pull_request", "refs/pull/1/merge", False),
        ("pull_request_target", MAIN, False),
        ("workflow_run", MAIN, False),
    ],
)
def test_every_run_is_compared_and_those_of_the_default_branch_are_kept(tmp_path, event, ref, is_kept):
    usual, found = history(tmp_path, "schedule", MAIN), history(tmp_path, event, ref)

    assert usual["history-save"] == usual["history-key"] == usual["history-restore"] + "7-1"
    assert found == usual | ({} if is_kept else {"history-save": ""})


def test_without_a_default_branch_only_what_is_scheduled_is_kept(tmp_path):
    assert history(tmp_path, "push", "refs/heads/", branch="")["history-save"] == ""
    assert history(tmp_path, "schedule", MAIN, branch="")["history-save"]


def test_a_history_is_asked_for(tmp_path):
    assert history(tmp_path, "schedule", MAIN, history="false") == {}
