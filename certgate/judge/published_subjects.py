"""A CRL or an OCSP response on its own: as a subject for rules, and as reports show it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import new as new_hash

from certgate.checks.framework.subjects import PublishedCrl, PublishedResponse
from certgate.judge.chain import read_or_none
from certgate.model.observation import Observed
from certgate.model.published import Published
from certgate.model.target import Role, Target
from certgate.model.verdict import CertificateSummary
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.crl import Crl, parse_published_crl
from certgate.x509.key import key_bits
from certgate.x509.ocsp import OcspResponse, parse_ocsp_response
from certgate.x509.signature import SIGNATURE_NAMES

__all__ = ["as_published", "published_subject", "published_summary"]


def as_published(observed: Observed) -> Target:
    """The target, in the role of what its file turned out to hold if that is no chain and no request."""
    for seen in observed.observations:
        if found := seen.published:
            reason = f"the file holds {found.described}"
            return replace(observed.target, roles=frozenset({found.role}), role_reason=reason)
    return observed.target


def published_subject(published: Published, store: TrustStore) -> PublishedCrl | PublishedResponse:
    """The subject, with the issuers that the trust store has for it. Raises Malformed."""
    if published.role is Role.CRL:
        crl = parse_published_crl(published.der)
        return PublishedCrl(crl, store.named(crl.issuer), store.name)
    response = parse_ocsp_response(published.der)
    return PublishedResponse(response, _issuers(response, store), store.name)


def published_summary(published: Published, line: int) -> CertificateSummary:
    """What reports show of it. Raises Malformed."""
    if published.role is Role.CRL:
        return replace(_crl_summary(parse_published_crl(published.der)), label=published.label, line=line)
    return replace(_response_summary(parse_ocsp_response(published.der)), label=published.label, line=line)


def _crl_summary(crl: Crl) -> CertificateSummary:
    algorithm = read_or_none(lambda: crl.signature_algorithm) or ""
    return CertificateSummary(
        label="",
        subject=crl.issuer.text,
        issuer=crl.issuer.text,
        issuer_name=crl.issuer.short,
        sha256=crl.sha256,
        not_before=read_or_none(lambda: crl.this_update),
        not_after=read_or_none(lambda: crl.next_update),
        signature=SIGNATURE_NAMES.get(algorithm, algorithm),
        issuer_key_identifier=(read_or_none(lambda: crl.key_identifier) or b"").hex(),
    )


def _response_summary(response: OcspResponse) -> CertificateSummary:
    name = response.responder_name
    singles = read_or_none(lambda: response.singles) or ()
    serial = f"{singles[0].cert_id.serial:x}" if len(singles) == 1 else ""
    ends = [single.next_update for single in singles if single.next_update]
    algorithm = read_or_none(lambda: response.signature_algorithm.oid) or ""
    return CertificateSummary(
        label="",
        subject=f"for serial number {serial}" if serial else f"for {len(singles):,} certificates",
        issuer=name.text if name else "",
        issuer_name=name.short if name else "",
        serial=serial,
        sha256=response.sha256,
        not_before=min((single.this_update for single in singles), default=None),
        not_after=min(ends, default=None),
        signature=SIGNATURE_NAMES.get(algorithm, algorithm),
    )


def _issuers(response: OcspResponse, store: TrustStore) -> tuple[Certificate, ...]:
    """The certificates in the store whose name and key the statuses name. Raises Malformed."""
    named = {(s.cert_id.hash_name, s.cert_id.issuer_name_hash, s.cert_id.issuer_key_hash) for s in response.singles}
    found: dict[Certificate, None] = {}
    for hash_name in sorted({name for name, _, _ in named if name}):
        known = _by_hashes(store, hash_name)
        for _, by_name, by_key in sorted(one for one in named if one[0] == hash_name):
            found |= dict.fromkeys(known.get((by_name, by_key), ()))
    return tuple(found)


@lru_cache(maxsize=16)
def _by_hashes(store: TrustStore, hash_name: str) -> Mapping[tuple[bytes, bytes], Iterable[Certificate]]:
    """The anchors by the hashes of their names and keys (RFC 6960 §4.1.1)."""
    found: dict[tuple[bytes, bytes], list[Certificate]] = {}
    for anchor in store.anchors:
        bits = read_or_none(partial(key_bits, anchor.spki))
        if bits is not None:
            by_name, by_key = (
                new_hash(hash_name, data, usedforsecurity=False).digest() for data in (anchor.subject.der, bits)
            )
            found.setdefault((by_name, by_key), []).append(anchor)
    return found
