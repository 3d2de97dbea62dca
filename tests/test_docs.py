"""What the pages on waivers, baselines and the forecast show works as it stands there."""

import json
import re
from datetime import date
from pathlib import Path

from certgate.policy.baseline import load_baseline
from certgate.policy.packs import load_policy

ROOT = Path(__file__).parent.parent


def block(page, mark):
    text = (ROOT / "docs" / page).read_text()
    return re.search(rf"<!-- tested: {re.escape(mark)} -->\n```\w+\n(.*?)```", text, re.DOTALL).group(1)


def test_the_policy_with_a_waiver_works_as_written(tmp_path):
    (tmp_path / "team.yaml").write_text(block("concepts/waivers.md", "waivers"))
    (waiver,) = load_policy("team.yaml", tmp_path).waivers
    assert (waiver.expires, waiver.certificate, waiver.ticket) == (date(2027, 4, 30), "4a1b0099", "TILL-7")


def test_the_baseline_is_one(tmp_path):
    text = block("concepts/waivers.md", "baseline")
    (tmp_path / "known.json").write_text(text)
    (known,) = load_baseline(str(tmp_path / "known.json")).entries
    assert known.fingerprint == json.loads(text)["violations"][0]["fingerprint"]


def test_the_list_of_targets_without_an_answer_is_one(tmp_path):
    (tmp_path / "known.json").write_text(block("concepts/waivers.md", "unreachable"))
    (known,) = load_baseline(str(tmp_path / "known.json")).unreachable
    assert known.target == "db-3.acme.example:5432"


def test_the_forecast_is_what_the_command_writes():
    golden = "tests/reports/golden/forecast.txt"
    assert block("guides/forecast.md", golden) == (ROOT / golden).read_text()
