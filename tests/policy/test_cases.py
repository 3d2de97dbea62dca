"""Tests beside a policy: how they are written, found, and held against findings."""

from datetime import UTC, datetime

import pytest

from certgate.model.errors import UsageError
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.target import FileSource, Place, Role
from certgate.policy.cases import Case, Expect, case_files, differences, load_cases
from certgate.policy.mistakes import InvalidFile

WRITTEN = """\
cases:
  - name: a till
    pem: till.pem
    at: 2026-06-15
    trust: [root.pem, mozilla]
    target: till-1.example:443
    host: till-1.example
    role: server
    labels: {tier: edge}
    rules: chain.*
    expect:
      - {rule: chain.depth, severity: warning, subject: path}
      - {rule: chain.order, outcome: pass}
  - {name: the lab's, lab: too-deep, expect: []}
"""


def written(tmp_path, text):
    (tmp_path / "team.test.yaml").write_text(text)
    return load_cases(tmp_path / "team.test.yaml")


def wrong(tmp_path, text):
    with pytest.raises(InvalidFile) as caught:
        written(tmp_path, text)
    return [(m.place.line, m.message) for m in caught.value.mistakes]


def test_a_case_is_read_with_paths_relative_to_its_file(tmp_path):
    (case, of_lab) = written(tmp_path, WRITTEN)
    assert (case.name, case.place) == ("a till", Place(str(tmp_path / "team.test.yaml"), 2, 5))
    assert (case.target.id, case.target.source) == ("till-1.example:443", FileSource(str(tmp_path / "till.pem")))
    assert (case.target.policy, case.target.trust) == (
        str(tmp_path / "team.yaml"), (str(tmp_path / "root.pem"), "mozilla"),
    )  # fmt: skip
    assert (case.target.names, case.target.roles, case.target.labels) == (
        ("till-1.example",), {Role.SERVER}, {"tier": "edge"},
    )  # fmt: skip
    assert (case.at, case.rules) == (datetime(2026, 6, 15, tzinfo=UTC), ("chain.*",))
    assert case.expect == (
        Expect("chain.depth", Outcome.FAIL, Severity.WARNING, "path"),
        Expect("chain.order", Outcome.PASS, None, None),
    )
    assert (of_lab.lab, of_lab.at, of_lab.rules, of_lab.expect) == ("too-deep", None, ("*",), ())


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("{name: a, expect: []}", "needs lab (a scenario of the lab) or pem (a file), one of them"),
        ("{name: a, lab: x, pem: y, expect: []}", "needs lab (a scenario of the lab) or pem (a file), one of them"),
        ("{name: a, pem: x, expect: []}", "a case with pem needs at (the date of evaluation) and trust"),
        ("{name: a, lab: x, host: y, expect: []}", "a scenario of the lab has its own host"),
        ("{name: a, lab: x}", 'key "expect" is missing'),
        (
            "{name: a, lab: x, expect: [{rule: chain.dept}]}",
            'there is no rule "chain.dept"; did you mean "chain.depth"?',
        ),
        ("{name: a, lab: x, expcet: [1], expect: []}", 'unknown key "expcet"; did you mean "expect"?'),
    ],
)
def test_a_mistake_in_a_case_comes_with_its_place(tmp_path, case, message):
    assert wrong(tmp_path, f"cases:\n  - {case}\n") == [(2, message)]


def test_an_empty_file_holds_no_tests(tmp_path):
    assert wrong(tmp_path, "") == [(1, "policy tests are a mapping with the keys policy, cases")]


def test_a_folder_a_policy_or_the_file_itself_names_the_tests(tmp_path):
    file = tmp_path / "deep" / "team.test.yaml"
    file.parent.mkdir()
    file.write_text(WRITTEN)
    assert case_files(tmp_path) == case_files(file) == case_files(file.with_name("team.yaml")) == [file]


def test_what_a_folder_holds_and_cannot_be_read_is_a_usage_error(tmp_path):
    (tmp_path / "team.test.yaml").write_text(WRITTEN)
    for name, problem in {
        "gone.test.yaml": "is a broken link",
        "loop": "is a link to itself",
    }.items():
        link = tmp_path / name
        link.symlink_to(name if name == "loop" else "nowhere")
        with pytest.raises(UsageError, match=f"{name}: {problem}$"):
            case_files(tmp_path)
        link.unlink()
    assert case_files(tmp_path) == [tmp_path / "team.test.yaml"]


def test_a_folder_without_tests_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"holds no test file; write one that ends in \.test\.yaml"):
        case_files(tmp_path)


def finding(rule, outcome=Outcome.FAIL, severity=Severity.ERROR, subject="path", required=True):
    return Finding(rule=rule, subject=subject, outcome=outcome, severity=severity, required=required)


def case(tmp_path, expect, rules="'*'"):
    return written(tmp_path, f"cases: [{{name: a, lab: x, rules: {rules}, expect: {expect}}}]")[0]


@pytest.mark.parametrize(
    ("expect", "given", "missing", "unexpected"),
    [
        ("[]", [finding("a.b", Outcome.PASS)], 0, 0),
        ("[]", [finding("chain.depth")], 0, 1),
        ("[]", [finding("chain.depth", Outcome.NOT_CHECKED)], 0, 1),
        ("[]", [finding("chain.depth", Outcome.NOT_CHECKED, required=False)], 0, 0),
        ("[{rule: chain.depth}]", [finding("chain.depth")], 0, 0),
        ("[{rule: chain.depth}]", [finding("chain.depth", severity=Severity.INFO)], 0, 0),
        ("[{rule: chain.depth, severity: warning}]", [finding("chain.depth")], 1, 1),
        ("[{rule: chain.depth, subject: leaf}]", [finding("chain.depth")], 1, 1),
        ("[{rule: chain.depth}]", [finding("chain.depth", Outcome.PASS)], 1, 0),
        ("[{rule: chain.depth, outcome: pass}]", [finding("chain.depth", Outcome.PASS)], 0, 0),
        ("[{rule: chain.depth, outcome: not-effective}]", [], 1, 0),
    ],
)
def test_the_findings_must_be_exactly_those_expected(tmp_path, expect, given, missing, unexpected):
    found = differences(case(tmp_path, expect), given)
    assert tuple(map(len, found)) == (missing, unexpected)


def test_of_rules_that_a_case_leaves_out_nothing_is_expected_but_of_the_reserved_one(tmp_path):
    of_chains = case(tmp_path, "[]", rules="chain.*")
    assert isinstance(of_chains, Case)
    given = [finding("key.rsa-min"), finding("target.observed", Outcome.NOT_CHECKED)]
    assert differences(of_chains, given) == ([], given[1:])
