"""Rules of the family serial: the serial number."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.x509.errors import Malformed

__all__: list[str] = []

_LEAST_RANDOM = 1 << 32
"""A number of 64 random bits is smaller with a probability of 2^-32."""


@check("serial.form", citation="CA/B BR §7.1.2.7; RFC 5280 §4.1.2.2")
def form(subject: IssuedInRole) -> Iterator[Answer]:
    """The serial number is positive and below 2^159.

    Why: clients and revocation lists cannot handle others, and some refuse the certificate.

    Fix: have the CA draw serial numbers of up to 20 octets from a random source.
    """
    try:
        serial = subject.certificate.serial
    except Malformed as error:
        yield Problem(str(error), key="unreadable")
        return
    if serial <= 0:
        yield Problem("the serial number is not positive")
    elif serial >= 1 << 159:
        yield Problem(f"the serial number has {serial.bit_length()} bits, more than 159")


@check("serial.entropy", citation="CA/B BR §7.1.2.7; Mozilla Root Store Policy §5.2")
def entropy(subject: IssuedInRole) -> Iterator[Answer]:
    """The serial number does not look like a counter.

    CAs must draw at least 64 bits at random. One number cannot prove that, but it can speak against it: of serial
    numbers with exactly 64 random bits one in 2^(64-32), about 4.3 billion, lies below 2^32 (one in 2.1 billion where
    the CA clears the top bit to keep the number positive), while counters, 32 random bits and times in seconds all lie
    there. A number that is negative because the top bit was not cleared is left to `serial.form`.

    Why: predictable serial numbers made forged certificates possible once a hash was weak.

    Fix: have the CA draw at least 64 bits of the serial number from a random source.
    """
    serial = subject.certificate.serial
    if serial <= 0:
        yield NotApplicable("the serial number is not positive")
    elif serial < _LEAST_RANDOM:
        bits = "1 bit" if serial == 1 else f"{serial.bit_length()} bits"
        yield Problem(f"the serial number has only {bits}: it was hardly drawn from 64 random ones")
