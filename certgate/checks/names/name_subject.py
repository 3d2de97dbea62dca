"""Rules of the family name on the subject's attributes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, listed
from certgate.checks.names.subject_attributes import (
    EV_ATTRIBUTES,
    FORMS,
    ORDER,
    RFC_5280_LENGTHS,
    attribute_name,
    attributes,
)
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.target import Role
from certgate.x509.rdn import Attribute

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_REPEATABLE = frozenset({"DC", "street"})
_DV = "2.23.140.1.2.1"


@frozen(slots=True)
class _Profile:
    """Attributes that a type of certificate must and must not have; if `only` is set, no others are allowed."""

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
            only=frozenset({"C", "ST", "L", "postalCode", "street", "O", "OU", "CN", *EV_ATTRIBUTES}),
        ),
    }
)
"""Profiles by policy OID; name.ou-forbidden checks OU."""


@check("name.dv-subject", citation="CA/B BR §7.1.2.7.2", roles=_SERVER, presumes=[Premise.TLS])
def dv_subject(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject of a domain-validated certificate has no attributes other than country and common name.

    The rule applies if the certificate asserts the policy 2.23.140.1.2.1.

    Why: the CA validated nothing else, but readers would believe it.

    Fix: have the CA reissue the certificate with an empty subject.
    """
    if _DV not in (subject.certificate.policies or ()):
        yield NotApplicable("the certificate does not assert domain validation")
        return
    others = dict.fromkeys(name for name in map(attribute_name, attributes(subject)) if name not in {"C", "CN"})
    if others:
        yield Problem(f"the subject has {listed(others)}, only C and CN allowed with domain validation")


@check(
    "name.ov-iv-ev-subject",
    citation="CA/B BR §7.1.2.7.3-5; EV Guidelines §7.1.4.2",
    roles=_SERVER,
    presumes=[Premise.TLS],
)
def ov_iv_ev_subject(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has the attributes that its type of validation requires.

    OV: C, O and ST or L, no SN, no GN. IV: C, SN, GN and ST or L. EV: C, O, businessCategory, jurisdictionC,
    serialNumber and ST or L, and nothing that the EV Guidelines do not list. No value is filler (`.`, `-`, space). The
    rule applies if the certificate asserts the policy of a type.

    Why: people who read the subject rely on the validation of all of it.

    Fix: have the CA reissue the certificate.
    """
    profiles = [_PROFILES[oid] for oid in subject.certificate.policies or () if oid in _PROFILES]
    if not profiles:
        yield NotApplicable("the certificate does not assert organization, individual or extended validation")
        return
    found = list(attributes(subject))
    present = dict.fromkeys(map(attribute_name, found))
    for profile in profiles:
        for name in profile.must:
            if name not in present:
                yield Problem(f"the subject has no {name}, required for {profile.name}", key=f"no {name}")
        if not {"ST", "L"} & present.keys():
            yield Problem(
                f"the subject has neither ST nor L, one of them required for {profile.name}", key="no ST or L"
            )
        surplus = [n for n in present if n in profile.must_not or (profile.only is not None and n not in profile.only)]
        if surplus:
            yield Problem(f"the subject has {listed(surplus)}, not allowed for {profile.name}", key="surplus")
    for name in dict.fromkeys(attribute_name(a) for a in found if not a.text.strip(".- ")):
        yield Problem(f"the value of {name} in the subject is filler", key=f"filler {name}")


@check("name.ou-forbidden", citation="CA/B BR §7.1.2.7.3-4, §7.1.2.10.2", roles=_SERVER | ISSUER)
def ou_forbidden(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has no organizational unit.

    For issuers the problem is a warning, because cross-certificates may have one and look like other intermediates.

    Why: nobody validates the field, so it can hold anything.

    Fix: leave OU out of the next request.
    """
    if "OU" in map(attribute_name, attributes(subject)):
        severity = Severity.WARNING if subject.roles & ISSUER else None
        yield Problem("the subject has an organizational unit (OU)", severity=severity)


@check("name.rdn-form", citation="CA/B BR §7.1.4.1-2", roles=_SERVER | ISSUER)
def rdn_form(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has the required encoding.

    Each RDN has one attribute, in the order DC, C, ST, L, postalCode, street, O, SN, GN, OU, CN. Each attribute occurs
    once (DC and street may repeat), with the required string type and length.

    Why: two encodings of one name are different names for clients that compare bytes.

    Fix: correct the CA's profile, then reissue the certificate.
    """
    rdns = subject.certificate.subject.attributes
    if any(len(rdn) != 1 for rdn in rdns):
        yield Problem("an RDN of the subject has several attributes or none, 1 required", key="grouping")
    found = list(attributes(subject))
    places = [ORDER.index(a.oid) for a in found if a.oid in ORDER]
    if places != sorted(places):
        yield Problem(
            f"the attributes of the subject are in the wrong order: {listed(map(attribute_name, found))}", key="order"
        )
    for name, count in Counter(map(attribute_name, found)).items():
        if count > 1 and name not in _REPEATABLE:
            yield Problem(f"the subject has {name} {count} times, 1 allowed", key=f"repeated {name}")
    yield from capped(problem for attribute in found for problem in _encoding_problems(attribute))


def _encoding_problems(attribute: Attribute) -> Iterator[Problem]:
    form = FORMS.get(attribute.oid)
    if form is None:
        return
    if attribute.tag not in form.tags:
        yield Problem(f"{form.name} has the wrong string type (tag {attribute.tag:#x})", key=f"type {form.name}")
    if form.longest is not None and len(attribute.text) > form.longest:
        length = f"{len(attribute.text)} characters, at most {form.longest} allowed"
        cause = "name.attribute-length" if attribute.oid in RFC_5280_LENGTHS else ""
        yield Problem(f"{form.name} has {length}", key=f"length {form.name}", cause=cause)
