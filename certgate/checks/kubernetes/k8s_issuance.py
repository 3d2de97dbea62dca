"""Rules of the family k8s: whether certificates are renewed, and the CAs that objects name."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem, check
from certgate.checks.framework.subjects import KubernetesObjects
from certgate.checks.target.chain_answers import chain_answers
from certgate.model.finding import Severity
from certgate.model.kubernetes_facts import BundleServer
from certgate.trust.clients import GO
from certgate.trust.dates import span
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.identity import matches

__all__: list[str] = []


@check("k8s.renewal-overdue", citation="cert-manager, CertificateStatus: renewalTime")
def renewal_overdue(
    objects: KubernetesObjects, now: datetime, *, warn_fraction: float = 0.1, error_fraction: float = 0.5
) -> Iterator[Answer]:
    """cert-manager has renewed the certificate when it meant to.

    A warning from `warn_fraction` of the lifetime past `status.renewalTime` on; the rule's severity from
    `error_fraction` of the time between the renewal and the expiry on.

    Why: a renewal that is stuck is invisible until the certificate expires.

    Fix: `kubectl describe certificate NAME` tells what it waits for, and `cmctl renew NAME` starts it again.
    """
    renewal = objects.facts.renewal
    if renewal is None:
        yield NotApplicable("there is no renewal time of cert-manager's")
        return
    lifetime = max(renewal.not_after - renewal.not_before, timedelta())
    late, left = now - renewal.due, max(renewal.not_after - renewal.due, timedelta())
    if late > left * error_fraction:
        severity = None
    elif late > lifetime * warn_fraction:
        severity = Severity.WARNING
    else:
        return
    yield Problem(
        f"the renewal was due on {renewal.due:%Y-%m-%d}, {span(late)} ago; the certificate expires on "
        f"{renewal.not_after:%Y-%m-%d}",
        severity=severity,
        evidence={"renewal_time": f"{renewal.due:%Y-%m-%dT%H:%M:%SZ}"},
    )


@check("k8s.issuer-ready", citation="cert-manager, IssuerStatus: conditions")
def issuer_ready(objects: KubernetesObjects) -> Iterator[Answer]:
    """The issuer that a Certificate names exists and is ready.

    Why: no certificate is issued or renewed without it.

    Fix: `kubectl describe issuer NAME` (or clusterissuer) tells what is wrong.
    """
    issuer = objects.facts.issuer
    if issuer is None:
        yield NotApplicable("no issuer is named")
    elif issuer.is_ready is None:
        yield NotApplicable(issuer.detail)
    elif not issuer.is_ready:
        yield Problem(f"{issuer.name} is not ready{f': {issuer.detail}' if issuer.detail else ''}", key=issuer.name)


@check("k8s.ca-bundle", citation="Kubernetes, WebhookClientConfig: caBundle")
def ca_bundle(objects: KubernetesObjects, now: datetime) -> Iterator[Answer]:
    """The CA certificates that an object names can be read, have not expired, and verify the server that it calls.

    The rule is for `caBundle` of webhooks, APIServices, conversions of custom resources and issuers, and for
    ClusterTrustBundles. The chain of the server comes from the server itself, else from the Secret that
    cert-manager's annotations name; where neither can be asked, the rule is about the bundle alone and says so.

    Why: the API server calls a webhook only if its certificate verifies against these, and a webhook that cannot be
    called blocks what it guards.

    Fix: put the current CA there; cert-manager's cainjector does so (annotation `cert-manager.io/inject-ca-from`).
    """
    facts, seen = objects.facts, objects.seen
    if not facts.bundle:
        yield NotApplicable("the target is not a bundle of CA certificates")
    elif not seen.presented:
        detail = seen.failure.detail if seen.failure else "it is empty"
        yield Problem(f"{facts.bundle} of {facts.object} has no CA certificate: {detail}", key="unreadable")
    elif (ca := parse_certificate(seen.presented[0])).not_after < now:
        yield Problem(f"{ca.subject.short} in {facts.bundle} of {facts.object} expired on {ca.not_after:%Y-%m-%d}")
    elif facts.server:
        yield from _verified(facts.server, f"{facts.bundle} of {facts.object}", now)


def _verified(server: BundleServer, bundle: str, now: datetime) -> Iterator[Answer]:
    if server.refusal:
        yield Problem(f"the API server refuses the certificate of {server.name}: {server.refusal}", key="server")
        return
    if not server.chain:
        yield NotChecked(server.detail) if server.asked else Passed(f"{server.name} was not asked: {server.detail}")
        return
    what = f"{bundle} does not verify {server.asked}"
    store = TrustStore(bundle, tuple(_readable(server.anchors)))
    yield from chain_answers(server.chain, store, now, what=what, clients=(GO,))
    if server.host and not matches(parse_certificate(server.chain[0]).san or (), server.host):
        yield Problem(f"{what}: its certificate is for other names than {server.host}", key="name")


def _readable(anchors: tuple[bytes, ...]) -> Iterator[Certificate]:
    """The certificates of a bundle that can be read; whoever verifies by it skips the others."""
    for der in anchors:
        try:
            yield parse_certificate(der)
        except Malformed:
            continue
