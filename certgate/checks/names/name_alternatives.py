"""Rules of the family name on the forms of alternative names: of the subject and of the issuer."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.registry import LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.checks.framework.wording import capped, shortened
from certgate.model.target import Role
from certgate.x509.dns import host_problem, punycode_text
from certgate.x509.general_names import GeneralName, read_general_names
from certgate.x509.identity import read_address
from certgate.x509.mailbox import mailbox_problem, uri_host_problem
from certgate.x509.onion import is_onion, onion_problem

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_NO_SAN = NotApplicable("no subjectAltName")
_NO_DNS_NAME = NotApplicable("no DNS name")
_ISSUER_NAMES = ExtensionOID.ISSUER_ALTERNATIVE_NAME.dotted_string


@check("name.single-label", citation="CA/B BR §1.6.1, §4.2.2, §7.1.2.7.12", roles=_SERVER)
def single_label(subject: CertificateInRole) -> Iterator[Answer]:
    """No DNS name is a single label, nor a wildcard for all names below one.

    Why: such a name is a top-level domain, or a different host in every network.

    Fix: use the full name of the host, or a certificate from the internal CA.
    """
    names = subject.certificate.dns_names
    if not names:
        yield _NO_DNS_NAME
        return
    yield from capped(
        Problem(f"{shortened(name)} has a single label", key=shortened(name))
        for name in names
        if "." not in (host := name.removeprefix("*.")) and not read_address(host) and not host_problem(host)
    )


@check("name.duplicate", citation="certgate: each name once", roles=LEAF)
def duplicate(subject: CertificateInRole) -> Iterator[Answer]:
    """The subjectAltName has no name twice. Upper and lower case are the same in DNS names.

    Why: a repeated name only costs bytes, and is often a typing error for another name.

    Fix: remove the second one, or correct it.
    """
    names = subject.certificate.san
    if names is None:
        yield _NO_SAN
        return
    counted = Counter(f"DNS:{name.text.lower()}" if name.kind == "DNS" else str(name) for name in names)
    yield from capped(
        Problem(f"{shortened(name)} is present {count} times", key=shortened(name))
        for name, count in counted.items()
        if count > 1
    )


@check("name.onion", citation="CA/B BR appendix B; Tor rendezvous specification v3 §6", roles=_SERVER)
def onion(subject: CertificateInRole) -> Iterator[Answer]:
    """A name below `onion` is that of an onion service of version 3.

    The label before `onion` has 56 characters: key, checksum and version in base 32.

    Why: Tor no longer connects to services of version 2, and an address with a wrong checksum belongs to nobody.

    Fix: use the name that Tor wrote to the file `hostname` of the service.
    """
    names = [name for name in subject.certificate.dns_names if is_onion(name)]
    if not names:
        yield NotApplicable("no name below onion")
        return
    yield from capped(
        Problem(f"{shortened(name)} {problem}", key=shortened(name))
        for name in names
        if (problem := onion_problem(name))
    )


@check("name.idn-normalized", citation="RFC 5890 §2.3.2.1; RFC 5891 §4.2.1", roles=LEAF)
def idn_normalized(subject: CertificateInRole) -> Iterator[Answer]:
    """Internationalized names are in Unicode normalization form C.

    Why: browsers convert names to that form, so they never match another one.

    Fix: convert the name with a current IDNA library, and reissue the certificate.
    """
    names = [name for name in subject.certificate.dns_names if "xn--" in name.lower()]
    if not names:
        yield NotApplicable("no internationalized name")
        return
    yield from capped(
        Problem(f"{shortened(name)} is not in normalization form C", key=shortened(name))
        for name in names
        if any(not unicodedata.is_normalized("NFC", text) for text in map(punycode_text, name.split(".")) if text)
    )


_FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "email": mailbox_problem,
        "URI": uri_host_problem,
        "DNS": lambda text: host_problem(text.removeprefix("*."), underscore=True) or "",
    }
)
"""What is wrong with a name, by its type: the words after the name, empty if nothing is."""


@check("name.san-form", citation="RFC 5280 §4.2.1.6", roles=LEAF)
def san_form(subject: CertificateInRole) -> Iterator[Answer]:
    """E-mail addresses and URIs in the subjectAltName have a valid form.

    An address is `mailbox@domain`; the host of a URI is a host name or an IP address. name.dns-syntax checks DNS names,
    and ext.form what clients refuse.

    Why: some clients refuse the certificate, others read another address than people do.

    Fix: correct the names in the request.
    """
    names = subject.certificate.san
    if names is None:
        yield _NO_SAN
        return
    yield from capped(
        Problem(f"{shortened(str(name))} {problem}", key=shortened(str(name)), cause="name.san-types")
        for name in names
        if name.kind != "DNS" and not name.problem and (problem := _form_problem(name))
    )


@check("name.issuer-alt-name", citation="RFC 5280 §4.2.1.7")
def issuer_alt_name(subject: TemplateInRole) -> Iterator[Answer]:
    """The issuerAltName has names with a valid form.

    Why: no client uses the extension, but strict ones refuse a certificate in which they cannot read it.

    Fix: have the CA leave the extension out.
    """
    names = subject.certificate.value(_ISSUER_NAMES, read_general_names)
    if names is None:
        yield NotApplicable("no issuerAltName")
        return
    yield from capped(
        Problem(f"{shortened(str(name))} {problem}", key=shortened(str(name)))
        for name in names
        if (problem := f"is invalid: {name.problem}" if name.problem else _form_problem(name))
    )


def _form_problem(name: GeneralName) -> str:
    form = _FORMS.get(name.kind)
    return form(name.text) if form else ""
