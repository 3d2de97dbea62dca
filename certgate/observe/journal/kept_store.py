"""Trust stores as a journal keeps them: anchors, bundles, and where the bundles come from."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from certgate.model.bundle_facts import BundleFacts, BundleFailure, BundleSource
from certgate.observe.saved.members import Members, Wrong
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["certificates_of", "encoded", "store_members", "store_of"]


def store_members(store: TrustStore) -> dict[str, Any]:
    """The members of a store; `store_of` reads them."""
    bundles = [{"domain": domain, "anchors": encoded(bundle.anchors)} for domain, bundle in store.bundles.items()]
    return {
        "anchors": [] if bundles else encoded(store.anchors),
        "bundles": bundles,
        "origins": [_origin_members(facts) for facts in store.origins],
    }


def store_of(members: Members, name: str) -> TrustStore:
    """The store with these members. Raises Wrong."""
    bundles: dict[str, TrustStore] = {}
    for one in members.all_members("bundles"):
        domain = one.text("domain")
        bundles[domain] = TrustStore(domain, certificates_of(one, "anchors"))
        one.done()
    own = certificates_of(members, "anchors")
    origins = tuple(map(_origin, members.all_members("origins")))
    members.done()
    anchors = {anchor.sha256: anchor for bundle in bundles.values() for anchor in bundle.anchors}
    return TrustStore(name, own or tuple(anchors.values()), bundles, origins)


def encoded(certificates: Sequence[Certificate]) -> list[str]:
    """The certificates in Base64; `certificates_of` reads them."""
    return [b64encode(certificate.der).decode("ascii") for certificate in certificates]


def certificates_of(members: Members, name: str) -> tuple[Certificate, ...]:
    """The certificates in a member. Raises Wrong."""
    try:
        found = tuple(map(parse_certificate, members.all_data(name)))
        for certificate in found:
            _ = certificate.not_before, certificate.subject.rdns
    except Malformed as error:
        raise Wrong(f"{name} holds no certificate: {error}") from error
    return found


def _origin_members(facts: BundleFacts) -> dict[str, Any]:
    return {
        "trust_domain": facts.trust_domain,
        "source": facts.source.value,
        "location": facts.location,
        "profile": facts.profile,
        "obtained_at": _time(facts.obtained_at),
        "written_at": facts.written_at and _time(facts.written_at),
        "sequence": facts.sequence,
        "refresh_hint": facts.refresh_hint,
        "known_sequence": facts.known_sequence,
        "authorities": list(facts.authorities),
        "failure": facts.failure and facts.failure.value,
        "problem": facts.problem,
    }


def _origin(members: Members) -> BundleFacts:
    facts = BundleFacts(
        trust_domain=members.text("trust_domain"),
        source=members.word("source", BundleSource),
        location=members.text("location"),
        profile=members.text("profile"),
        obtained_at=members.time("obtained_at"),
        written_at=None if members.is_null("written_at") else members.time("written_at"),
        sequence=None if members.is_null("sequence") else members.count("sequence"),
        refresh_hint=None if members.is_null("refresh_hint") else members.count("refresh_hint"),
        known_sequence=None if members.is_null("known_sequence") else members.count("known_sequence"),
        authorities=members.texts("authorities"),
        failure=None if members.is_null("failure") else members.word("failure", BundleFailure),
        problem=members.text("problem"),
    )
    members.done()
    return facts


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
