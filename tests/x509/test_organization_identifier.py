"""Identifiers of organizations, as text and as extension."""

import pytest

from certgate.lab.scenarios.validated import identifier_extension
from certgate.x509.der import NotDer, encoded
from certgate.x509.organization_identifier import OrganizationIdentifier, parse_identifier, read_identifier


@pytest.mark.parametrize("text", ["VATDE-1", "NTRUS+CA-1-2", "PSDBE-NBB-1.2"])
def test_text_and_extension_are_the_same_identifier(text):
    identifier = parse_identifier(text)
    assert str(identifier) == text
    assert read_identifier(identifier_extension(text)) == identifier


def test_the_first_hyphen_ends_the_register():
    assert parse_identifier("NTRUS+CA-1-2") == OrganizationIdentifier("NTR", "US", "CA", "1-2")


@pytest.mark.parametrize("text", ["", "VATDE", "VATDE1", "VAT-1", "vatDE-1", "VATDE+-1", "VATDE-"])
def test_other_text_is_none(text):
    assert parse_identifier(text) is None


@pytest.mark.parametrize(
    "value",
    [
        b"", encoded(b"\x30", b""), encoded(b"\x30", encoded(b"\x13", b"VAT") * 3), encoded(b"\x30", encoded(b"\x13", b"VAT") * 4),
    ],
)  # fmt: skip
def test_other_bytes_are_refused(value):
    with pytest.raises(NotDer):
        read_identifier(value)
