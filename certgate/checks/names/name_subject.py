"""Rules of the family name on the subject's attributes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, listed
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.rdn import IA5_STRING, PRINTABLE_STRING, UTF8_STRING, Attribute, read_rdns

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_TEXT = frozenset({UTF8_STRING, PRINTABLE_STRING})


@dataclass(frozen=True, slots=True)
class _Form:
    """How an attribute is called, and encoded by BR §7.1.4.2."""

    name: str
    tags: frozenset[int]
    longest: int | None


_ORDERED: Mapping[str, _Form] = MappingProxyType(
    {
        "0.9.2342.19200300.100.1.25": _Form("DC", frozenset({IA5_STRING}), 63),
        "2.5.4.6": _Form("C", frozenset({PRINTABLE_STRING}), 2),
        "2.5.4.8": _Form("ST", _TEXT, 128),
        "2.5.4.7": _Form("L", _TEXT, 128),
        "2.5.4.17": _Form("postalCode", _TEXT, 40),
        "2.5.4.9": _Form("street", _TEXT, 128),
        "2.5.4.10": _Form("O", _TEXT, 64),
        "2.5.4.4": _Form("SN", _TEXT, 64),
        "2.5.4.42": _Form("GN", _TEXT, 64),
        "2.5.4.11": _Form("OU", _TEXT, 64),
        "2.5.4.3": _Form("CN", _TEXT, 64),
    }
)
"""In the order in which they must stand."""
_UNORDERED: Mapping[str, _Form] = MappingProxyType(
    {
        "2.5.4.15": _Form("businessCategory", _TEXT, 128),
        "1.3.6.1.4.1.311.60.2.1.3": _Form("jurisdictionC", frozenset({PRINTABLE_STRING}), 2),
        "1.3.6.1.4.1.311.60.2.1.2": _Form("jurisdictionST", _TEXT, 128),
        "1.3.6.1.4.1.311.60.2.1.1": _Form("jurisdictionL", _TEXT, 128),
        "2.5.4.5": _Form("serialNumber", frozenset({PRINTABLE_STRING}), 64),
        "2.5.4.97": _Form("organizationIdentifier", _TEXT, None),
    }
)
_FORMS: Mapping[str, _Form] = MappingProxyType({**_ORDERED, **_UNORDERED})
_ORDER = tuple(_ORDERED)
_REPEATABLE = frozenset({"DC", "street"})
_DV = "2.23.140.1.2.1"


@dataclass(frozen=True, slots=True)
class _Profile:
    """Attributes that a type of certificate must and must not have; `only` are all that it may have."""

    name: str
    must: tuple[str, ...]
    must_not: tuple[str, ...] = ()
    only: frozenset[str] | None = None


_PROFILES: Mapping[str, _Profile] = MappingProxyType(
    {
        "2.23.140.1.2.2": _Profile("OV", ("C", "O"), ("SN", "GN")),
        "2.23.140.1.2.3": _Profile("IV", ("C", "SN", "GN")),
        "2.23.140.1.1": _Profile(
            "EV",
            ("C", "O", "businessCategory", "jurisdictionC", "serialNumber"),
            only=frozenset(
                {"C", "ST", "L", "postalCode", "street", "O", "OU", "CN", *(f.name for f in _UNORDERED.values())}
            ),
        ),
    }
)
"""OU is name.ou-forbidden's business."""


def _attributes(subject: CertificateInRole) -> list[Attribute]:
    return [attribute for rdn in read_rdns(subject.certificate.subject.der) for attribute in rdn]


def _name(attribute: Attribute) -> str:
    form = _FORMS.get(attribute.oid)
    return form.name if form else attribute.oid


@check("name.dv-subject", citation="CA/B BR §7.1.2.7.2", roles=_SERVER)
def dv_subject(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject of a domain-validated certificate holds country and common name at most.

    Judged where the certificate asserts the policy 2.23.140.1.2.1.

    Why: nothing else was validated, and readers would take it for true.

    Fix: have the CA issue the certificate anew with an empty subject.
    """
    if _DV not in (subject.certificate.policies or ()):
        yield NotApplicable("it does not assert domain validation")
        return
    others = dict.fromkeys(name for name in map(_name, _attributes(subject)) if name not in {"C", "CN"})
    if others:
        yield Problem(f"is domain validated, but its subject has {listed(others)}")


@check("name.ov-iv-ev-subject", citation="CA/B BR §7.1.2.7.3-5; EV Guidelines §7.1.4.2", roles=_SERVER)
def ov_iv_ev_subject(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject holds what its type of validation demands.

    OV: C, O and ST or L, no SN, no GN. IV: C, SN, GN and ST or L. EV: C, O, businessCategory, jurisdictionC,
    serialNumber and ST or L, and nothing that the EV Guidelines do not list. No value is filler (`.`, `-`, space).
    Judged where the certificate asserts the type's policy.

    Why: who reads the subject relies on all of it having been validated.

    Fix: have the CA issue the certificate anew.
    """
    profiles = [_PROFILES[oid] for oid in subject.certificate.policies or () if oid in _PROFILES]
    if not profiles:
        yield NotApplicable("it does not assert organization, individual or extended validation")
        return
    attributes = _attributes(subject)
    held = dict.fromkeys(map(_name, attributes))
    for profile in profiles:
        for name in profile.must:
            if name not in held:
                yield Problem(f"is {profile.name}, but its subject has no {name}", key=f"no {name}")
        if not {"ST", "L"} & held.keys():
            yield Problem(f"is {profile.name}, but its subject has neither ST nor L", key="no ST or L")
        surplus = [n for n in held if n in profile.must_not or (profile.only is not None and n not in profile.only)]
        if surplus:
            yield Problem(f"is {profile.name}, but its subject has {listed(surplus)}", key="surplus")
    for name in dict.fromkeys(_name(a) for a in attributes if not a.text.strip(".- ")):
        yield Problem(f"{name} of the subject is mere filler", key=f"filler {name}")


@check("name.ou-forbidden", citation="CA/B BR §7.1.2.7.3-4, §7.1.2.10.2", roles=_SERVER | ISSUER)
def ou_forbidden(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has no organizational unit.

    For issuers it is a warning, for cross-certificates may have one and cannot be told apart.

    Why: nobody validates the field, so anything can stand in it.

    Fix: leave OU out of the next request.
    """
    if "OU" in map(_name, _attributes(subject)):
        severity = Severity.WARNING if subject.roles & ISSUER else None
        yield Problem("the subject has an organizational unit (OU)", severity=severity)


@check("name.rdn-form", citation="CA/B BR §7.1.4.1-2", roles=_SERVER | ISSUER)
def rdn_form(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject is encoded as required.

    One attribute in each RDN, in the order DC, C, ST, L, postalCode, street, O, SN, GN, OU, CN, each once (DC and
    street may repeat), in the prescribed string type and length.

    Why: two encodings of one name are two names for a client that compares bytes.

    Fix: correct the CA's profile and issue the certificate anew.
    """
    rdns = read_rdns(subject.certificate.subject.der)
    if any(len(rdn) != 1 for rdn in rdns):
        yield Problem("an RDN of the subject has not exactly one attribute", key="grouping")
    attributes = [attribute for rdn in rdns for attribute in rdn]
    places = [_ORDER.index(a.oid) for a in attributes if a.oid in _ORDERED]
    if places != sorted(places):
        yield Problem(f"the subject's attributes are out of order: {listed(map(_name, attributes))}", key="order")
    for name, count in Counter(map(_name, attributes)).items():
        if count > 1 and name not in _REPEATABLE:
            yield Problem(f"the subject has {name} {count} times", key=f"repeated {name}")
    yield from capped(problem for attribute in attributes for problem in _misencoded(attribute))


def _misencoded(attribute: Attribute) -> Iterator[Problem]:
    form = _FORMS.get(attribute.oid)
    if form is None:
        return
    if attribute.tag not in form.tags:
        yield Problem(f"{form.name} is encoded as the string type {attribute.tag:#x}", key=f"type {form.name}")
    if form.longest is not None and len(attribute.text) > form.longest:
        length = f"{len(attribute.text)} characters, more than {form.longest}"
        yield Problem(f"{form.name} has {length}", key=f"length {form.name}")
