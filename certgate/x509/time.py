"""The dates of a certificate as encoded."""

import re
from dataclasses import dataclass

from cryptography.hazmat import asn1

from certgate.x509.errors import Malformed

__all__ = ["EncodedTime", "encoded_times"]

_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18


@asn1.sequence
class _Validity:
    not_before: asn1.TLV
    not_after: asn1.TLV


@dataclass(frozen=True, slots=True)
class EncodedTime:
    """The tag and the content of a Time (RFC 5280 §4.1.2.5)."""

    tag: int
    content: bytes

    def problem(self) -> str | None:
        """Why the encoding is not that of RFC 5280 §4.1.2.5.1 or §4.1.2.5.2, None if it is."""
        if self.tag == _UTC_TIME:
            return None if re.fullmatch(rb"\d{12}Z", self.content) else "is no UTCTime of the form YYMMDDHHMMSSZ"
        if self.tag != _GENERALIZED_TIME:
            return f"has the tag {self.tag:#x}, neither UTCTime nor GeneralizedTime"
        if not re.fullmatch(rb"\d{14}Z", self.content):
            return "is no GeneralizedTime of the form YYYYMMDDHHMMSSZ"
        year = int(self.content[:4])
        return f"is a GeneralizedTime for the year {year}; UTCTime is due before 2050" if year < 2050 else None


def encoded_times(validity: bytes) -> tuple[EncodedTime, EncodedTime]:
    """notBefore and notAfter in the DER of a Validity. Raises Malformed if that is not two elements."""
    try:
        found = asn1.decode_der(_Validity, validity)
    except ValueError as error:
        raise Malformed(f"the validity cannot be read: {error}") from error
    start, end = (EncodedTime(t.tag_bytes[0], bytes(t.data)) for t in (found.not_before, found.not_after))
    return start, end
