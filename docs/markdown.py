"""Text for Markdown tables."""

import re

__all__ = ["cell"]


def cell(text: str) -> str:
    """Text for Markdown: no pipes of a table, no tags, no emphasis by accident."""
    return re.sub(r"([|<>*_])", r"\\\1", text) if "`" not in text else text.replace("|", "\\|")
