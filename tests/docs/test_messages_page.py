"""The page about messages lists what the program really says."""

import ast
import re
from pathlib import Path

import certgate
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "troubleshooting" / "messages.md").read_text(encoding="utf-8")
CODE = Path(certgate.__file__).parent


def listed():
    """The messages of the first columns, without what differs."""
    for row in re.findall(r"^\| `([^`]+)`", PAGE, re.MULTILINE):
        yield from (part for part in re.split("…", row) if len(part.strip()) > 3)


def test_each_message_stands_in_the_code():
    nodes = (node for path in CODE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    said = "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))

    assert len(parts := list(listed())) > 30
    assert [part for part in parts if part not in said] == []
