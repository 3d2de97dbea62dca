"""Builds targets and observations from their saved members."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from certgate.model.cluster_source import ClusterSource
from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.mutual_tls import ClientKind, ClientSource, Expect, MutualTls, client_source
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    IssuancePlan,
    Note,
    Observation,
    Phase,
    PreludeFacts,
    Refusal,
    Vantage,
)
from certgate.model.peers import Peers
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.proxy import Proxy
from certgate.model.published import PUBLISHED_LABELS, Published
from certgate.model.target import (
    Endpoint,
    FileSource,
    ManifestSource,
    Origin,
    Place,
    Probe,
    Purpose,
    Revocation,
    Role,
    Sameness,
    Source,
    Target,
    TrustMode,
    Visit,
)
from certgate.model.workload_source import WorkloadSource
from certgate.observe.saved.members import Members, Wrong
from certgate.observe.saved.objects_facts import facts_of
from certgate.policy.hosts import is_ip, split_endpoint
from certgate.policy.proxy_url import parse_proxy

__all__ = ["Contents", "observation_of", "target_of"]

Contents = dict[str, bytes]
"""Large evidence by its SHA-256."""


class _Addresses(StrEnum):
    """Which addresses of a host are visited."""

    ALL = "all"
    FIRST = ""


class _Probing(StrEnum):
    """Whether probes may be made."""

    ALLOWED = "allowed"
    NONE = "none"
    USUAL = ""


_PROBING = {_Probing.ALLOWED: True, _Probing.NONE: False, _Probing.USUAL: None}


class _ProxyProtocol(StrEnum):
    """How a connection begins."""

    V1 = "v1"
    V2 = "v2"
    NONE = ""


def target_of(members: Members, *, ordinal: int) -> Target:
    """Read a target; `ordinal` is its position among the targets."""
    target = Target(
        id=members.text("id"),
        ordinal=ordinal,
        source=_source(members.members("source")),
        place=_place(members),
        range=members.text("range") if "range" in members else "",
        policy=members.text("policy"),
        trust=members.texts("trust"),
        trust_mode=members.word("trust_mode", TrustMode),
        roles=frozenset(members.words("roles", Role)),
        role_reason=members.text("role_reason"),
        names=members.texts("names"),
        spiffe_ids=members.texts("spiffe_ids"),
        peers=tuple(map(_peers, members.all_members("peers"))) if "peers" in members else None,
        policy_oids=members.texts("policy_oids"),
        labels=members.mapping("labels"),
        revocation=members.word("revocation", Revocation),
        expect=members.text("expect"),
        purpose=None if members.is_null("purpose") else members.word("purpose", Purpose),
    )
    members.done()
    return target


def _peers(members: Members) -> Peers:
    peers = Peers(clients=members.texts("from"), servers=members.texts("to"), tenant=members.text("tenant"))
    members.done()
    return peers


def observation_of(members: Members, contents: Mapping[str, bytes]) -> Observation:
    """Read the observation at one vantage; `contents` has the large evidence of earlier lines."""
    probe = members.text("probe")
    if probe and probe not in set(Probe):
        raise Wrong("probe is not known to this version")
    observation = Observation(
        observed_at=members.time("observed_at"),
        vantage=Vantage(
            address=members.text("address"),
            server_name=_text_or_null(members, "server_name"),
            probe=probe,
            proxy=members.text("proxy"),
            key_type=members.text("key_type") if "key_type" in members else "",
        ),
        presented=members.all_data("presented"),
        staple=_data_or_null(members, "staple"),
        prelude=_prelude(members),
        handshake=_handshake(members),
        client_certificate=members.text("client_certificate"),
        failure=_failure(members),
        probes=tuple(map(_probe_answer, members.all_members("probes"))) if "probes" in members else (),
        notes=members.words("notes", Note),
        timings=members.numbers("timings"),
        connections=members.count("connections"),
        unvisited=members.texts("unvisited"),
        lines=members.counts("lines"),
        evidence=tuple(_evidence(piece, contents) for piece in members.all_members("evidence")),
        container=members.text("container"),
        public_key=_data_or_null(members, "public_key"),
        key_problem=members.text("key_problem"),
        request=_data_or_null(members, "request"),
        plan=_plan(members),
        published=_published(members.members("published")) if "published" in members else None,
        kubernetes=facts_of(members.members("kubernetes")) if "kubernetes" in members else None,
    )
    members.done()
    return observation


def _published(members: Members) -> Published:
    role = members.word("role", Role)
    if role not in PUBLISHED_LABELS:
        raise Wrong("published.role is neither crl nor ocsp")
    published = Published(role, members.data("content"))
    members.done()
    return published


def _source(members: Members) -> Source:
    kind = members.text("kind")
    source: Source
    if kind == Endpoint.kind:
        source = Endpoint(
            members.text("host"),
            members.count("port"),
            _text_or_null(members, "server_name"),
            members.text("protocol"),
            _visit(members),
        )
    elif kind == FileSource.kind:
        path, key, parts = members.text("path"), members.text("key"), members.texts("parts")
        source = FileSource(path, key, parts, members.text("bundle") if "bundle" in members else "")
    elif kind == ManifestSource.kind:
        source = ManifestSource(members.text("path"), members.text("entry"), members.count("line"))
    elif kind == ClusterSource.kind:
        source = ClusterSource(members.text("cluster"), members.text("object"), members.text("entry"))
    elif kind == WorkloadSource.kind:
        source = WorkloadSource(members.text("socket"), members.text("svid"), members.text("hint"))
    else:
        raise Wrong("target.source.kind has a value that this version does not know")
    members.done()
    return source


def _visit(members: Members) -> Visit:
    certificate, key = members.text("client_certificate"), members.text("client_key")
    return Visit(
        alpn=members.texts("alpn"),
        all_addresses=members.word("addresses", _Addresses) is _Addresses.ALL,
        at=members.texts("at") if "at" in members else (),
        also=members.texts("also"),
        clients_without_sni=members.flag("clients_without_sni"),
        may_probe=_PROBING[members.word("probes", _Probing)] if "probes" in members else None,
        client=client_source(certificate, key) if certificate else None,
        proxy=_proxy(members.text("proxy")),
        proxy_protocol=members.word("proxy_protocol", _ProxyProtocol),
        origin=_origin(members) if "origin" in members else None,
        mtls=_mutual_tls(members.members("mtls")) if "mtls" in members else None,
    )


def _origin(members: Members) -> Origin | None:
    address = members.text("origin")
    certificate, key = members.text("origin_client_certificate"), members.text("origin_client_key")
    trust, same, closed = (
        members.texts("origin_trust"),
        members.words("origin_same", Sameness),
        members.flag("origin_closed"),
    )
    if not address:
        return None
    host, port = _address(address)
    client = client_source(certificate, key) if certificate else None
    return Origin(host=host, port=port, trust=trust, client=client, same=same, closed=closed)


def _address(text: str) -> tuple[str, int]:
    try:
        host, port = split_endpoint(text)
    except UsageError as error:
        raise Wrong(f"target.source.origin: {error}") from None
    if port is None or not is_ip(host):
        raise Wrong("target.source.origin is not an IP address with a port")
    return host, port


def _mutual_tls(members: Members) -> MutualTls:
    declared = MutualTls(
        expect=members.word("expect", Expect),
        control=None if members.is_null("control") else _client(members.members("control")),
        needs_control=members.flag("needs_control"),
        refuse=tuple((one.word("kind", ClientKind), _client(one)) for one in members.all_members("refuse")),
        app=members.text("app"),
    )
    members.done()
    return declared


def _client(members: Members) -> ClientSource:
    client = client_source(members.text("cert"), members.text("key"))
    members.done()
    return client


def _proxy(url: str) -> Proxy | None:
    try:
        return parse_proxy(url) if url else None
    except UsageError as error:
        raise Wrong(f"target.source.proxy: {error}") from None


def _place(members: Members) -> Place | None:
    if members.is_null("place"):
        return None
    inner = members.members("place")
    place = Place(inner.text("file"), inner.count("line"), inner.count("column"))
    inner.done()
    return place


def _prelude(members: Members) -> PreludeFacts | None:
    if members.is_null("prelude"):
        return None
    inner = members.members("prelude")
    facts = PreludeFacts(inner.text("protocol"), inner.text("way"), inner.text("injected"))
    inner.done()
    return facts


def _handshake(members: Members) -> HandshakeFacts | None:
    if members.is_null("handshake"):
        return None
    inner = members.members("handshake")
    facts = HandshakeFacts(
        inner.text("version"), inner.text("cipher"), _text_or_null(inner, "group"), _text_or_null(inner, "alpn")
    )
    inner.done()
    return facts


def _failure(members: Members) -> Failure | None:
    if members.is_null("failure"):
        return None
    inner = members.members("failure")
    failure = Failure(inner.word("kind", FailureKind), inner.word("phase", Phase), inner.text("detail"))
    inner.done()
    return failure


def _probe_answer(members: Members) -> ProbeAnswer:
    answer = ProbeAnswer(
        what=members.text("what"),
        outcome=members.word("outcome", ProbeOutcome),
        chosen=members.text("chosen"),
        alert=_count_or_null(members, "alert"),
        status=_count_or_null(members, "status"),
        detail=members.text("detail"),
        requested=members.flag("requested") if "requested" in members else None,
        ca_names=members.texts("ca_names") if "ca_names" in members else (),
        client_id=members.text("client_id") if "client_id" in members else "",
    )
    members.done()
    return answer


def _plan(members: Members) -> IssuancePlan | None:
    if members.is_null("plan"):
        return None
    inner = members.members("plan")
    plan = IssuancePlan(
        duration=_duration(inner, "duration"),
        renew_before=_duration(inner, "renew_before"),
        self_signed=inner.flag("self_signed"),
        is_drafted=inner.flag("is_drafted"),
        refusals=tuple(_refusal(refusal) for refusal in inner.all_members("refusals")),
    )
    inner.done()
    return plan


def _refusal(members: Members) -> Refusal:
    refusal = Refusal(members.text("key"), members.text("detail"))
    members.done()
    return refusal


def _evidence(members: Members, contents: Mapping[str, bytes]) -> Evidence:
    content = _data_or_null(members, "base64")
    if not members.is_null("content"):
        digest = members.text("content")
        if digest not in contents or content is not None:
            raise Wrong("it refers to evidence that no earlier line has")
        content = contents[digest]
    evidence = Evidence(
        kind=members.word("kind", EvidenceKind),
        source=members.text("source"),
        content=content,
        failure=None if members.is_null("failure") else members.word("failure", FetchFailure),
        detail=members.text("detail"),
        about=members.text("about"),
        nonce=members.data("nonce"),
    )
    members.done()
    return evidence


def _text_or_null(members: Members, name: str) -> str | None:
    return None if members.is_null(name) else members.text(name)


def _count_or_null(members: Members, name: str) -> int | None:
    return None if members.is_null(name) else members.count(name)


def _data_or_null(members: Members, name: str) -> bytes | None:
    return None if members.is_null(name) else members.data(name)


def _duration(members: Members, name: str) -> timedelta | None:
    if members.is_null(name):
        return None
    try:
        return timedelta(seconds=members.number(name))
    except OverflowError as error:
        raise Wrong(f"plan.{name} is too large") from error
