"""Everything that users read is plain English: words of this project's old dialect are refused, with a better one."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.syntax import MODULES, nodes_of, tree_of

ROOT = Path(__file__).parent.parent
BETTER = {
    r"mend(s|ed|ing)?": "fix",
    r"undecided": "not checked",
    r"what became of": "the result of",
    r"short of any": "the chain stops at",
    r"(is|are|was|were|hardly) meant": "matches, intends",
    r"anew": "again; reissue",
    r"(hold|held|holds|holding) ((it|them|the|a|an|his|their|each|one|what|every) )?(\w+ )?against": "check, compare",
    r"(is|are|was|were|be) had": "obtained, available",
    r"for want of": "without",
    r"(fail|fails|failing) nothing": "does not fail the run",
    r"in the eyes of": "for",
    r"foretold|foresaw": "forecast; unforeseen",
    r"set(s|ting)? (it |them )?aside": "ignore",
    r"brings? along|brought along": "declare",
    r"stands? (here|there) (twice|already)": "appears twice",
    r"the one that": "name the thing",
    r"any more": "no longer",
    r"says? of": "says about",
    r"but for": "except",
    r"(?<!there )(is|are|was|were) no(?= (?!longer|more|less|later|earlier|other|stronger|such))": "is not a",
    r"shall": "must, will",
    r"lest|hence|thereof|therein|wherein|whence|hitherto|betimes": "a word of this century",
    r"nobody (says|was asked|can tell)": "is unknown",
    r"as one likes": "any number of",
    r"is (said|told|given) twice": "is set twice",
    r"comes? to (more than|its own|what)": "has, gives",
}
"""Patterns of whole words, and what to write instead."""
DIALECT = [(re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), word) for pattern, word in BETTER.items()]
PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "docs/*.json",
        "certgate/**/*.json",
        "policies/*.yaml",
        "examples/**/*.y*ml",
    )
    for path in ROOT.glob(pattern)
)


def found(text: str) -> list[tuple[str, str]]:
    """Each phrase of the dialect in the text, with the better one."""
    return [(phrase[0], word) for pattern, word in DIALECT for phrase in pattern.finditer(text)]


def advice(path: Path, texts: Iterable[tuple[int, str]]) -> list[str]:
    """A line for each phrase of the dialect: where it is, and the better one."""
    name = path.relative_to(ROOT)
    return [f'{name}:{line}: "{phrase}": write: {word}' for line, text in texts for phrase, word in found(text)]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The docstring of a module, those of its checks, and its string literals that are more than one word."""
    yield 1, ast.get_docstring(tree_of(path)) or ""
    docstrings = set()
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef) and any("check(" in ast.unparse(d) for d in node.decorator_list):
            yield node.lineno, ast.get_docstring(node) or ""
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr):
                docstrings.add(id(statement.value))
    for node in nodes_of(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value if " " in node.value.strip() else ""


def test_messages_titles_help_and_module_docstrings_are_plain_english():
    assert [line for path in MODULES for line in advice(path, texts(path))] == []


def test_pages_schemas_and_policies_are_plain_english():
    pages = ((path, enumerate(path.read_text().splitlines(), 1)) for path in PAGES)

    assert [line for path, lines in pages for line in advice(path, lines)] == []


def test_a_phrase_of_the_dialect_is_refused_with_a_better_one():
    text = "the target is no host, and nobody says what became of it"
    assert {word for _, word in found(text)} == {"is not a", "is unknown", "the result of"}


@pytest.mark.parametrize("text", ["there is no rule", "it is no longer valid", "hold the lock", "behold", "amendment"])
def test_plain_english_is_accepted(text):
    assert found(text) == []
