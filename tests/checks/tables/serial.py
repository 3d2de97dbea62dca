"""The serial number."""

from tests.checks.tables.row import Table, cert, na, row

NOT_POSITIVE = "the serial number is not positive"
RANDOM = "64 random bits required"

TABLE: Table = {
    "serial.form": (
        row("1", cert(serial=1)),
        row("159 bits, the most in 20 octets", cert(serial=(1 << 159) - 1)),
        row("160 bits, which take 21 octets", cert(serial=1 << 159), "the serial number has 160 bits, at most 159 allowed"),
        row("0", cert(serial=0), NOT_POSITIVE),
        row("-1", cert(serial=-1), NOT_POSITIVE),
    ),
    "serial.entropy": (
        row("159 bits", cert(serial=1 << 158)),
        row("64 bits", cert(serial=(1 << 64) - 1)),
        row("33 bits", cert(serial=1 << 32)),
        row("32 bits", cert(serial=(1 << 32) - 1), f"the serial number has only 32 bits, {RANDOM}"),
        row("a time in seconds", cert(serial=1_780_000_000), f"the serial number has only 31 bits, {RANDOM}"),
        row("1", cert(serial=1), f"the serial number has only 1 bit, {RANDOM}"),
        row("0", cert(serial=0), na(NOT_POSITIVE)),
        row("64 bits with the top one set", cert(serial=-(1 << 63)), na(NOT_POSITIVE)),
    ),
}  # fmt: skip
