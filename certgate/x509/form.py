"""Encoding problems of a certificate, part by part: what OpenSSL or Go refuse to read."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from certgate.x509.certificate import Certificate
from certgate.x509.der import BOOLEAN, NotDer, guarded, sequence
from certgate.x509.errors import Malformed, NotInRequest
from certgate.x509.extension import (
    Extension,
    read_access_descriptions,
    read_authority_key_identifier,
    read_basic_constraints,
    read_crl_names,
    read_key_identifier,
    read_key_usage,
    read_numbers,
    read_oids,
    read_policies,
)
from certgate.x509.facts import CertificateFacts
from certgate.x509.general_names import read_general_names
from certgate.x509.key import parameters_problem
from certgate.x509.name import Name
from certgate.x509.name_constraints import read_constraints
from certgate.x509.oids import extension_name
from certgate.x509.policy_constraints import read_counts, read_inhibit, read_mappings
from certgate.x509.rdn import (
    BMP_STRING,
    IA5_STRING,
    NUMERIC_STRING,
    PRINTABLE_STRING,
    T61_STRING,
    UTF8_STRING,
    Attribute,
)
from certgate.x509.template import OF_ONE
from certgate.x509.time import EncodedTime

__all__ = ["Flaw", "extension_flaws", "field_flaws"]

_CHARACTERS: Mapping[int, tuple[str, re.Pattern[bytes]]] = MappingProxyType(
    {
        PRINTABLE_STRING: ("PrintableString", re.compile(rb"[A-Za-z0-9 '()+,./:=?&*-]*")),
        NUMERIC_STRING: ("NumericString", re.compile(rb"[0-9 ]*")),
        IA5_STRING: ("IA5String", re.compile(rb"[\0-\x7f]*")),
        T61_STRING: ("T61String", re.compile(rb"[\0-\xff]*")),
    }
)
"""What clients accept in strings: X.680 §41.4, and in a PrintableString also the asterisk and the ampersand."""
_SHORT_OID = 13
"""A dotted OID of at most this length has no number of 2^31 or more: 1.3.2147483648 is one character longer."""
_TOO_LARGE = 1 << 63
"""The smallest number in an OID that Go cannot parse."""
_UNICODE = MappingProxyType({UTF8_STRING: "UTF8String", BMP_STRING: "BMPString"})


C = TypeVar("C", bound=CertificateFacts)


class Flaw(NamedTuple):
    """Something wrong with a part. `part` is the stable name of the part."""

    part: str
    text: str


def field_flaws(certificate: CertificateFacts) -> Iterator[Flaw]:
    """What is wrong with the fields of a certificate except extensions; a request has fewer fields. Never raises."""
    if isinstance(certificate, Certificate):
        yield from _flaws(certificate, _ISSUED_FIELDS)
    yield from _flaws(certificate, _FIELDS)
    if isinstance(certificate, Certificate) and (surplus := certificate.frame.surplus):
        yield Flaw("surplus", f"the signed part has {surplus} unknown elements")


def _flaws(certificate: C, fields: Iterable[tuple[str, Callable[[C], object]]]) -> Iterator[Flaw]:
    for part, reader in fields:
        try:
            reader(certificate)
        except NotInRequest:
            continue
        except Malformed as error:
            yield Flaw(part, str(error))


def _readable(part: str, name: Name) -> None:
    for attribute in chain.from_iterable(name.attributes):
        if problem := _string_problem(attribute):
            raise Malformed(f"the {part}: {problem}")


def _string_problem(attribute: Attribute) -> str | None:
    if attribute.tag in _UNICODE:
        return None if isinstance(attribute.value, str) else f"its {_UNICODE[attribute.tag]} cannot be decoded"
    if attribute.tag not in _CHARACTERS:
        return f"an attribute has the tag {attribute.tag:#x}, which is not a string type that clients read"
    name, allowed = _CHARACTERS[attribute.tag]
    return None if allowed.fullmatch(attribute.content) else f"its {name} has characters that the type does not allow"


def _date(name: str, time: EncodedTime) -> None:
    if problem := time.form_problem():
        raise Malformed(f"{name} {problem}")


def _key(certificate: CertificateFacts) -> None:
    if problem := parameters_problem(certificate.spki):
        raise Malformed(problem)
    exponent = certificate.key.exponent or 0
    if exponent >= _TOO_LARGE:
        raise Malformed(f"the RSA exponent has {exponent.bit_length()} bits, at most 63 allowed")


_ISSUED_FIELDS: tuple[tuple[str, Callable[[Certificate], object]], ...] = (
    ("version", lambda certificate: certificate.version),
    ("serial number", lambda certificate: certificate.serial),
    ("issuer", lambda certificate: _readable("issuer", certificate.issuer)),
    ("notBefore", lambda certificate: _date("notBefore", certificate.times[0])),
    ("notAfter", lambda certificate: _date("notAfter", certificate.times[1])),
)
"""The fields that the CA adds."""
_FIELDS: tuple[tuple[str, Callable[[CertificateFacts], object]], ...] = (
    ("signature algorithm", lambda certificate: certificate.signature_algorithm),
    ("subject", lambda certificate: _readable("subject", certificate.subject)),
    ("key", _key),
)


def extension_flaws(certificate: CertificateFacts) -> Iterator[Flaw]:
    """What is wrong with the extensions of a certificate that certgate can read. Never raises."""
    try:
        extensions = certificate.extensions
    except Malformed as error:
        yield Flaw("extensions", str(error))
        return
    for extension in extensions:
        if problem := (_problem if extension.oid in OF_ONE else _known_problem)(extension):
            yield Flaw(extension.oid, f"{extension_name(extension.oid)}: {problem}")


@lru_cache(maxsize=4096)
def _known_problem(extension: Extension) -> str:
    """The problem of an extension that many certificates have; by the object, which never changes."""
    return _problem(extension)


def _problem(extension: Extension) -> str:
    if _has_large_number(extension.oid):
        return "its OID has a number of more than 31 bits"
    if extension.problem or extension.oid not in _READERS:
        return extension.problem
    try:
        guarded("it", lambda: _READERS[extension.oid](extension.value))
    except Malformed as error:
        return str(error.__cause__ if isinstance(error.__cause__, NotDer) else error)
    return ""


def _has_large_number(oid: str) -> bool:
    """Whether an OID contains a number too large for Go."""
    return len(oid) > _SHORT_OID and any(int(number) >= 1 << 31 for number in oid.split("."))


def _key_usage(value: bytes) -> None:
    if not read_key_usage(value):
        raise NotDer("it has no bit set")


def _purposes(value: bytes) -> None:
    if any(map(_has_large_number, read_oids(value))):
        raise NotDer("a purpose has a number of more than 31 bits")


def _basic_constraints(value: bytes) -> None:
    length = read_basic_constraints(value).path_length or 0
    if length >= _TOO_LARGE:
        raise NotDer(f"its path length has {length.bit_length()} bits, at most 63 allowed")
    if any(part.tag == BOOLEAN and part.content not in {b"\0", b"\xff"} for part in sequence(value)):
        raise NotDer("it has a BOOLEAN other than 00 and FF")


def _crl_names(value: bytes) -> None:
    for name in read_crl_names(value):
        if name.problem and name.kind not in {"URI", "DNS", "email", "IP"}:
            raise NotDer(f"a name of type {name.kind} is invalid: {name.problem}")


def _alternative_names(value: bytes) -> None:
    for name in read_general_names(value):
        if name.problem:
            raise NotDer(f"a name of type {name.kind} is invalid: {name.problem}")


def _policies(value: bytes) -> None:
    for oid, count in Counter(policy.oid for policy in read_policies(value)).items():
        if count > 1:
            raise NotDer(f"it has the policy {oid} {count} times, 1 allowed")


_READERS: Mapping[str, Callable[[bytes], object]] = MappingProxyType(
    {
        "2.5.29.14": read_key_identifier,
        "2.5.29.15": _key_usage,
        "2.5.29.17": _alternative_names,
        "2.5.29.19": _basic_constraints,
        "2.5.29.30": read_constraints,
        "2.5.29.31": _crl_names,
        "2.5.29.32": _policies,
        "2.5.29.33": read_mappings,
        "2.5.29.35": read_authority_key_identifier,
        "2.5.29.36": read_counts,
        "2.5.29.37": _purposes,
        "2.5.29.54": read_inhibit,
        "1.3.6.1.5.5.7.1.1": read_access_descriptions,
        "1.3.6.1.5.5.7.1.24": read_numbers,
    }
)
"""Readers of the extensions that must be readable, by OID; the rules ct.* check lists of SCTs."""
