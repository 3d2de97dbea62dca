"""Rules of the family name on the values of the subject's attributes."""

import re
from collections.abc import Callable, Iterator

from certgate.checks.framework.br import RESERVED_POLICIES
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ISSUER, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.checks.framework.wording import listed, shortened
from certgate.checks.names.subject_attributes import RFC_5280_LENGTHS, attribute_name, attributes
from certgate.model.target import Role
from certgate.x509.country_codes import COUNTRY_CODES

__all__: list[str] = []

_BR_ROLES = frozenset({Role.SERVER}) | ISSUER
_VALIDATED = RESERVED_POLICIES.keys() - {"2.23.140.1.2.1"}
_COUNTRY = "2.5.4.6"
_EMAIL_ADDRESS = "1.2.840.113549.1.9.1"
_EMPTY = NotApplicable("the subject is empty")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SECOND = bytes(range(0x80, 0xC0))
_SECONDS = re.escape(_SECOND.decode("latin-1") + _SECOND.decode("cp1252", "ignore"))
_MISREAD = re.compile(f"[\u00c2\u00c3][{_SECONDS}]|\ufffd")
"""A first octet of UTF-8 and a second one, both read as ISO 8859-1 or Windows-1252; or the replacement character."""
_PLACEHOLDERS = (
    "n/a", "not applicable", "not available", "none given", "unknown", "unspecified", "undefined", "null",
    "some-state", "internet widgits pty ltd", "default city", "default company ltd", "default",
)  # fmt: skip
"""Words for an absent value, and values that OpenSSL and keytool fill in."""


@check("name.country-code", citation="CA/B BR §7.1.2.7.2-5, §7.1.2.10.2; ISO 3166-1", roles=_BR_ROLES)
def country_code(subject: CertificateInRole, *, more: tuple[str, ...] = ("XX",)) -> Iterator[Answer]:
    """The country in the subject is an ISO 3166-1 code of two capital letters.

    `more` lists further codes: XX stands for a country without a code.

    Why: the country tells which register the organization is in; another code names no country.

    Fix: correct the country in the request or in the CA's profile: `GB`, not `UK` or `gb`.
    """
    codes = [attribute.text for attribute in attributes(subject) if attribute.oid == _COUNTRY]
    if not codes:
        yield NotApplicable("the subject has no country")
        return
    for code in dict.fromkeys(codes[:5]):
        if code not in COUNTRY_CODES and code not in more:
            small = code.upper() in COUNTRY_CODES
            what = "is not in capital letters" if small else "is not an ISO 3166-1 code"
            yield Problem(f"the country {shortened(code) or '(empty)'} {what}", key="country")


@check("name.control-characters", citation="RFC 5280 §7.1; RFC 4518 §2.2")
def control_characters(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has no control characters.

    Neither are characters allowed that change the direction of text.

    Why: names are compared without these characters and shown with them, so equal names look different.

    Fix: remove line breaks and other invisible characters from the request.
    """
    return _faulty(subject, "a control character", _CONTROL.search)


@check("name.outer-blanks", citation="RFC 5280 §7.1; RFC 4518 §2.6.1")
def outer_blanks(subject: CertificateInRole) -> Iterator[Answer]:
    """No value in the subject begins or ends with a blank.

    Why: some clients ignore these blanks, others take the name for a different one.

    Fix: remove the blanks from the request.
    """
    return _faulty(subject, "a blank at the beginning or end of a value", lambda text: text != text.strip())


@check("name.html-entities", citation="CA/B BR §7.1.4.2; certgate: text without markup", roles=_BR_ROLES)
def html_entities(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has no HTML entities such as `&amp;`.

    Why: the value went through a web form without being decoded, so it differs from the validated name.

    Fix: have the certificate reissued with the plain character.
    """
    return _faulty(subject, "an HTML entity", _has_entity)


def _has_entity(text: str) -> bool:
    from html.entities import html5

    return any(entity[1] == "#" or entity[1:] in html5 for entity in _ENTITY.findall(text))


@check("name.misread-characters", citation="CA/B BR §7.1.4.2; certgate: UTF-8 that was read as ISO 8859-1")
def misread_characters(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has no text that was decoded with the wrong character set.

    The sign is a `Ã` or `Â` before a character that UTF-8 has as a second octet, such as `Ã¼` for `ü`, or the
    replacement character U+FFFD.

    Why: the text differs from the validated name, and people cannot read it.

    Fix: send the request in UTF-8 (`openssl req -utf8`), and have the certificate reissued.
    """
    return _faulty(subject, "characters of a wrong character set", _MISREAD.search)


@check("name.placeholder", citation="CA/B BR §7.1.2.7.3-5", roles=_BR_ROLES)
def placeholder(subject: CertificateInRole, *, words: tuple[str, ...] = _PLACEHOLDERS) -> Iterator[Answer]:
    """No value in the subject stands for a missing one.

    `words` lists such values in small letters; a value without any letter or digit is one as well.
    name.ov-iv-ev-subject reports `.`, `-` and blanks in certificates with a validated organization or individual.

    Why: the CA validates what the subject says, and a placeholder says nothing.

    Fix: leave the attribute out of the request, or send the real value.
    """
    validated = not _VALIDATED.isdisjoint(subject.certificate.policies or ())

    def is_placeholder(text: str) -> bool:
        filler = not any(map(str.isalnum, text)) and not (validated and not text.strip(".- "))
        return filler or text.strip().lower() in words

    return _faulty(subject, "a placeholder", is_placeholder)


@check("name.attribute-length", citation="RFC 5280 §4.1.2.6, appendix A.1")
def attribute_length(subject: IssuedInRole) -> Iterator[Answer]:
    """No value in the subject is longer than RFC 5280 allows.

    At most 64 characters are allowed in CN, O, OU, title and serialNumber, 128 in L, ST and pseudonym, and 255 in
    emailAddress.

    Why: databases and clients reserve that much space, and refuse or truncate longer names.

    Fix: shorten the value; host names belong in the subjectAltName, which has no such limit.
    """
    found = list(attributes(subject))
    if not found:
        yield _EMPTY
        return
    long = [
        f"{name} ({len(attribute.text)} characters, at most {most} allowed)"
        for attribute in found
        for name, most in [RFC_5280_LENGTHS.get(attribute.oid, ("", 0))]
        if name and len(attribute.text) > most
    ]
    if long:
        yield Problem(f"the subject has a value that is too long: {listed(long)}")


@check("name.email-in-san", citation="RFC 5280 §4.1.2.6", roles=LEAF, presumes=[Premise.TLS])
def email_in_san(subject: CertificateInRole) -> Iterator[Answer]:
    """An e-mail address in the subject is also in the subjectAltName.

    Why: clients look for addresses in the subjectAltName, and CAs validate them there.

    Fix: leave emailAddress out of the subject; if the address is needed, add it as `email:` to the subjectAltName.
    """
    addresses = [attribute.text for attribute in attributes(subject) if attribute.oid == _EMAIL_ADDRESS]
    if not addresses:
        yield NotApplicable("the subject has no e-mail address")
        return
    alternatives = {name.text.lower() for name in subject.certificate.san or () if name.kind == "email"}
    if any(address.lower() not in alternatives for address in addresses):
        yield Problem("an e-mail address is in the subject but not in the subjectAltName")


def _faulty(subject: CertificateInRole, what: str, is_faulty: Callable[[str], object]) -> Iterator[Answer]:
    """A problem if a text of the subject is faulty: which has `what`."""
    found = [attribute for attribute in attributes(subject) if isinstance(attribute.value, str)]
    if not found:
        yield _EMPTY
        return
    faulty = [attribute for attribute in found if is_faulty(attribute.text)]
    if faulty:
        places = listed(f"{attribute_name(attribute)} ({shortened(attribute.text)})" for attribute in faulty)
        yield Problem(f"the subject has {what}: {places}")
