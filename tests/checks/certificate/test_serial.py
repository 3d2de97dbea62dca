"""The serial number."""

import pytest

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue


@pytest.mark.parametrize(
    ("serial", "message"),
    [
        (1, None),
        ((1 << 159) - 1, None),
        (1 << 159, "the serial number has 160 bits, at most 159 allowed"),
        (0, "the serial number is not positive"),
        (-1, "the serial number is not positive"),
    ],
)
def test_serial_numbers_are_positive_and_of_20_octets(ask, serial, message):
    assert ask("serial.form", issue("a.example", serial=serial)) == ([Problem(message)] if message else [])


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (1 << 158, []),
        ((1 << 64) - 1, []),
        (1 << 62, []),
        (1 << 32, []),
        ((1 << 32) - 1, [Problem("the serial number has only 32 bits, 64 random bits required")]),
        (1_780_000_000, [Problem("the serial number has only 31 bits, 64 random bits required")]),
        (1, [Problem("the serial number has only 1 bit, 64 random bits required")]),
        (-(1 << 63), [NotApplicable("the serial number is not positive")]),
        (0, [NotApplicable("the serial number is not positive")]),
    ],
)
def test_a_serial_number_that_64_random_bits_hardly_give_looks_like_a_counter(ask, serial, expected):
    assert ask("serial.entropy", issue("a.example", serial=serial)) == expected
