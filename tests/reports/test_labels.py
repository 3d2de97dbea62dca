"""Labels of targets, in the reports that are about targets one by one."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from certgate.model.finding import Outcome
from certgate.model.verdict import Verdict


def test_junit_has_them_as_properties_of_the_suite(results, render):
    suite = ET.fromstring(render("junit", results[0])).find("testsuite")
    assert {p.get("name"): p.get("value") for p in suite.iter("property")}["label.tier"] == "edge"


def test_sarif_has_them_as_a_property_of_each_result(results, render):
    found = json.loads(render("sarif", results[2]))["runs"][0]["results"]
    assert [r["properties"]["labels"] for r in found] == [{"tier": "edge"}] * len(found)


def test_markdown_has_them_beside_the_target(results, render):
    assert "| `mail.example:443` `tier=edge` | ? not checked **[target.observed]** |" in render("markdown", results[3])


@pytest.mark.parametrize("format", ["csv", "markdown", "junit", "sarif"])
def test_a_target_without_labels_has_none(endpoint, finding, render, format):
    made = endpoint("a.example", 1, Verdict.VIOLATED, finding("key.rsa-min", Outcome.FAIL, "short"))
    text = render(format, replace(made, target=replace(made.target, labels={})))
    assert "tier" not in text
    assert "label." not in text
    assert "``" not in text


def test_the_header_says_which_part_was_selected(header, render):
    head = header(only=("label.team=shop", "*.pay.example"))
    assert "only label.team=shop and *.pay.example\n" in render("terminal", header=head)
    assert json.loads(render("json", header=head))["only"] == ["label.team=shop", "*.pay.example"]
    assert json.loads(render("json"))["only"] == []
