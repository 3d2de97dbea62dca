"""The page about endpoints, and the protocols that there are."""

import re
from pathlib import Path

from certgate.model.protocol import PROTOCOLS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "endpoints.md"


def test_the_page_has_a_row_for_every_protocol_with_its_names_and_port():
    rows = re.findall(r"^\| (`[^|]+) \| ([0-9]+) \| [^|]+ \| [^|]+ \|$", PAGE.read_text(), re.MULTILINE)

    assert [(tuple(re.findall("`([^`]+)`", names)), int(port)) for names, port in rows] == [
        ((protocol.name, *protocol.aliases), protocol.port) for protocol in PROTOCOLS
    ]
