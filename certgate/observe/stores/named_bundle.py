"""Bundles by the words that name them: a file, a bundle endpoint or an agent, each with the facts about it."""

from datetime import UTC, datetime
from pathlib import Path

from certgate.model.bundle_facts import BundleFacts, BundleSource
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.observe.clock import Clock, utc_now
from certgate.observe.stores.anchor_file import from_content, read_store_file
from certgate.observe.stores.spiffe_bundle import BadBundle, Bundle, read_bundle
from certgate.policy.bundle_endpoint import BundleEndpoint, bundle_word, endpoint_in, trust_domain_of
from certgate.policy.workload_socket import parse_workload_api
from certgate.x509.certificate import Certificate
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["NamedBundle", "bundle_in_file", "named_bundle"]


@frozen(slots=True)
class NamedBundle:
    """A bundle, or why there is none; and where it comes from."""

    facts: BundleFacts
    anchors: tuple[Certificate, ...] = ()


def named_bundle(word: str, clock: Clock = utc_now) -> NamedBundle:
    """The bundle that `spiffe://TRUST-DOMAIN=PLACE` names.

    Raises UsageError for a word that is not valid, and for a file that cannot be read: the user can correct these. What
    a server does wrong is part of the facts.
    """
    if endpoint := endpoint_in(word):
        return _from_endpoint(endpoint, clock)
    domain, file = bundle_word(word) or ("", "")
    if ":" in file and (socket := parse_workload_api(file)):
        return _from_agent(trust_domain_of(domain, f"trust store {word}"), socket, clock)
    if not file:
        advice = f"spiffe://{domain}=FILE, or its bundle endpoint: spiffe://{domain}=https://HOST/PATH"
        raise UsageError(f"trust store {word}: name the file with the bundle: {advice}")
    return bundle_in_file(Path(file), trust_domain_of(domain, f"trust store {word}"), clock)


def bundle_in_file(path: Path, trust_domain: str, clock: Clock = utc_now, content: bytes | None = None) -> NamedBundle:
    """The bundle in a file, whose `content` may have been read: a JWK set, or PEM. Raises UsageError."""
    bundle = _read(path, content)
    facts = BundleFacts(
        trust_domain=trust_domain,
        source=BundleSource.FILE,
        location=str(path),
        obtained_at=clock(),
        written_at=_written_at(path),
        sequence=bundle.sequence,
        refresh_hint=bundle.refresh_hint,
        authorities=_digests(bundle),
    )
    return NamedBundle(facts, bundle.anchors)


def _read(path: Path, content: bytes | None = None) -> Bundle:
    content = read_store_file(path) if content is None else content
    where = f"trust store {path}"
    if content.lstrip()[:1] != b"{":
        return Bundle(anchors=tuple(from_content(content, where)))
    try:
        return read_bundle(content)
    except BadBundle as error:
        raise UsageError(f"{where}: {error}") from error


def _written_at(path: Path) -> datetime | None:
    """When the file was last written; None for what is not a regular file."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else None
    except (OSError, OverflowError, ValueError):
        return None


def _from_endpoint(endpoint: BundleEndpoint, clock: Clock) -> NamedBundle:
    from certgate.observe.stores.bundle_fetch import fetched_bundle

    bootstrap = _read(Path(endpoint.bootstrap)) if endpoint.bootstrap else Bundle(anchors=())
    serves_itself = split_spiffe_id(endpoint.endpoint_id).trust_domain.lower() == endpoint.trust_domain

    def facts(bundle: Bundle, error: BadBundle | None = None) -> BundleFacts:
        return BundleFacts(
            trust_domain=endpoint.trust_domain,
            source=BundleSource.ENDPOINT,
            location=endpoint.url,
            profile=endpoint.profile,
            obtained_at=clock(),
            sequence=bundle.sequence,
            refresh_hint=bundle.refresh_hint,
            known_sequence=bootstrap.sequence if serves_itself else None,
            authorities=_digests(bundle),
            failure=error.kind if error else None,
            problem=f"{endpoint.url}: {error}" if error else "",
        )

    try:
        bundle = fetched_bundle(endpoint, bootstrap.anchors)
    except BadBundle as error:
        return NamedBundle(facts(Bundle(anchors=()), error))
    return NamedBundle(facts(bundle), bundle.anchors)


def _from_agent(trust_domain: str, socket: str, clock: Clock) -> NamedBundle:
    from certgate.observe.stores.agent_bundle import bundle_of_agent

    bundle, failure, problem = Bundle(anchors=()), None, ""
    try:
        bundle = bundle_of_agent(trust_domain, socket)
    except BadBundle as error:
        failure, problem = error.kind, str(error)
    facts = BundleFacts(
        trust_domain=trust_domain,
        source=BundleSource.WORKLOAD_API,
        location=socket,
        obtained_at=clock(),
        authorities=_digests(bundle),
        failure=failure,
        problem=problem,
    )
    return NamedBundle(facts, bundle.anchors)


def _digests(bundle: Bundle) -> tuple[str, ...]:
    return tuple(sorted({anchor.sha256 for anchor in bundle.anchors}))
