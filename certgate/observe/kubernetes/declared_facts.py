"""What the objects of one manifest say about its Secrets, Certificates and bundles."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from certgate.model.kubernetes_facts import HostUse, IssuerState, KubernetesFacts, Reference, Renewal
from certgate.observe.kubernetes.cert_manager.issuance import GROUP
from certgate.observe.kubernetes.objects import Object, listed, mapping
from certgate.observe.kubernetes.scalar import text
from certgate.observe.kubernetes.served_hosts import Grants, SecretName, ServedHost, served_hosts

__all__ = ["ManifestFacts", "bundle_in", "issuer_key", "readiness_of", "references_of", "renewal_of", "time_of"]

IssuerKey = tuple[str, str, str]
"""Kind, namespace (empty for a ClusterIssuer) and name."""


class ManifestFacts:
    """The facts about each object of a manifest."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self._grants = Grants(objects)
        self._users: dict[str, list[tuple[SecretName, ServedHost]]] = defaultdict(list)
        for one in objects:
            for served in served_hosts(one):
                for secret in served.secrets:
                    self._users[secret[1]].append((secret, served))
        self._issuers = {
            (one.kind, "" if one.kind == "ClusterIssuer" else one.namespace, one.name): one
            for one in objects
            if one.kind in {"Issuer", "ClusterIssuer"} and one.group == GROUP
        }

    def of_secret(self, one: Object) -> KubernetesFacts:
        """Who serves hosts from a Secret. An object without a namespace may be applied to any."""
        users = [
            (secret, served)
            for secret, served in self._users.get(one.name, ())
            if secret[0] == one.namespace or not (secret[0] and one.namespace)
        ]
        return KubernetesFacts(
            object=str(one),
            is_secret=True,
            uses=tuple(HostUse(str(served.by), served.host) for _, served in users if served.host),
            references=tuple(
                dict.fromkeys(one for secret, served in users for one in references_of(served, [secret], self._grants))
            ),
        )

    def of_certificate(self, one: Object) -> KubernetesFacts:
        """How it stands with a Certificate and with its issuer, as far as the manifest has their status."""
        key = issuer_key(one)
        issuer = self._issuers.get(key)
        known = issuer is not None and issuer.mapping("status")
        return KubernetesFacts(
            object=str(one), renewal=renewal_of(one), issuer=readiness_of(issuer) if issuer and known else None
        )


def references_of(served: ServedHost, secrets: Iterable[SecretName], grants: Grants) -> list[Reference]:
    """The references to Secrets of other namespaces."""
    return [
        Reference(str(served.by), "/".join(secret), grants.allow(served.by, secret))
        for secret in secrets
        if secret[0] and served.by.namespace and secret[0] != served.by.namespace
    ]


def issuer_key(one: Object) -> IssuerKey:
    """The issuer that a Certificate names; an empty name if it is none of cert-manager's own."""
    reference = mapping(one.mapping("spec").get("issuerRef"))
    kind = text(reference.get("kind")) or "Issuer"
    if text(reference.get("group")) not in {"", GROUP}:
        return kind, "", ""
    return kind, "" if kind == "ClusterIssuer" else one.namespace, text(reference.get("name"))


def readiness_of(issuer: Object) -> IssuerState:
    """What an issuer says of itself."""
    for condition in map(mapping, listed(issuer.mapping("status").get("conditions"))):
        if text(condition.get("type")) == "Ready":
            is_ready = text(condition.get("status")) == "True"
            return IssuerState(str(issuer), is_ready, "" if is_ready else text(condition.get("message"))[:500])
    return IssuerState(str(issuer), is_ready=False, detail="it does not say that it is")


def renewal_of(one: Object) -> Renewal | None:
    """The renewal that the status of a Certificate announces; None if it announces none."""
    due, not_before, not_after = (
        time_of(one.mapping("status").get(key)) for key in ("renewalTime", "notBefore", "notAfter")
    )
    return Renewal(due, not_before, not_after) if due and not_before and not_after else None


def time_of(node: object) -> datetime | None:
    """A time as the API server writes it (RFC 3339); None if it is none."""
    try:
        found = datetime.fromisoformat(text(node))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def bundle_in(one: Object, field: str) -> KubernetesFacts | None:
    """The facts about a field with the CA certificates by which somebody verifies a server; None for other fields."""
    name = field.rpartition(".")[2]
    is_bundle = name == "caBundle" or (one.kind == "ClusterTrustBundle" and name == "trustBundle")
    return KubernetesFacts(object=str(one), bundle=field) if is_bundle else None
