"""The labelled corpora agree with certgate, run as `make conformance` runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.run import LINTERS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    written = tmp_path_factory.mktemp("conformance")
    files = ["--json", str(written / "result.json"), "--docs", str(written / "page.md")]
    command = [sys.executable, "-m", "tests.conformance.run", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return written


@pytest.fixture(scope="module")
def result(folder):
    return {corpus["corpus"]: corpus for corpus in json.loads((folder / "result.json").read_text())}


def test_every_case_of_pkits_agrees(result):
    assert result["NIST PKITS"] == {
        "corpus": "NIST PKITS",
        "cases": 249,
        "agree": 249,
        "disagree": [],
        "skipped": {},
        "missing": None,
    }


def test_limbo_agrees_but_for_a_few_explained_cases_or_is_said_to_be_missing(result):
    limbo = result["x509-limbo"]
    if limbo["missing"]:
        assert "in the folder shared beside the checkout" in limbo["missing"]
        return
    assert (limbo["cases"], len(limbo["skipped"])) == (208, 3)
    assert len(limbo["disagree"]) <= 5
    assert all(case["why"] for case in limbo["disagree"])


def test_the_page_is_what_make_conformance_writes(folder, result):
    if not result["x509-limbo"]["missing"]:
        page = (ROOT / "docs" / "contributing" / "conformance.md").read_text()
        assert page.partition(LINTERS)[0] == (folder / "page.md").read_text()
