"""The chain as sent: which certificates it has, in which order, and whether they are enough."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from certgate.checks.framework.needs import Need
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath, PresentedChain
from certgate.checks.framework.wording import shortened
from certgate.model.finding import Severity
from certgate.trust.links import is_self_signed, may_issue, verify_link
from certgate.trust.rfc5280 import stops_at
from certgate.trust.validation import validate
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

__all__: list[str] = []


@check("chain.leaf-first", citation="RFC 9846 §4.4.2", needs_order="chain.order")
def leaf_first(chain: PresentedChain) -> Iterator[Answer]:
    """The leaf is the first certificate.

    The rule fails if the first certificate issued another one that was sent. If the leaf is found further down,
    chain.order reports the error.

    Why: a client takes the first certificate as the server's own, whatever follows it.

    Fix: put the leaf first in the certificate file, then its issuer: `cat leaf.pem ca.pem > fullchain.pem`.
    """
    if chain.container:
        yield _unordered(chain)
        return
    if chain.leaf_at:
        return
    first = chain.certificates[0]
    if first is None:
        raise Malformed("the first certificate cannot be read")
    issued = _issued_by(first, chain)
    if issued is not None:
        text = f"the first certificate is not the leaf: it issued {_numbered(issued, chain)}"
        yield Problem(text, denies=Premise.LEAF)


@check("chain.order", citation="RFC 9846 §4.4.2; RFC 5246 §7.4.2")
def order(chain: PresentedChain) -> Iterator[Answer]:
    """The server sends its certificates in order: the leaf, its issuer, that issuer's issuer.

    One path in order is enough. A certificate that belongs to no path is chain.extraneous's subject. TLS 1.3 only
    recommends the order, so there a wrong order of issuers is a warning; a leaf that is not first is always an error.

    Why: TLS 1.2 requires this order, and clients that do not sort the certificates find no path.

    Fix: write the certificate file from the leaf upwards: `cat leaf.pem intermediate.pem > fullchain.pem`.
    """
    if chain.container:
        yield _unordered(chain)
        return
    if chain.leaf_at:
        leaf, sent_first = _numbered(chain.leaf_at, chain), _numbered(0, chain)
        yield Problem(f"wrong order: {leaf} is the leaf, but {sent_first} is sent first", key="leaf")
        return
    first = chain.certificates[0]
    if chain.problems or first is None:
        raise Malformed("a certificate that was sent cannot be read")
    if _issued_by(first, chain) is not None:
        yield NotApplicable("the first certificate is not the leaf (see chain.leaf-first)")
        return
    sent = [_positions(path, chain) for path in chain.paths]
    if any(all(a < b for a, b in pairwise(positions)) for positions in sent):
        return
    numbers = ", ".join(str(position + 1) for position in sent[0])
    severity = Severity.WARNING if chain.tls_version == "TLSv1.3" else None
    yield Problem(
        f"wrong order: the path from the leaf takes the certificates in the order {numbers}", severity=severity
    )


def _unordered(chain: PresentedChain) -> NotApplicable:
    return NotApplicable(f"certificates in {chain.container} have no order")


@check("chain.complete", citation="RFC 9846 §4.4.2; PCI DSS 4.0.1 4.2.1", needs=[Need.ISSUER], judges_trust=True)
def complete(chain: PresentedChain) -> Iterator[Answer]:
    """The server sends every intermediate certificate.

    The rule fails if the chain stops at a certificate whose issuer was neither sent nor is trusted: either an
    intermediate is missing, or the root is not in the trust store. A chain that ends at a self-signed certificate is
    complete; trust.anchor says whether that certificate is trusted. `--aia` shows whether the chain can be completed;
    the rule fails all the same.

    Why: clients that do not fetch missing issuers, which is most clients other than browsers, refuse the connection.

    Fix: append the missing intermediate to the certificate file; the CA publishes it, often at the `ca_issuers` URL of
    this finding. If the issuer is your own root, trust it with `--trust`.
    """
    if any(path.anchor is not None or is_self_signed(path.certificates[-1]) for path in chain.paths):
        return
    if chain.limit:
        yield NotChecked(f"the path search reached its limit {chain.limit}")
        return
    if unknown := chain.paths[0].unknown:
        yield NotChecked(unknown)
        return
    last = chain.paths[0].certificates[-1]
    unread = "chain.readable" if chain.problems else "spiffe.trust-domain-bundle"
    yield Problem(
        f"{stops_at(last)}: send the intermediate, or trust {last.issuer.text}",
        evidence={"ca_issuers": _ca_issuers(last)},
        cause="name.issuer-empty" if last.issuer.is_empty else unread,
    )


@check("chain.root-sent", citation="RFC 9846 §4.4.2", judges_trust=True)
def root_sent(chain: PresentedChain) -> Iterator[Answer]:
    """The server does not send the root.

    Only a self-issued certificate of a trusted root counts: a cross-certificate for the root's key serves older
    clients.

    Why: the client has its own copy of the root, so every handshake carries these bytes for nothing.

    Fix: remove the root from the certificate file.
    """
    anchors = _anchors(chain)
    for position, certificate in enumerate(chain.certificates):
        if certificate is None or not certificate.is_self_issued or certificate == chain.leaf:
            continue
        if (certificate.subject, certificate.spki) in anchors:
            yield Problem(
                f"{_numbered(position, chain)} is a trusted root, which wastes {len(certificate.der)} bytes",
                key=certificate.subject.short,
            )


@check("chain.extraneous", citation="RFC 9846 §4.4.2")
def extraneous(chain: PresentedChain) -> Iterator[Answer]:
    """The server sends only certificates that belong to the leaf's chain, each of them once.

    A certificate belongs to the chain if issuers lead from the leaf to it, by name and key identifier: alternatives for
    other clients count. If no path reaches a trusted root, an unrelated certificate looks like one whose link is
    missing, so only duplicates are reported.

    Why: every client downloads it, and it often shows that a wrong or old intermediate was installed.

    Fix: remove the certificate from the certificate file.
    """
    if chain.problems:
        raise Malformed("a certificate that was sent cannot be read")
    leaf = chain.leaf
    linked = any(path.anchor for path in chain.paths) and leaf is not None and _issued_by(leaf, chain) is None
    related = _related(chain) if linked else set(chain.certificates)
    seen: set[Certificate | None] = set()
    for position, certificate in enumerate(chain.certificates):
        name = certificate.subject.short if certificate else ""
        if certificate in seen:
            yield Problem(f"{_numbered(position, chain)} is a duplicate", key=f"twice {name}")
        elif certificate not in related:
            yield Problem(f"{_numbered(position, chain)} does not belong to the leaf's chain", key=name)
        seen.add(certificate)


@check("chain.second-leaf", citation="RFC 9846 §4.4.2; OpenSSL SSL_CTX_use_certificate_chain_file(3)")
def second_leaf(chain: PresentedChain) -> Iterator[Answer]:
    """A file holds one chain: one leaf, followed by its issuers.

    The rule checks files only. A leaf is a certificate that is not a CA and issued none of the others.

    Why: a server such as nginx or HAProxy takes the first certificate as its own and sends the rest as its issuers. The
    second leaf is never served, and nobody notices until a client asks for its name.

    Fix: write each chain to a file of its own, and configure the server with both.
    """
    if chain.lines is None:
        yield NotApplicable("an endpoint serves one chain (see chain.extraneous for what else it sends)")
        return
    if chain.problems:
        raise Malformed("a certificate in the file cannot be read")
    first = chain.paths[0].leaf
    others = dict.fromkeys(c for c in chain.certificates if c and c != first)
    ends = [c for c in others if not _may_be_ca(c) and _issued_by(c, chain) is None]
    if _issued_by(first, chain) is not None:
        first, *ends = ends or [first]
    for end in ends:
        position = chain.certificates.index(end)
        line = str(chain.lines[position]) if chain.lines else ""
        where = f"certificate {position + 1} (line {line})" if line else f"certificate {position + 1}"
        yield Problem(
            f"second leaf: {where}, {_named(end)}, is never served, because servers take {_named(first)} as the leaf",
            key=_named(end),
            evidence={"line": line} if line else {},
        )


@check(
    "chain.alt-path",
    unshipped="clients that find one good path connect; which others you send is a matter of taste",
    citation="RFC 9846 §4.4.2",
)
def alt_path(chain: PresentedChain, now: datetime) -> Iterator[Answer]:
    """The server sends no alternative path that has expired or reaches no trusted root.

    The rule needs one path that holds for clients, whatever the purpose. A certificate that is linked to the leaf but
    serves no such path is an alternative for other clients, or a remnant.

    Why: some clients try the alternative first, and fail without trying the other path.

    Fix: once no client needs the alternative, remove it from the certificate file.
    """
    good = [path for path in chain.paths if not validate(path, now, purposes=())]
    if not good:
        yield NotApplicable("no path holds at this time")
        return
    anchors, related = _anchors(chain), _related(chain)
    on_good = {certificate for path in good for certificate in path.certificates}
    for position, certificate in enumerate(chain.certificates):
        if certificate is None or certificate in on_good or certificate not in related:
            continue
        if certificate.is_self_issued and (certificate.subject, certificate.spki) in anchors:
            continue
        state = "is outside its dates" if _outdated(certificate, now) else "is on a path that does not hold"
        message = f"{_numbered(position, chain)} {state}, while another path holds"
        yield Problem(message, key=certificate.subject.short)


def _issued_by(first: Certificate, chain: PresentedChain) -> int | None:
    """The position of a certificate that `first` issued."""
    for position, other in enumerate(chain.certificates):
        if other is not None and other != first and may_issue(first, other) and verify_link(other, first) is None:
            return position
    return None


def _numbered(position: int, chain: PresentedChain) -> str:
    """A certificate's position and name: `certificate 2 (Issuing CA)`."""
    certificate = chain.certificates[position]
    return f"certificate {position + 1} ({certificate.subject.short if certificate else 'unreadable'})"


def _named(leaf: Certificate) -> str:
    """A name for a leaf: its first DNS name or URI, or else its subject."""
    try:
        names = (*leaf.dns_names, *leaf.uris)
    except Malformed:
        names = ()
    return shortened(next(iter(names), leaf.subject.short))


def _may_be_ca(certificate: Certificate) -> bool:
    """Whether it may be a CA: a root of version 1 cannot say so (RFC 5280 §4.2.1.9)."""
    return certificate.is_ca or (certificate.version == 1 and certificate.is_self_issued)


def _anchors(chain: PresentedChain) -> set[tuple[Name, bytes]]:
    return {(path.anchor.subject, path.anchor.spki) for path in chain.paths if path.anchor}


def _outdated(certificate: Certificate, now: datetime) -> bool:
    return not certificate.not_before <= now <= certificate.not_after


def _positions(path: CertificatePath, chain: PresentedChain) -> list[int]:
    """The positions in the sent chain of the path's certificates, and of its anchor if it was sent."""
    positions = [chain.certificates.index(certificate) for certificate in path.certificates]
    anchor = path.anchor
    for position, sent in enumerate(chain.certificates):
        is_anchor = anchor and sent and sent.spki == anchor.spki and sent.subject == anchor.subject
        if is_anchor and position not in positions:
            return [*positions, position]
    return positions


def _related(chain: PresentedChain) -> set[Certificate | None]:
    """The certificates on a path, and those that can be reached from the leaf through issuers."""
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
