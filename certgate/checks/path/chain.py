"""Rules on the chain as sent: its certificates, their order, and whether it is complete."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath, PresentedChain
from certgate.checks.framework.wording import shortened
from certgate.model.finding import Severity
from certgate.trust.links import is_self_signed, may_issue, verify_link
from certgate.trust.validation import validate
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

__all__: list[str] = []


@check("chain.leaf-first", citation="RFC 9846 §4.4.2")
def leaf_first(chain: PresentedChain) -> Iterator[Answer]:
    """The first certificate is the end-entity's.

    It fails when the first certificate has issued another one of the message: then that one is the end-entity's.

    Why: a client takes the first certificate for the server's own, whatever follows.

    Fix: put the leaf first in the certificate file, then its issuer: `cat leaf.pem ca.pem > fullchain.pem`.
    """
    if chain.container:
        yield _unordered(chain)
        return
    first = chain.certificates[0]
    if first is None:
        yield NotChecked("the first certificate cannot be read")
        return
    issued = _issued_by(first, chain)
    if issued is not None:
        name = chain.certificates[issued]
        yield Problem(f"the first certificate issued certificate {issued + 1} ({name and name.subject.short})")


@check("chain.order", citation="RFC 9846 §4.4.2; RFC 5246 §7.4.2")
def order(chain: PresentedChain) -> Iterator[Answer]:
    """Each certificate directly certifies the one before it.

    The order of some path counts, the anchor included if it was sent; what belongs to no path is left to
    chain.extraneous. TLS 1.3 only recommends the order, so there the problem is a warning.

    Why: TLS 1.2 demands the order, and clients that do not sort find no path.

    Fix: write the certificate file from the leaf upwards: leaf, its issuer, that one's issuer.
    """
    if chain.container:
        yield _unordered(chain)
        return
    first = chain.certificates[0]
    if chain.problems or first is None:
        yield NotChecked("not every certificate that was sent can be read")
        return
    if _issued_by(first, chain) is not None:
        yield NotApplicable("the first certificate is not the leaf, which is chain.leaf-first's to say")
        return
    sent = [_positions(path, chain) for path in chain.paths]
    if any(all(a < b for a, b in pairwise(positions)) for positions in sent):
        return
    numbers = ", ".join(str(position + 1) for position in sent[0])
    severity = Severity.WARNING if chain.tls_version == "TLSv1.3" else None
    yield Problem(f"the path from leaf to anchor takes the certificates in the order {numbers}", severity=severity)


def _unordered(chain: PresentedChain) -> NotApplicable:
    return NotApplicable(f"the certificates of a {chain.container} are a set, so they have no order")


@check("chain.complete", citation="RFC 9846 §4.4.2; PCI DSS 4.0.1 4.2.1", needs=[Need.ISSUER])
def complete(chain: PresentedChain) -> Iterator[Answer]:
    """What was sent suffices for a path to an anchor; nothing has to be fetched.

    It fails when the path ends at a certificate whose issuer was neither sent nor trusted. A path that ends at a
    self-signed certificate is complete; whether that one is trusted is trust.anchor's to say. What `--aia` fetches
    tells a chain that could be completed from one that is not trusted; it fails all the same.

    Why: clients that do not fetch missing issuers (most that are no browser) refuse the connection.

    Fix: append the missing intermediate to the certificate file; the CA offers it, often at the URL in the evidence.
    """
    best = chain.paths[0]
    last = best.certificates[-1]
    if best.anchor is not None or is_self_signed(last):
        return
    if chain.limit:
        yield NotChecked(f"the path search reached its limit {chain.limit}")
        return
    where = best.label_of(len(best.certificates) - 1)
    yield Problem(
        f"the issuer of {where}, {last.issuer.text}, was neither sent nor is it trusted",
        evidence={"ca_issuers": _ca_issuers(last)},
    )


@check("chain.root-sent", citation="RFC 9846 §4.4.2")
def root_sent(chain: PresentedChain) -> Iterator[Answer]:
    """The anchor is left out of the message.

    Only a self-issued certificate of an anchor counts: a cross-certificate for the anchor's key serves older clients.

    Why: the client has its own copy of the anchor, so the bytes are wasted in every handshake.

    Fix: remove the root from the certificate file.
    """
    anchors = _anchors(chain)
    for number, certificate in enumerate(chain.certificates[1:], 2):
        if certificate is None or not certificate.is_self_issued or certificate == chain.certificates[0]:
            continue
        if (certificate.subject, certificate.spki) in anchors:
            name = certificate.subject.short
            yield Problem(
                f"certificate {number} as sent ({name}) is an anchor: {len(certificate.der)} bytes wasted", key=name
            )


@check("chain.extraneous", citation="RFC 9846 §4.4.2")
def extraneous(chain: PresentedChain) -> Iterator[Answer]:
    """Every certificate of the message has to do with the leaf, and none is there twice.

    A certificate has to do with the leaf if issuers lead from the leaf to it, by name and key identifier: alternatives
    for other clients count. Where no path reaches an anchor, or the leaf is not first, an unrelated certificate cannot
    be told from one whose link is missing, and only duplicates are judged.

    Why: every client downloads it, and it often shows that a wrong or old intermediate was installed.

    Fix: remove the certificate from the certificate file.
    """
    if chain.problems:
        yield NotChecked("not every certificate that was sent can be read")
        return
    first = chain.certificates[0]
    linked = any(path.anchor for path in chain.paths) and first is not None and _issued_by(first, chain) is None
    related = _related(chain) if linked else set(chain.certificates)
    seen: set[Certificate | None] = set()
    for number, certificate in enumerate(chain.certificates, 1):
        name = certificate.subject.short if certificate else ""
        if certificate in seen:
            yield Problem(f"certificate {number} as sent ({name}) is there a second time", key=f"twice {name}")
        elif certificate not in related:
            yield Problem(f"certificate {number} as sent ({name}) has nothing to do with the leaf", key=name)
        seen.add(certificate)


@check("chain.second-leaf", citation="RFC 9846 §4.4.2; OpenSSL SSL_CTX_use_certificate_chain_file(3)")
def second_leaf(chain: PresentedChain) -> Iterator[Answer]:
    """A file holds one chain: behind the first certificate come issuers, no second end-entity certificate.

    Only files are judged. An end-entity certificate is one that is no CA and has issued none of the others.

    Why: a server (nginx, haproxy, whatever loads the file) takes the first certificate as its own and sends the rest as
    its issuers. The second leaf is never served, and nobody notices until its name is asked for.

    Fix: write each chain into a file of its own, and configure the server with both.
    """
    if chain.lines is None:
        yield NotApplicable("an endpoint serves one chain; what else it sends is chain.extraneous's to say")
        return
    if chain.problems:
        yield NotChecked("not every certificate in the file can be read")
        return
    first, *others = dict.fromkeys(c for c in chain.certificates if c)
    ends = [c for c in others if not _may_be_ca(c) and _issued_by(c, chain) is None]
    if _issued_by(first, chain) is not None:
        first, *ends = ends or [first]
    for end in ends:
        position = chain.certificates.index(end)
        line = str(chain.lines[position]) if chain.lines else ""
        where = f"certificate {position + 1} (line {line})" if line else f"certificate {position + 1}"
        yield Problem(
            f"{where}, {_named(end)}, is a second leaf: servers take {_named(first)} for theirs and send this one "
            "as its issuer",
            key=_named(end),
            evidence={"line": line} if line else {},
        )


@check("chain.alt-path", citation="RFC 9846 §4.4.2")
def alt_path(chain: PresentedChain, now: datetime) -> Iterator[Answer]:
    """The message holds no path beside a good one that has expired or ends nowhere trusted.

    A path is good here if it holds for clients, whatever the purpose. What serves no good path, but is linked to the
    leaf, is an alternative for other clients, or a remnant.

    Why: some clients try the alternative first, and fail without trying the other.

    Fix: once no client needs the alternative, remove it from the certificate file.
    """
    good = [path for path in chain.paths if not validate(path, now, purposes=())]
    if not good:
        yield NotApplicable("no path is good at this time, so there is nothing to be an alternative to")
        return
    anchors, related = _anchors(chain), _related(chain)
    on_good = {certificate for path in good for certificate in path.certificates}
    for number, certificate in enumerate(chain.certificates, 1):
        if certificate is None or certificate in on_good or certificate not in related:
            continue
        if certificate.is_self_issued and (certificate.subject, certificate.spki) in anchors:
            continue
        state = "has expired" if _outdated(certificate, now) else "is on an alternative path that does not hold"
        name = certificate.subject.short
        yield Problem(f"certificate {number} as sent ({name}) {state}; another path holds", key=name)


def _issued_by(first: Certificate, chain: PresentedChain) -> int | None:
    """Position of a certificate that `first` has issued."""
    for position, other in enumerate(chain.certificates):
        if other is not None and other != first and may_issue(first, other) and verify_link(other, first) is None:
            return position
    return None


def _named(leaf: Certificate) -> str:
    """A leaf as people know it: by its first DNS name or URI, or else by its subject."""
    try:
        names = (*leaf.dns_names, *leaf.uris)
    except Malformed:
        names = ()
    return shortened(next(iter(names), leaf.subject.short))


def _may_be_ca(certificate: Certificate) -> bool:
    """Whether it is a CA's, as far as it says so: roots of version 1 cannot (RFC 5280 §4.2.1.9)."""
    return certificate.is_ca or (certificate.version == 1 and certificate.is_self_issued)


def _anchors(chain: PresentedChain) -> set[tuple[Name, bytes]]:
    return {(path.anchor.subject, path.anchor.spki) for path in chain.paths if path.anchor}


def _outdated(certificate: Certificate, now: datetime) -> bool:
    return not certificate.not_before <= now <= certificate.not_after


def _positions(path: CertificatePath, chain: PresentedChain) -> list[int]:
    """Where the path's certificates, and its anchor if it was sent, stand in the message."""
    positions = [chain.certificates.index(certificate) for certificate in path.certificates]
    anchor = path.anchor
    for position, sent in enumerate(chain.certificates):
        is_anchor = anchor and sent and (sent.subject, sent.spki) == (anchor.subject, anchor.spki)
        if is_anchor and position not in positions:
            return [*positions, position]
    return positions


def _related(chain: PresentedChain) -> set[Certificate | None]:
    """What issuers lead to from the leaf, and whatever is on a path."""
    related: set[Certificate | None] = {c for path in chain.paths for c in path.certificates}
    waiting = list(related)
    rest = set(chain.certificates) - related
    while waiting:
        certificate = waiting.pop()
        issuers = [c for c in rest if c and certificate and may_issue(c, certificate)]
        rest.difference_update(issuers)
        related.update(issuers)
        waiting += issuers
    return related


def _ca_issuers(certificate: Certificate) -> str:
    try:
        return " ".join(certificate.ca_issuer_urls)
    except Malformed:
        return ""
