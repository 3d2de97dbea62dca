"""Names as RFC 5280 compares them, and what foreign ones must not do."""

import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.x509.name import Name


def name(*values: str, kind: x509.ObjectIdentifier = NameOID.ORGANIZATION_NAME) -> Name:
    return Name(x509.Name([x509.NameAttribute(kind, v) for v in values]).public_bytes())


@pytest.mark.parametrize("other", ["corp", "CORP", " Corp ", "\uff23orp"])
def test_case_white_space_and_compatibility_forms_do_not_count(other):
    assert name("Corp") == name(other)
    assert hash(name("Corp")) == hash(name(other))


@pytest.mark.parametrize("other", [name("Co rp"), name("Corp", "Corp"), name(), name("Corp", kind=NameOID.COMMON_NAME)])
def test_anything_else_counts(other):
    assert name("Corp") != other


def test_names_that_cannot_be_read_are_equal_only_byte_for_byte():
    assert Name(b"\x31\x00") == Name(b"\x31\x00")
    assert Name(b"\x31\x00") != Name(b"\x31\x01\x00")
    assert Name(b"\x31\x00").text == "(unreadable name 3100…)"


def test_an_overlong_name_writes_nothing_to_standard_error():
    code = (
        "from certgate.x509.name import Name\n"
        "value = b'x' * 70\n"
        "attribute = b'\\x06\\x03\\x55\\x04\\x03\\x0c' + bytes([70]) + value\n"
        "for tag in (0x30, 0x31, 0x30):\n"
        "    attribute = bytes([tag, len(attribute)]) + attribute\n"
        "print(len(Name(attribute).short))\n"
    )
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("70\n", "")
