"""The modules of certgate as Python reads them: each is read once, whatever tests look for."""

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "certgate"
MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path):
    """All nodes of the tree, outer ones first."""
    return tuple(ast.walk(tree_of(path)))
