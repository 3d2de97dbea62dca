"""Builds targets and observations from their saved members."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
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
from certgate.model.proxy import Proxy
from certgate.model.target import (
    ClientFiles,
    Endpoint,
    FileSource,
    ManifestSource,
    Place,
    Probe,
    Purpose,
    Revocation,
    Role,
    Source,
    Target,
    TrustMode,
    Visit,
)
from certgate.observe.saved.members import Members, Wrong
from certgate.policy.proxy_words import parse_proxy

__all__ = ["Contents", "observation_of", "target_of"]

Contents = dict[str, bytes]
"""Large evidence by its SHA-256."""


class _Addresses(StrEnum):
    """Which addresses of a host are visited."""

    ALL = "all"
    FIRST = ""


class _ProxyProtocol(StrEnum):
    """How a connection begins."""

    V1 = "v1"
    V2 = "v2"
    NONE = ""


def target_of(said: Members, *, ordinal: int) -> Target:
    """Read a target; `ordinal` is its position among the targets."""
    target = Target(
        id=said.text("id"),
        ordinal=ordinal,
        source=_source(said.members("source")),
        place=_place(said),
        policy=said.text("policy"),
        trust=said.texts("trust"),
        trust_mode=said.word("trust_mode", TrustMode),
        roles=frozenset(said.words("roles", Role)),
        role_reason=said.text("role_reason"),
        names=said.texts("names"),
        spiffe_ids=said.texts("spiffe_ids"),
        policy_oids=said.texts("policy_oids"),
        labels=said.mapping("labels"),
        revocation=said.word("revocation", Revocation),
        expect=said.text("expect"),
        purpose=None if said.is_null("purpose") else said.word("purpose", Purpose),
    )
    said.done()
    return target


def observation_of(said: Members, contents: Mapping[str, bytes]) -> Observation:
    """Read the observation at one vantage; `contents` has the large evidence of earlier lines."""
    probe = said.text("probe")
    if probe and probe not in set(Probe):
        raise Wrong("probe is not known to this version")
    observation = Observation(
        observed_at=said.time("observed_at"),
        vantage=Vantage(said.text("address"), _text_or_null(said, "server_name"), probe, said.text("proxy")),
        presented=said.all_data("presented"),
        staple=_data_or_null(said, "staple"),
        prelude=_prelude(said),
        handshake=_handshake(said),
        client_certificate=said.text("client_certificate"),
        failure=_failure(said),
        notes=said.words("notes", Note),
        timings=said.numbers("timings"),
        connections=said.count("connections"),
        unvisited=said.texts("unvisited"),
        lines=said.counts("lines"),
        evidence=tuple(_evidence(piece, contents) for piece in said.all_members("evidence")),
        container=said.text("container"),
        public_key=_data_or_null(said, "public_key"),
        key_problem=said.text("key_problem"),
        request=_data_or_null(said, "request"),
        plan=_plan(said),
    )
    said.done()
    return observation


def _source(said: Members) -> Source:
    kind = said.text("kind")
    source: Source
    if kind == Endpoint.kind:
        source = Endpoint(
            said.text("host"),
            said.count("port"),
            _text_or_null(said, "server_name"),
            said.text("protocol"),
            _visit(said),
        )
    elif kind == FileSource.kind:
        source = FileSource(said.text("path"), said.text("key"), said.texts("parts"))
    elif kind == ManifestSource.kind:
        source = ManifestSource(said.text("path"), said.text("entry"), said.count("line"))
    else:
        raise Wrong("target.source.kind has a value that this version does not know")
    said.done()
    return source


def _visit(said: Members) -> Visit:
    certificate, key = said.text("client_certificate"), said.text("client_key")
    return Visit(
        alpn=said.texts("alpn"),
        all_addresses=said.word("addresses", _Addresses) is _Addresses.ALL,
        also=said.texts("also"),
        clients_without_sni=said.flag("clients_without_sni"),
        client=ClientFiles(certificate, key) if certificate else None,
        proxy=_proxy(said.text("proxy")),
        proxy_protocol=said.word("proxy_protocol", _ProxyProtocol),
    )


def _proxy(said: str) -> Proxy | None:
    try:
        return parse_proxy(said) if said else None
    except UsageError as error:
        raise Wrong(f"target.source.proxy: {error}") from None


def _place(said: Members) -> Place | None:
    if said.is_null("place"):
        return None
    inner = said.members("place")
    place = Place(inner.text("file"), inner.count("line"), inner.count("column"))
    inner.done()
    return place


def _prelude(said: Members) -> PreludeFacts | None:
    if said.is_null("prelude"):
        return None
    inner = said.members("prelude")
    facts = PreludeFacts(inner.text("protocol"), inner.text("way"), inner.text("injected"))
    inner.done()
    return facts


def _handshake(said: Members) -> HandshakeFacts | None:
    if said.is_null("handshake"):
        return None
    inner = said.members("handshake")
    facts = HandshakeFacts(
        inner.text("version"), inner.text("cipher"), _text_or_null(inner, "group"), _text_or_null(inner, "alpn")
    )
    inner.done()
    return facts


def _failure(said: Members) -> Failure | None:
    if said.is_null("failure"):
        return None
    inner = said.members("failure")
    failure = Failure(inner.word("kind", FailureKind), inner.word("phase", Phase), inner.text("detail"))
    inner.done()
    return failure


def _plan(said: Members) -> IssuancePlan | None:
    if said.is_null("plan"):
        return None
    inner = said.members("plan")
    plan = IssuancePlan(
        duration=_duration(inner, "duration"),
        renew_before=_duration(inner, "renew_before"),
        self_signed=inner.flag("self_signed"),
        is_drafted=inner.flag("is_drafted"),
        refusals=tuple(_refusal(refusal) for refusal in inner.all_members("refusals")),
    )
    inner.done()
    return plan


def _refusal(said: Members) -> Refusal:
    refusal = Refusal(said.text("key"), said.text("detail"))
    said.done()
    return refusal


def _evidence(said: Members, contents: Mapping[str, bytes]) -> Evidence:
    content = _data_or_null(said, "base64")
    if not said.is_null("content"):
        digest = said.text("content")
        if digest not in contents or content is not None:
            raise Wrong("it refers to evidence that no earlier line has")
        content = contents[digest]
    evidence = Evidence(
        kind=said.word("kind", EvidenceKind),
        source=said.text("source"),
        content=content,
        failure=None if said.is_null("failure") else said.word("failure", FetchFailure),
        detail=said.text("detail"),
        about=said.text("about"),
        nonce=said.data("nonce"),
    )
    said.done()
    return evidence


def _text_or_null(said: Members, name: str) -> str | None:
    return None if said.is_null(name) else said.text(name)


def _data_or_null(said: Members, name: str) -> bytes | None:
    return None if said.is_null(name) else said.data(name)


def _duration(said: Members, name: str) -> timedelta | None:
    if said.is_null(name):
        return None
    try:
        return timedelta(seconds=said.number(name))
    except OverflowError as error:
        raise Wrong(f"plan.{name} is too large") from error
