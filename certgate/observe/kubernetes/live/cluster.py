"""Reads a cluster: first what names Secrets, then the Secrets, then what depends on both."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import IssuerState, KubernetesFacts, NamedSecret, Reference, SecretState
from certgate.model.observation import FailureKind
from certgate.observe.clock import Clock, utc_now
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.declared_facts import issuer_key, readiness_of, renewal_of, time_of
from certgate.observe.kubernetes.detour import Via
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.live.api import ApiServer
from certgate.observe.kubernetes.live.bundles import FoundBundle, bundles_of, injection_of
from certgate.observe.kubernetes.live.cluster_hosts import FoundHost, hosts_of
from certgate.observe.kubernetes.live.errors import ApiError
from certgate.observe.kubernetes.live.item import ClusterItem, failed_item
from certgate.observe.kubernetes.live.listing import Listing, as_object, explained
from certgate.observe.kubernetes.live.resources import CLUSTER_SCOPED, RESOURCES, TARGET_KINDS
from certgate.observe.kubernetes.live.secrets import SecretReader, items_of
from certgate.observe.kubernetes.manifest import read_object
from certgate.observe.kubernetes.objects import Object
from certgate.observe.kubernetes.scalar import text
from certgate.observe.kubernetes.served_hosts import Grants, SecretName

__all__ = ["ClusterScope", "read_cluster"]

_MOST_FILLED = 100
"""Certificates that are asked for because an annotation names them."""
_NO_SECRETS = "Secrets are not read (--no-secrets)"


@frozen(slots=True, kw_only=True)
class ClusterScope:
    """What is read of a cluster, and how its hosts are visited."""

    namespaces: tuple[str, ...] = ()
    """Empty for the whole cluster, with what belongs to no namespace."""
    selector: str = ""
    """Selects targets by their labels."""
    kinds: frozenset[str] = frozenset(TARGET_KINDS)
    annotations: tuple[str, ...] = ()
    """Annotations that become labels of targets."""
    via: Mapping[str, Via] = field(default_factory=dict)
    """By host; the empty host stands for every other one."""
    connects: bool = True
    reads_secrets: bool = True
    may_be_empty: bool = False


def read_cluster(api: ApiServer, scope: ClusterScope, now: Clock = utc_now) -> Iterator[ClusterItem]:
    """Every target of a cluster, and one for each list that could not be read. Reads the cluster once."""
    reading = _Reading(api, scope, now)
    count = 0
    try:
        for item in reading.items():
            count += 1
            yield item
    except ApiError as error:
        yield failed_item(f"Cluster/{api.login.context}", FailureKind.API_FAILED, str(error), now())
        return
    for one in reading.listing.unlisted:
        count += 1
        id = "/".join(filter(None, (one.kind, one.namespace)))
        yield failed_item(id, one.failure, one.detail, now())
    if not count and not scope.may_be_empty:
        where = ", ".join(scope.namespaces) or "the cluster"
        detail = f"{where} declares no target"
        id = "/".join(filter(None, ("Namespace", ",".join(scope.namespaces))))
        yield failed_item(id, FailureKind.NOTHING_DECLARED, detail, now())


@frozen(slots=True, kw_only=True)
class _Certificate:
    """A Certificate of cert-manager, without the object."""

    items: tuple[ClusterItem, ...]
    """The request that it makes."""
    secret: SecretName
    issuer: tuple[str, str, str]
    """Kind, namespace and name."""


class _Reading:
    """One reading of a cluster."""

    def __init__(self, api: ApiServer, scope: ClusterScope, now: Clock) -> None:
        self.listing = Listing(api)
        self._scope = scope
        self._now = now
        self._namespaces = scope.namespaces or ("",)
        self._dates: dict[SecretName, tuple[datetime | None, datetime | None]] = {}
        """What the status of Certificates says of the chains in their Secrets."""
        self._issuers: dict[tuple[str, str, str], IssuerState] = {}
        self._filled: dict[SecretName, tuple[SecretName | None, str]] = {}
        """The Secrets that Certificates fill, as far as bundles need them."""

    def items(self) -> Iterator[ClusterItem]:
        """Every target. Raises ApiError if no request can succeed."""
        hosts = list(self._hosts())
        certificates = list(self._certificates())
        if certificates:
            self._read_issuers()
        grants = self._grants(hosts)
        bundles = list(self._bundles())
        secrets = SecretReader(
            self.listing,
            chains_of=frozenset(
                [
                    *(secret for one in hosts for secret in one.served.secrets),
                    *(one.secret for one in bundles if one.secret),
                ]
            ),
            existing=frozenset(one.secret for one in certificates),
        )
        if self._scope.reads_secrets:
            yield from self._secrets(secrets)
        for host in hosts:
            named = tuple(self._named(secret, secrets) for secret in host.served.secrets)
            yield host.item(
                secrets=named,
                references=tuple(self._references(host, grants)),
                via=self._scope.via,
                connects=self._scope.connects,
                read_at=self._now(),
            )
        for certificate in certificates:
            yield from self._of_certificate(certificate, secrets)
        for bundle in bundles:
            yield bundle.item(
                via=self._scope.via,
                connects=self._scope.connects,
                is_in_pod=self.listing.api.login.is_of_pod,
                secret=self._named(bundle.secret, secrets) if bundle.secret else None,
            )

    def _hosts(self) -> Iterator[FoundHost]:
        for kind in ("Ingress", "Gateway"):
            for namespace in self._namespaces if kind in self._scope.kinds else ():
                for raw in self.listing.objects(kind, namespace, labels=self._scope.selector):
                    yield from hosts_of(as_object(raw), self._labels(raw))

    def _certificates(self) -> Iterator[_Certificate]:
        kept = "Certificate" in self._scope.kinds
        needed = kept or not self._scope.reads_secrets
        for namespace in self._namespaces if needed else ():
            if self._scope.selector and not self._scope.reads_secrets:
                for raw in self.listing.objects("Certificate", namespace):
                    self._note_dates(as_object(raw))
            for raw in self.listing.objects("Certificate", namespace, labels=self._scope.selector):
                one = as_object(raw)
                self._note_dates(one)
                if kept:
                    yield self._certificate(raw, one)

    def _certificate(self, raw: Mapping[str, Any], one: Object) -> _Certificate:
        facts = KubernetesFacts(object=str(one), renewal=renewal_of(one))
        drafted = [replace(entry, kubernetes=facts) for entry in _entries(raw, "spec") if entry.id == one.id("spec")]
        secret = one.namespace, text(one.mapping("spec").get("secretName"))
        items = tuple(items_of(raw, drafted, self._labels(raw), self._now()))
        return _Certificate(items=items, secret=secret, issuer=issuer_key(one))

    def _note_dates(self, one: Object) -> None:
        secret = one.namespace, text(one.mapping("spec").get("secretName"))
        status = one.mapping("status")
        self._dates[secret] = time_of(status.get("notBefore")), time_of(status.get("notAfter"))

    def _read_issuers(self) -> None:
        for namespace in self._namespaces:
            for raw in self.listing.objects("Issuer", namespace):
                one = as_object(raw)
                self._issuers["Issuer", one.namespace, one.name] = readiness_of(one)
        for raw in self.listing.objects("ClusterIssuer", "") if not self._scope.namespaces else ():
            one = as_object(raw)
            self._issuers["ClusterIssuer", "", one.name] = readiness_of(one)

    def _issuer(self, key: tuple[str, str, str]) -> IssuerState | None:
        kind, namespace, name = key
        if kind not in {"Issuer", "ClusterIssuer"} or not name:
            return None
        full = " ".join((kind, "/".join(filter(None, (namespace, name)))))
        if key in self._issuers:
            return self._issuers[key]
        if kind == "ClusterIssuer" and self._scope.namespaces:
            detail = "ClusterIssuers belong to no namespace: they are read with --all-namespaces"
            return IssuerState(full, None, detail)
        if problem := self.listing.problem(kind, (namespace,)):
            return IssuerState(full, None, problem)
        return IssuerState(full, is_ready=False, detail="it does not exist")

    def _grants(self, hosts: list[FoundHost]) -> Grants:
        """The grants in every namespace in which somebody else's Secret is named."""
        foreign = {
            namespace for host in hosts for namespace, _ in host.served.secrets if namespace != host.served.by.namespace
        }
        found = (as_object(raw) for one in sorted(foreign) for raw in self.listing.objects("ReferenceGrant", one))
        return Grants(list(found))

    def _references(self, host: FoundHost, grants: Grants) -> Iterator[Reference]:
        by = host.served.by
        for secret in host.served.secrets:
            if secret[0] != by.namespace:
                problem = self.listing.problem("ReferenceGrant", (secret[0],))
                granted = None if problem else grants.allow(by, secret)
                yield Reference(str(by), "/".join(secret), granted, problem)

    def _secrets(self, secrets: SecretReader) -> Iterator[ClusterItem]:
        """The Secrets that are targets; those that are named are kept in `secrets`."""
        are_targets = "Secret" in self._scope.kinds
        for namespace in self._namespaces:
            if are_targets:
                for raw, entries in secrets.targets(namespace, self._scope.selector):
                    yield from items_of(raw, entries, self._labels(raw), self._now())
            if self._scope.selector or not are_targets:
                secrets.look_for_rest(namespace)

    def _named(self, secret: SecretName, secrets: SecretReader) -> NamedSecret:
        if self._scope.reads_secrets:
            return secrets.named(secret)
        not_before, not_after = self._dates.get(secret, (None, None))
        return NamedSecret(
            name="/".join(secret),
            state=SecretState.LEFT_OUT,
            detail="" if not_before else _NO_SECRETS,
            not_before=not_before,
            not_after=not_after,
        )

    def _of_certificate(self, one: _Certificate, secrets: SecretReader) -> Iterator[ClusterItem]:
        named = (self._named(one.secret, secrets),) if one.secret[1] else ()
        for item in one.items:
            facts = item.facts and replace(item.facts, secrets=named, issuer=self._issuer(one.issuer))
            yield replace(item, facts=facts)

    def _bundles(self) -> Iterator[FoundBundle]:
        """The CA certificates in objects that belong to no namespace."""
        kinds = () if self._scope.namespaces else CLUSTER_SCOPED
        for kind in filter(self._scope.kinds.__contains__, kinds):
            for raw in self.listing.objects(kind, "", labels=self._scope.selector):
                found = [one for one in _entries(raw, "caBundle") if one.kubernetes and one.kubernetes.bundle]
                if found:
                    items = list(items_of(raw, found, self._labels(raw), self._now()))
                    one = as_object(raw)
                    yield from bundles_of(one, items, *self._injected(one))

    def _injected(self, one: Object) -> tuple[SecretName | None, str]:
        """The Secret from which cert-manager fills the bundles of an object, or why it is not known."""
        source = injection_of(one)
        if source is None or not self._scope.reads_secrets:
            return None, ""
        secret = source.namespace, source.name
        if source.kind == "Certificate":
            return self._filled_by(secret)
        return secret, ""

    def _filled_by(self, certificate: SecretName) -> tuple[SecretName | None, str]:
        """The Secret that a Certificate fills; each Certificate is asked for once."""
        if certificate not in self._filled:
            if len(self._filled) == _MOST_FILLED:
                return None, f"{'/'.join(certificate)}: only {_MOST_FILLED} Certificates are asked for"
            namespace, name = certificate
            resource = RESOURCES["Certificate"]
            try:
                one = as_object(self.listing.api.get(resource, namespace, name))
                secret = text(one.mapping("spec").get("secretName"))
                self._filled[certificate] = (namespace, secret) if secret else None, ""
            except ApiError as error:
                if error.kind.is_of_cluster:
                    raise
                self._filled[certificate] = None, explained(error, resource, namespace, "get")
        return self._filled[certificate]

    def _labels(self, raw: Mapping[str, Any]) -> Mapping[str, str]:
        metadata = raw.get("metadata")
        found = metadata if isinstance(metadata, dict) else {}
        labels, annotations = (_texts(found.get(key)) for key in ("labels", "annotations"))
        chosen = {key: annotations[key] for key in self._scope.annotations if key in annotations}
        return {**labels, **chosen}


def _texts(value: object) -> Mapping[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}


def _entries(raw: Mapping[str, Any], part: str) -> list[ManifestEntry]:
    """The entries of an object; one for `part` if it exceeds a limit."""
    try:
        return read_object(raw)
    except UnusableInput as unusable:
        one = as_object(raw)
        facts = KubernetesFacts(object=str(one), bundle=part)
        return [ManifestEntry(id=one.id(part), line=0, contents=unusable, kubernetes=facts)]
