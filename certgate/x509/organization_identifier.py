"""Identifiers of organizations: the subject attribute organizationIdentifier, and the CA/Browser Forum's extension."""

import re
from typing import NamedTuple

from certgate.x509.der import NotDer, content_of, sequence
from certgate.x509.rdn import PRINTABLE_STRING, UTF8_STRING

__all__ = ["ATTRIBUTE", "EXTENSION", "OrganizationIdentifier", "parse_identifier", "read_identifier"]

ATTRIBUTE = "2.5.4.97"
EXTENSION = "2.23.140.3.1"
_SYNTAX = re.compile(r"([A-Z]{3})([A-Z]{2})(?:\+([A-Za-z0-9]{1,3}))?-(.+)", re.DOTALL)
_STATE = 0x80


class OrganizationIdentifier(NamedTuple):
    """An organization in a register (EV Guidelines §7.1.4.2.8). All of it is untrusted."""

    scheme: str
    country: str
    state: str
    """Empty if there is none."""
    reference: str

    def __str__(self) -> str:
        """As the attribute has it: NTRUS+CA-12345678."""
        state = f"+{self.state}" if self.state else ""
        return f"{self.scheme}{self.country}{state}-{self.reference}"


def parse_identifier(text: str) -> OrganizationIdentifier | None:
    """The identifier in the attribute's text; None if it has another form."""
    found = _SYNTAX.fullmatch(text)
    return OrganizationIdentifier(found[1], found[2], found[3] or "", found[4]) if found else None


def read_identifier(value: bytes) -> OrganizationIdentifier:
    """The identifier in the extension's value (EV Guidelines §7.1.2.2). Raises NotDer and UnicodeDecodeError."""
    parts = sequence(value)
    state = parts.pop(2).content.decode("ascii") if len(parts) == 4 and parts[2].tag == _STATE else ""
    if len(parts) != 3:
        raise NotDer("it is not a scheme, a country, a state and a reference")
    scheme, country = (content_of(part, PRINTABLE_STRING).decode("ascii") for part in parts[:2])
    return OrganizationIdentifier(scheme, country, state, content_of(parts[2], UTF8_STRING).decode("utf-8"))
