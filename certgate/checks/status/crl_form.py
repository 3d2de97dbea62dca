"""Rules of the family crl on the form of a CRL that is about to be published (RFC 5280 §5.1, §5.2)."""

from collections.abc import Callable, Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import PublishedCrl
from certgate.checks.framework.wording import capped
from certgate.x509.crl import Crl
from certgate.x509.errors import Malformed
from certgate.x509.extension import Extension
from certgate.x509.oids import extension_name

__all__: list[str] = []

_NUMBER, _KEY_IDENTIFIER, _FRESHEST, _DELTA = "2.5.29.20", "2.5.29.35", "2.5.29.46", "2.5.29.27"
_PARTS: tuple[tuple[str, Callable[[Crl], object]], ...] = (
    ("dates", lambda crl: (crl.this_update, crl.next_update)),
    ("extensions", lambda crl: crl.extensions),
    ("number", lambda crl: crl.number),
    ("base", lambda crl: crl.base_number),
    ("scope", lambda crl: crl.scope),
    ("identifier", lambda crl: crl.key_identifier),
    ("algorithm", lambda crl: crl.signature_hash),
)


@check("crl.form", citation="RFC 5280 §5.1, §5.2, §5.3; ITU-T X.690 §10")
def form(subject: PublishedCrl) -> Iterator[Answer]:
    """Clients can read every part of the CRL, and no extension is present twice.

    Why: a client that cannot read a part refuses the whole CRL, and then knows nothing of any revocation.

    Fix: correct the software that makes the CRL; `openssl crl -noout -text -in FILE` shows how far it can be read.
    """
    told = set()
    for key, read in _PARTS:
        try:
            read(subject.crl)
        except Malformed as error:
            if str(error) not in told:
                yield Problem(str(error), key=key)
            told.add(str(error))
    yield from capped(
        Problem(f"{entries}: {problem}", key=f"entry {problem}")
        for problem, entries in subject.crl.survey.unreadable.items()
    )


@check("crl.version", citation="RFC 5280 §5.1.2.1; CA/B BR §7.2.1")
def version(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL has version 2.

    Why: without version 2 it can have no extensions, so nothing tells one CRL from the next or names its key.

    Fix: have the CA make version 2 CRLs; OpenSSL does if the configuration has `crl_extensions`.
    """
    if subject.crl.version != 2:
        yield Problem(f"the CRL has version {subject.crl.version}, version 2 required")


@check("crl.algorithms", citation="RFC 5280 §5.1.1.2; CA/B BR §7.2")
def algorithms(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL's two signature algorithm fields are equal, byte for byte.

    Why: the field outside of the signed part can be changed by anyone, and clients refuse a CRL in which it differs.

    Fix: correct the software that makes the CRL.
    """
    if subject.crl.algorithms_differ:
        yield Problem("the algorithm in the signed part differs from the one beside the signature")


@check("crl.number", citation="RFC 5280 §5.2.3; CA/B BR §7.2.2")
def crl_number(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL has a number that is not critical, not negative, and below 2^159.

    Such a number has at most 20 octets.

    Why: clients tell by the number which of two CRLs is newer, and to which CRL a delta belongs.

    Fix: have the CA number its CRLs; with OpenSSL, set `crlnumber` in the configuration.
    """
    entry, number = subject.crl.extension(_NUMBER), subject.crl.number
    if entry is None or number is None:
        yield Problem("there is no cRLNumber", key="absent")
        return
    if entry.critical:
        yield Problem("cRLNumber is critical", key="critical")
    if number < 0:
        yield Problem("cRLNumber is negative", key="negative")
    elif number >= 1 << 159:
        yield Problem(f"cRLNumber has {number.bit_length()} bits, at most 159 allowed", key="long")


@check("crl.key-identifier", citation="RFC 5280 §5.2.1; CA/B BR §7.2.2")
def key_identifier(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL has an authorityKeyIdentifier that is not critical and names the issuer's key.

    It holds a key identifier. If the trust store has the issuer, it is that certificate's subjectKeyIdentifier.

    Why: a CA that has changed its key has several with one name, and clients need to know which signed the CRL.

    Fix: add `authorityKeyIdentifier = keyid` to the extensions of the CA's CRLs.
    """
    entry = subject.crl.extension(_KEY_IDENTIFIER)
    if entry is None:
        yield Problem("there is no authorityKeyIdentifier", key="absent")
        return
    if entry.critical:
        yield Problem("authorityKeyIdentifier is critical", key="critical")
    found = subject.crl.key_identifier
    known = [issuer.ski for issuer in subject.issuers if issuer.ski is not None]
    if found is None:
        yield Problem("authorityKeyIdentifier has no key identifier", key="empty")
    elif known and found not in known:
        yield Problem("authorityKeyIdentifier is not the subjectKeyIdentifier of the CRL's issuer", key="key")


@check("crl.unknown-critical", citation="RFC 5280 §5.2, §5.3; CA/B BR §7.2.2")
def unknown_critical(subject: PublishedCrl) -> Iterator[Answer]:
    """No extension of the CRL or of an entry is critical unless RFC 5280 defines it.

    Why: clients refuse the whole CRL for one critical extension that they do not know, in any of its entries.

    Fix: leave the extension out, or make it non-critical.
    """
    for oid in subject.crl.unknown_critical:
        yield Problem(f"the critical extension {extension_name(oid)} is unknown to clients", key=oid)


@check("crl.delta", citation="RFC 5280 §5.2.4, §5.2.6")
def delta(subject: PublishedCrl) -> Iterator[Answer]:
    """A delta CRL is marked as one: deltaCRLIndicator is critical, and its base is an earlier CRL.

    A delta CRL has no freshestCRL. In a complete CRL, freshestCRL is not critical.

    Why: a client that takes a delta for a complete CRL holds every certificate for good that the delta omits.

    Fix: correct the profile of the CA's delta CRLs, or publish complete ones alone.
    """
    crl = subject.crl
    indicator, freshest = crl.extension(_DELTA), crl.extension(_FRESHEST)
    if freshest and freshest.critical:
        yield Problem("freshestCRL is critical", key="freshest critical")
    if indicator is None:
        if freshest is None:
            yield NotApplicable("no delta CRL, and none is named")
        return
    yield from _delta_problems(crl, indicator)
    if freshest:
        yield Problem("a delta CRL has freshestCRL", key="freshest")


def _delta_problems(crl: Crl, indicator: Extension) -> Iterator[Problem]:
    if not indicator.critical:
        yield Problem("deltaCRLIndicator is not critical", key="critical")
    if crl.number is not None and crl.base_number is not None and crl.base_number >= crl.number:
        yield Problem(f"the base CRL {crl.base_number} is not older than this CRL, number {crl.number}", key="base")


@check("crl.size", unshipped="no source sets a limit", citation="none: the limit is yours")
def size(subject: PublishedCrl, *, max_kib: int = 1024) -> Iterator[Answer]:
    """The CRL has at most `max_kib` KiB.

    No source sets a limit, so no shipped policy has the rule. certgate itself reads at most 10 MiB.

    Why: every client that checks revocation loads the whole CRL, and slow or small ones give up.

    Fix: divide the CRL by issuing time (CA/B BR §4.9.7 calls this partitioned), and remove expired certificates.
    """
    found = len(subject.crl.der)
    if found > max_kib * 1024:
        yield Problem(f"the CRL has {-(-found // 1024):,} KiB, at most {max_kib:,} allowed")
