"""Expressions: what is true passes, what is false fails, what has no answer is not checked, and none takes for ever."""

import os
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.custom import cel
from certgate.custom.cel import MAX_EXPRESSION, CelMissing, CompileProblem, compile_problem, judge_expression
from certgate.custom.facts_schema import MAX_ITEMS, STRUCTS, VARIABLES
from certgate.lab.pki import CLOCK
from certgate.model.observation import HandshakeFacts


def answers(view, expression):
    assert compile_problem(expression) is None
    return list(judge_expression(view, CLOCK, cel=expression, message="no"))


def fails(expression):
    return [Problem("no", evidence={"expression": expression})]


@pytest.mark.parametrize(
    "expression",
    [
        'leaf.dns_names.all(n, n.endsWith(".acme.example"))',
        'leaf.subject.common_names == ["a.acme.example"] && leaf.issuer.text == "CN=Root"',
        'leaf.key.type == "EC" && leaf.key.curve == "P-256" && leaf.key.bits == 256',
        'leaf.not_after - leaf.not_before < duration("9600h")',
        'leaf.not_before <= now && now < leaf.not_after && now == timestamp("2026-06-15T12:00:00Z")',
        "size(chain) == 1 && chain[0].sha256 == leaf.sha256",
        "anchored && anchor.is_ca && anchor.is_self_issued && !leaf.is_ca",
        '"1.3.6.1.5.5.7.3.1" in leaf.extended_key_usage && "digitalSignature" in leaf.key_usage',
        'leaf.extensions.exists(e, e.oid == "2.5.29.15" && e.critical)',
        'leaf.signature.hash == "sha256" && leaf.version == 3',
        'handshake.version == "TLSv1.3" && !handshake.stapled && !has(handshake.alpn)',
        'target.labels.tier == "edge" && target.port == 443 && target.host == target.names[0]',
        '"server" in target.roles && target.id == "a.acme.example:443"',
        'leaf.dns_names[0].matches("^[a-z.]+$")',
        "leaf.dns_names.size() == 1 && leaf.uris == [] && leaf.ip_addresses == []",
    ],
)
def test_what_is_true_of_the_view_passes_and_its_contrary_fails(new_view, expression):
    view = new_view(labels={"tier": "edge"})
    assert answers(view, expression) == []
    assert answers(view, f"!({expression})") == fails(f"!({expression})")


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("leaf.path_length > 0", 'Key not found in map : "path_length"'),
        ("leaf.key.exponent == 3", 'Key not found in map : "exponent"'),
        ('target.labels.tier == "edge"', 'Key not found in map : "tier"'),
        ("leaf.dns_names[7] == 'a'", "index error: index=7 size=1"),
        ("1 / (size(chain) - 1) == 1", "divide by zero"),
        ("dyn(leaf.version)", "the expression is int, where true or false is expected"),
    ],
)
def test_an_expression_without_an_answer_is_not_checked(new_view, expression, told):
    (answer,) = answers(new_view(), expression)
    assert isinstance(answer, NotChecked)
    assert told.lower() in answer.reason.lower()


def test_what_may_be_missing_can_be_asked_for(new_view):
    assert answers(new_view(), "!has(leaf.path_length) || leaf.path_length == 0") == []


def test_a_handshake_is_not_applicable_to_files_and_not_checked_where_it_failed(new_view):
    asked = 'handshake.version == "TLSv1.3"'
    assert answers(new_view(handshake=None), asked) == [NotApplicable("a file has no handshake")]
    assert answers(new_view(handshake=None), f"leaf.version == 3 || {asked}") == []
    assert answers(new_view(handshake=HandshakeFacts("TLSv1.2", "x")), asked) == fails(asked)
    (answer,) = answers(replace(new_view(), handshake=None), asked)
    assert answer == NotChecked('the expression has no result: No value with name "handshake" found in Activation')


def test_a_fact_that_cannot_be_read_is_not_checked_even_where_it_may_be_missing(new_view):
    names = [f"n{i}.acme.example" for i in range(MAX_ITEMS + 1)]
    view = new_view(sans=names)
    for expression in ("leaf.dns_names.all(n, true)", "!has(leaf.dns_names)"):
        (answer,) = answers(view, expression)
        assert answer == NotChecked(f"chain[0].dns_names cannot be used: dns_names holds more than {MAX_ITEMS} items")
    assert answers(view, "leaf.version == 3") == []
    assert answers(new_view(sans=names[:-1]), "leaf.dns_names.size() == 1000") == []


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("leaf.nope == 1", CompileProblem("undefined field 'nope' not found in 'Certificate'", 1, 6)),
        ("true &&\n chain[0].key.bitz > 1", CompileProblem("undefined field 'bitz' not found in 'Key'", 2, 15)),
        ("leef.version == 3", CompileProblem("undeclared reference to 'leef.version'", 1, 5)),
        (
            'leaf.key.bits == "a"',
            CompileProblem("found no matching overload for '_==_' applied to '(int, string)'", 1, 15),
        ),
        ("leaf.dns_names", CompileProblem("is list<string>, where true or false is expected", 1, 1)),
        ("size(chain)", CompileProblem("is int, where true or false is expected", 1, 1)),
    ],
)
def test_what_does_not_compile_says_where_and_why(expression, problem):
    assert compile_problem(expression) == problem


def test_every_fact_of_the_shape_compiles_with_its_type():
    for name, fact in VARIABLES.items():
        assert compile_problem(f"{name} == {name}") is None, fact
    for struct, where in {
        "Certificate": "leaf",
        "Name": "leaf.subject",
        "Key": "leaf.key",
        "Signature": "leaf.signature",
        "Extension": "leaf.extensions[0]",
        "Handshake": "handshake",
        "Target": "target",
    }.items():
        for name, fact in STRUCTS[struct].items():
            kind = {"string": "string", "int": "int", "bool": "bool", "timestamp": "google.protobuf.Timestamp"}
            wanted = kind.get(fact.type)
            typed = f"type({where}.{name}) == {wanted}" if wanted else f"{where}.{name} == {where}.{name}"
            assert compile_problem(typed) is None, (struct, name)


def test_the_view_holds_exactly_what_its_shape_says(new_view):
    from certgate.custom.facts import facts_of

    facts = facts_of(new_view(key="RSA-2048"), CLOCK)
    assert facts.unreadable == {}
    assert set(facts.data) == set(VARIABLES)
    assert set(facts.data["leaf"]) == set(STRUCTS["Certificate"]) - {"path_length"}
    assert set(facts.data["leaf"]["key"]) == set(STRUCTS["Key"]) - {"curve"}
    assert set(facts.data["leaf"]["subject"]) == set(STRUCTS["Name"])
    assert set(facts.data["leaf"]["extensions"][0]) == set(STRUCTS["Extension"])
    assert set(facts.data["handshake"]) == set(STRUCTS["Handshake"]) - {"group", "alpn"}
    assert set(facts.data["target"]) == set(STRUCTS["Target"])


def grown(levels, uses, start='["aaaaaaaaaa"]'):
    """An expression whose value grows by a factor of `uses` with every level."""
    for _ in range(levels):
        start = f"[{start}].map(x, {'+'.join('x' * uses)})[0]"
    return f"size({start}) > 0"


def test_a_huge_expression_is_refused_and_one_at_the_limit_is_not():
    padded = "true || " + "x" * 0
    exact = padded + "'" + "a" * (MAX_EXPRESSION - len(padded) - len("'' == ''")) + "' == ''"
    assert len(exact) == MAX_EXPRESSION
    assert compile_problem(exact) is None
    assert compile_problem(f"{exact} ") == CompileProblem(f"the expression has more than {MAX_EXPRESSION:,} characters")


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 100 + "true" + ")" * 100,
        "[" * 100 + "]" * 100 + " == []",
        grown(15, 2),
        "[0].all(x, " * 40 + "true" + ")" * 40,
    ],
)
def test_deep_nesting_does_not_compile(expression):
    problem = compile_problem(expression)
    assert "recursion" in problem.message.lower()


def test_exponential_macros_end_by_a_budget(new_view):
    many = f"[{','.join('0' * 100)}]"
    (answer,) = answers(new_view(), f"{many}.all(a, " * 3 + "true" + ")" * 3)
    assert answer == NotChecked("the expression has no result: Iteration budget exceeded")


def compared():
    """An expression of 300 characters that takes ten seconds, and hardly any memory."""
    start = "[1]"
    for _ in range(8):
        start = f"[{start}].map(x, [{', '.join('x' * 10)}])[0]"
    return f"[{start}].all(y, y == y)"


@pytest.mark.parametrize("expression", [grown(7, 10), compared()], ids=["memory", "time"])
def test_an_expression_that_takes_too_long_or_too_much_memory_is_given_up_and_others_go_on(new_view, expression):
    started = time.monotonic()
    assert answers(new_view(), expression) == [NotChecked(cel._BROKE_OFF)]
    assert time.monotonic() - started < 5
    assert answers(new_view(), "leaf.version == 3") == []


@pytest.mark.slow
def test_an_expression_that_broke_off_often_is_not_tried_again(new_view, monkeypatch):
    expression = grown(7, 10).replace("x", "y")
    for _ in range(3):
        assert answers(new_view(), expression) == [NotChecked(cel._BROKE_OFF)]
    monkeypatch.setattr(cel, "_exchange", lambda *_: pytest.fail("asked again"))
    assert list(judge_expression(new_view(), CLOCK, cel=expression, message="no")) == [NotChecked(cel._BROKE_OFF)]


def test_a_worker_that_was_killed_is_started_again(new_view):
    assert answers(new_view(), "true") == []
    cel._process()._running.kill()
    cel._process()._running.wait()
    assert answers(new_view(), "leaf.is_ca") == fails("leaf.is_ca")


def test_without_the_library_the_policy_cannot_be_used(monkeypatch, tmp_path):
    (tmp_path / "cel_expr_python.py").write_text("raise ImportError('No module named cel_expr_python')")
    monkeypatch.syspath_prepend(tmp_path)
    fresh = cel._Process()
    with pytest.raises(CelMissing, match="No module named"):
        fresh.ask({"expression": "true"})
    fresh.close()


def test_nothing_of_a_hostile_name_is_lost_or_harmful(new_view):
    view = new_view("a.acme.example", labels={"x": 'a"]\n\u202e\udc80{}'})
    assert answers(view, 'target.labels.x == "a\\"]\\n\\u202e?{}"') == []


def test_one_worker_serves_many_questions(new_view):
    view = new_view()
    answers(view, "true")
    first = cel._process()._running.pid
    for hours in range(50):
        assert (
            list(judge_expression(view, CLOCK + timedelta(hours=hours), cel="now > leaf.not_before", message="")) == []
        )
    assert cel._process()._running.pid == first != os.getpid()


def test_an_expression_that_breaks_off_is_told_without_the_parsers_insides():
    problem = cel.compile_problem("leaf.dns_names.all(n, n.endsWith(")
    assert problem == ("Syntax error: mismatched input the end of the expression", 1, 34)
