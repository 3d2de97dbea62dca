"""Architecture and code name the same subjects."""

import re
from pathlib import Path

from certgate.checks.framework.registry import SUBJECTS
from certgate.checks.framework.subjects import Observations, Vantages
from certgate.model.target import FileSource, Target

PAGE = Path(__file__).parents[3] / "docs" / "contributing" / "architecture.md"


def test_the_page_on_architecture_lists_every_subject_with_its_type():
    listed = re.findall(r"^\| ([A-Za-z ]+) \| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted((name, kind.__name__) for name, kind in SUBJECTS.items())


def test_findings_about_one_vantage_or_all_of_them_are_about_the_target():
    target = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"))

    assert {Observations(()).label, Vantages(target, ()).label} == {"target"}
