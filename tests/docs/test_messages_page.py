"""The page about messages lists what the program really says."""

import ast
import re

from tests.docs.pages import ROOT
from tests.syntax import MODULES, nodes_of

PAGE = (ROOT / "docs" / "troubleshooting" / "messages.md").read_text(encoding="utf-8")


def listed():
    """The messages of the first columns, without what differs."""
    for row in re.findall(r"^\| `([^`]+)`", PAGE, re.MULTILINE):
        yield from (part for part in re.split("…", row) if len(part.strip()) > 3)


def test_each_message_stands_in_the_code():
    nodes = (node for path in MODULES for node in nodes_of(path))
    said = "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))

    assert len(parts := list(listed())) > 30
    assert [part for part in parts if part not in said] == []
