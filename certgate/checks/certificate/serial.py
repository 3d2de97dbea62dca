"""Rules of the family serial: the serial number."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.x509.errors import Malformed

__all__: list[str] = []

_LEAST_RANDOM = 1 << 32
"""The smallest plausible random number: one of 64 random bits is smaller with a probability of 2^-32."""


@check("serial.form", citation="CA/B BR §7.1.2.7; RFC 5280 §4.1.2.2")
def form(subject: IssuedInRole) -> Iterator[Answer]:
    """The serial number is positive and less than 2^159.

    Why: clients and CRLs cannot handle other numbers, and some clients refuse the certificate.

    Fix: configure the CA to use random serial numbers of up to 20 octets.
    """
    try:
        serial = subject.certificate.serial
    except Malformed as error:
        yield Problem(str(error), key="unreadable")
        return
    if serial <= 0:
        yield Problem("the serial number is not positive")
    elif serial >= 1 << 159:
        yield Problem(f"the serial number has {serial.bit_length()} bits, at most 159 allowed")


@check("serial.entropy", citation="CA/B BR §7.1.2.7; Mozilla Root Store Policy §5.2")
def entropy(subject: IssuedInRole) -> Iterator[Answer]:
    """The serial number is not predictable.

    CAs must use at least 64 random bits. One number cannot prove that, but it can disprove it: of serial numbers with
    exactly 64 random bits one in 2^32, about 4.3 billion, is below 2^32 (one in 2.1 billion if the CA clears the top
    bit to keep the number positive), while counters, 32 random bits and times in seconds are all below it. serial.form
    reports a number that is negative because the top bit was not cleared.

    Why: predictable serial numbers allowed forged certificates when the hash was weak.

    Fix: configure the CA to use at least 64 random bits in the serial number.
    """
    serial = subject.certificate.serial
    if serial <= 0:
        yield NotApplicable("the serial number is not positive")
    elif serial < _LEAST_RANDOM:
        bits = "1 bit" if serial == 1 else f"{serial.bit_length()} bits"
        yield Problem(f"the serial number has only {bits}, 64 random bits required")
