"""Small faults to put into a module: each one a changed comparison, condition, number, result or statement."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Mutation", "mutations_of"]

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True)
class Mutation:
    """One fault: a node of a module, and what takes its place."""

    module: ast.Module
    place: str
    """The function or class around it."""
    statement: ast.stmt
    """The one that the node is, or is in."""
    around: ast.AST
    """What is shown: the node or, of a constant, what it is part of."""
    node: ast.expr | ast.stmt
    replacement: ast.expr | ast.stmt

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def lines(self) -> range:
        """Those of the statement, without what it is the head of."""
        body = getattr(self.statement, "body", None)
        end = max(self.statement.lineno + 1, body[0].lineno) if body else self.statement.end_lineno + 1
        return range(self.statement.lineno, end)

    @property
    def before(self) -> str:
        return _text(self.around)

    @property
    def after(self) -> str:
        return _text(_Replace(self.node, self.replacement).visit(self.around))

    @property
    def source(self) -> str:
        """The module with the fault in it."""
        changed = _Replace(self.node, self.replacement).visit(copy.copy(self.module))
        return ast.unparse(ast.fix_missing_locations(changed))


def mutations_of(source: str) -> Iterator[Mutation]:
    """Every fault that can be put into a module, in the order of its lines."""
    module = ast.parse(source)
    found = sorted(_candidates(module, "", None), key=lambda candidate: (candidate[3].lineno, candidate[3].col_offset))
    for place, statement, around, node in found:
        for replacement in _faults(node):
            yield Mutation(module, place, statement, around, node, replacement)


def _text(node: ast.AST) -> str:
    return f"if {ast.unparse(node.test)}" if isinstance(node, ast.If) else ast.unparse(node)


class _Replace(ast.NodeTransformer):
    """Copies the nodes above the one that it replaces, so that the tree stays as it was."""

    def __init__(self, node: ast.AST, replacement: ast.AST) -> None:
        self._node = node
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._node:
            return self._replacement
        return super().visit(copy.copy(node))

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, field, [self.visit(item) if isinstance(item, ast.AST) else item for item in value])
            elif isinstance(value, ast.AST):
                setattr(node, field, self.visit(value))
        return node


def _candidates(
    node: ast.AST, place: str, statement: ast.stmt | None
) -> Iterator[tuple[str, ast.stmt, ast.AST, ast.expr | ast.stmt]]:
    """The nodes that run: neither annotations nor decorators nor docstrings nor `__all__`."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        place = f"{place}.{node.name}".lstrip(".")
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_text(child) or _is_declaration(child):
                continue
            within = child if isinstance(child, ast.stmt) else statement
            if isinstance(child, ast.expr | ast.stmt):
                yield place, within, node if isinstance(child, ast.Constant) else child, child
            yield from _candidates(child, place, within)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_declaration(node: ast.AST) -> bool:
    """Whether no result depends on it: an import, a type, the list of public names, `zip(…, strict=True)`."""
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) == "__all__" or ast.unparse(node.value).startswith("TypeVar(")
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target) == "__all__"
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal)


def _faults(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARISONS:
            yield ast.Compare(node.left, [_COMPARISONS[type(op)]()], node.comparators)
        case ast.Compare(ops=ops):
            for number, op in enumerate(ops):
                if type(op) in _COMPARISONS:
                    changed = [*ops[:number], _COMPARISONS[type(op)](), *ops[number + 1 :]]
                    yield ast.Compare(node.left, changed, node.comparators)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=op) if type(op) in _OPERATORS:
            yield ast.BinOp(node.left, _OPERATORS[type(op)](), node.right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.IfExp(test=test) if _is_plain(test):
            yield ast.IfExp(_negated(test), node.body, node.orelse)
        case ast.If(test=test) if _is_plain(test):
            yield ast.If(_negated(test), node.body, node.orelse)
        case ast.Return(value=ast.expr() as value) if not _is_constant(value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case _:
            return


def _is_plain(test: ast.expr) -> bool:
    """Whether a condition has no operator of its own that is changed."""
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp)


def _is_constant(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, int))


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)
