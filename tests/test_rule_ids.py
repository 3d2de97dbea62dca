"""Rules are known by what they declare: whoever judges, plans, loads or reports names none of them."""

import ast
import importlib
from collections.abc import Collection, Iterable, Iterator

import pytest

from certgate.checks.framework.catalogue import all_rules
from certgate.model import reserved
from tests.syntax import MODULES, PACKAGE, nodes_of

LAYERS = ("judge", "gate", "sources", "cli", "policy", "own", "custom", "reports")
ABOVE = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in LAYERS]


def ids_in(value: object) -> set[str]:
    """The ids of rules that a value is or holds."""
    held = value if isinstance(value, Collection) and not isinstance(value, (str, type)) else (value,)
    return {one for one in held if isinstance(one, str)} & all_rules().keys()


def named(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Where a module names a rule: as a text, or by a constant that it imports from elsewhere than `reserved`."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ids_in(node.value):
            yield node.lineno, node.value
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("certgate."):
            module = importlib.import_module(node.module)
            if module is not reserved:
                for name in node.names:
                    yield from ((node.lineno, id) for id in sorted(ids_in(getattr(module, name.name, None))))


def test_no_rule_is_named_above_the_checks():
    found = {path.relative_to(PACKAGE).as_posix(): list(named(nodes_of(path))) for path in ABOVE}

    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('if rule == "chain.depth":\n    pass', [(1, "chain.depth")]),
        ('KNOWN = {"rev.status": 1}', [(1, "rev.status")]),
        ('"""chain.depth is told of in words."""', []),
        ("from certgate.model.reserved import TARGET_OBSERVED", []),
        ("from certgate.model.reserved import RESERVED", []),
    ],
)
def test_texts_and_constants_that_name_a_rule_are_found(source, found):
    assert list(named(ast.walk(ast.parse(source)))) == found


def test_constants_that_hold_rules_are_found():
    assert any(named(ast.parse("from certgate.lab.scenarios.out_of_reach import OUT_OF_REACH").body))


def test_the_reserved_rules_are_those_that_belong_to_every_policy():
    assert all_rules().keys() >= reserved.RESERVED
    assert {reserved.TARGET_OBSERVED, *reserved.EXCEPTION_RULES} == reserved.RESERVED
