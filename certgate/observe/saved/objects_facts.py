"""What Kubernetes objects say about a target, as saved members and back."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from certgate.model.kubernetes_facts import (
    BundleServer,
    HostUse,
    IssuerState,
    KubernetesFacts,
    NamedSecret,
    Reference,
    Renewal,
    SecretState,
)
from certgate.observe.saved.members import Members

__all__ = ["facts_of", "members_of"]


def members_of(facts: KubernetesFacts) -> dict[str, Any]:
    """The members to save."""
    renewal, issuer = facts.renewal, facts.issuer
    return {
        "object": facts.object,
        "is_secret": facts.is_secret,
        "bundle": facts.bundle,
        "server": facts.server and _server(facts.server),
        "uses": [{"object": use.object, "host": use.host} for use in facts.uses],
        "secrets": [_secret(one) for one in facts.secrets],
        "references": [
            {"object": one.object, "secret": one.secret, "granted": one.granted, "detail": one.detail}
            for one in facts.references
        ],
        "not_visited": facts.not_visited,
        "renewal": renewal
        and {"due": _time(renewal.due), "not_before": _time(renewal.not_before), "not_after": _time(renewal.not_after)},
        "issuer": issuer and {"name": issuer.name, "is_ready": issuer.is_ready, "detail": issuer.detail},
    }


def _server(one: BundleServer) -> dict[str, Any]:
    return {
        "name": one.name,
        "anchors": [b64encode(der).decode("ascii") for der in one.anchors],
        "asked": one.asked,
        "host": one.host,
        "chain": [b64encode(der).decode("ascii") for der in one.chain],
        "detail": one.detail,
        "refusal": one.refusal,
    }


def _secret(one: NamedSecret) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state.value,
        "detail": one.detail,
        "chain": [b64encode(der).decode("ascii") for der in one.chain],
        "public_key": None if one.public_key is None else b64encode(one.public_key).decode("ascii"),
        "key_problem": one.key_problem,
        "not_before": _time(one.not_before),
        "not_after": _time(one.not_after),
    }


def facts_of(members: Members) -> KubernetesFacts:
    """The facts from saved members."""
    facts = KubernetesFacts(
        object=members.text("object"),
        is_secret=members.flag("is_secret"),
        bundle=members.text("bundle"),
        server=None if members.is_null("server") else _server_of(members.members("server")),
        uses=tuple(map(_use_of, members.all_members("uses"))),
        secrets=tuple(map(_secret_of, members.all_members("secrets"))),
        references=tuple(map(_reference_of, members.all_members("references"))),
        not_visited=members.text("not_visited"),
        renewal=None if members.is_null("renewal") else _renewal_of(members.members("renewal")),
        issuer=None if members.is_null("issuer") else _issuer_of(members.members("issuer")),
    )
    members.done()
    return facts


def _use_of(members: Members) -> HostUse:
    use = HostUse(members.text("object"), members.text("host"))
    members.done()
    return use


def _server_of(members: Members) -> BundleServer:
    server = BundleServer(
        name=members.text("name"),
        anchors=members.all_data("anchors"),
        asked=members.text("asked"),
        host=members.text("host"),
        chain=members.all_data("chain"),
        detail=members.text("detail"),
        refusal=members.text("refusal"),
    )
    members.done()
    return server


def _secret_of(members: Members) -> NamedSecret:
    secret = NamedSecret(
        name=members.text("name"),
        state=members.word("state", SecretState),
        detail=members.text("detail"),
        chain=members.all_data("chain"),
        public_key=None if members.is_null("public_key") else members.data("public_key"),
        key_problem=members.text("key_problem"),
        not_before=None if members.is_null("not_before") else members.time("not_before"),
        not_after=None if members.is_null("not_after") else members.time("not_after"),
    )
    members.done()
    return secret


def _reference_of(members: Members) -> Reference:
    reference = Reference(
        members.text("object"), members.text("secret"), _known(members, "granted"), members.text("detail")
    )
    members.done()
    return reference


def _renewal_of(members: Members) -> Renewal:
    renewal = Renewal(members.time("due"), members.time("not_before"), members.time("not_after"))
    members.done()
    return renewal


def _issuer_of(members: Members) -> IssuerState:
    issuer = IssuerState(members.text("name"), _known(members, "is_ready"), members.text("detail"))
    members.done()
    return issuer


def _known(members: Members, name: str) -> bool | None:
    return None if members.is_null(name) else members.flag(name)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
