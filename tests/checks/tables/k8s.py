"""What Kubernetes objects say about a target, and what was seen of it."""

from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.lab.pki import CLOCK, issue
from certgate.model.kubernetes_facts import (
    BundleServer,
    HostUse,
    IssuerState,
    NamedSecret,
    Reference,
    Renewal,
    SecretState,
)
from tests.checks.tables.looks import objects
from tests.checks.tables.row import Table, key, na, nc, problem, row, warning

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
CA = issue("CA", ca=True, days=60)
NEW = issue("a.example", issuer=CA, sans=["a.example", "*.shop.example"])
OTHER = issue("b.example", issuer=CA, sans=["b.example"], key=key("P-384"))
SUB = issue("Sub", issuer=CA, ca=True)
BY_SUB = issue("a.example", issuer=SUB, sans=["a.example"])
RENEWAL = Renewal(CLOCK, CLOCK - 60 * DAY, CLOCK + 30 * DAY)
WEB = HostUse("Ingress shop/web", "a.example")
BUNDLE = {"object": "ValidatingWebhookConfiguration guard", "bundle": "webhooks[0].clientConfig.caBundle"}
END = CLOCK + 30 * DAY - SECOND
GATEWAY = Reference("Gateway edge/gw", "shop/web", granted=True)


def secret(*chain, public=None, **more):
    spki = public and public.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return NamedSecret(name="shop/web", chain=tuple(one.der for one in chain), public_key=spki, **more)


def hidden(state):
    return NamedSecret(name="shop/web", state=state, detail="why")


def serving(host):
    return objects(uses=(HostUse("Ingress shop/web", host),), secrets=(secret(NEW),))


def uncovered(host):
    message = f"Ingress shop/web serves {host}, which the certificate does not cover; it has a.example, *.shop.example"
    return problem(message, key=f"Ingress shop/web {host}")


def overdue(days, make=warning):
    message = f"the renewal was due on 2026-06-15, {days} days ago; the certificate expires on 2026-07-15"
    return make(message, evidence={"renewal_time": "2026-06-15T12:00:00Z"})


def verified(*chain):
    server = BundleServer(
        name="guard:443", asked="guard:443", host="b.example", anchors=(CA.der,), chain=tuple(one.der for one in chain)
    )
    return objects(CA, server=server, **BUNDLE)


TABLE: Table = {
    "k8s.renewal-overdue": (
        row("a tenth of the lifetime late", objects(renewal=RENEWAL), now=CLOCK + 9 * DAY),
        row("a second more", objects(renewal=RENEWAL), overdue(9), now=CLOCK + 9 * DAY + SECOND),
        row("half of what was left", objects(renewal=RENEWAL), overdue(15), now=CLOCK + 15 * DAY),
        row("a second more than half", objects(renewal=RENEWAL), overdue(15, problem), now=CLOCK + 15 * DAY + SECOND),
        row("no renewal", objects(), na("there is no renewal time of cert-manager's")),
    ),
    "k8s.issuer-ready": (
        row("ready", objects(issuer=IssuerState("Issuer shop/ca", is_ready=True))),
        row("not ready", objects(issuer=IssuerState("Issuer shop/ca", is_ready=False, detail="no key")), "Issuer shop/ca is not ready: no key"),
        row("not known", objects(issuer=IssuerState("ClusterIssuer ca", None, "why")), na("why")),
        row("no issuer", objects(), na("no issuer is named")),
    ),
    "k8s.ca-bundle": (
        row("its last second", objects(CA, **BUNDLE), now=END),
        row("a second later", objects(CA, **BUNDLE), "CA in webhooks[0].clientConfig.caBundle of ValidatingWebhookConfiguration guard expired on 2026-07-15", now=END + SECOND),
        row("the issuer of its server", verified(OTHER)),
        row("another name", verified(NEW), "webhooks[0].clientConfig.caBundle of ValidatingWebhookConfiguration guard does not verify guard:443: its certificate is for other names than b.example"),
        row("no bundle", objects(), na("the target is not a bundle of CA certificates")),
    ),
    "k8s.secret-exists": (
        row("there", objects(secrets=(secret(NEW),))),
        row("missing", objects(secrets=(hidden(SecretState.MISSING),)), problem("Ingress shop/web names the Secret shop/web, which does not exist", key="shop/web")),
        row("hidden", objects(secrets=(hidden(SecretState.HIDDEN),)), nc("why")),
        row("none named", objects(), na("no Secret is named")),
    ),
    "k8s.secret-key-match": (
        row("its key", objects(secrets=(secret(NEW, public=NEW),))),
        row("another key", objects(secrets=(secret(NEW, public=OTHER),)), problem("tls.key of the Secret shop/web does not belong to its tls.crt", key="shop/web")),
        row("an unreadable key", objects(secrets=(secret(NEW, key_problem="why"),)), nc("why")),
        row("no key", objects(secrets=(secret(NEW),)), na("there is no Secret with a certificate and a key")),
    ),
    "k8s.ingress-names-covered": (
        *(row(host, serving(host)) for host in ("a.example", "one.shop.example", "*.shop.example")),
        *(row(host, serving(host), uncovered(host)) for host in ("b.example", "*.a.example", "one.two.shop.example")),
        row("no host", objects(secrets=(secret(NEW),)), na("no Ingress or Gateway is known that serves a host with it")),
    ),
    "k8s.reference-granted": (
        row("granted", objects(references=(GATEWAY,))),
        row("not granted", objects(references=(replace(GATEWAY, granted=False),)), problem("no ReferenceGrant lets Gateway edge/gw use the Secret shop/web", key="Gateway edge/gw shop/web")),
        row("not known", objects(references=(Reference("Gateway edge/gw", "shop/web", None, "why"),)), nc("why")),
        row("none", objects(), na("no Secret of another namespace is named")),
    ),
    "k8s.secret-served": (
        row("its chain", objects(NEW, CA, uses=(WEB,), secrets=(secret(NEW, CA),))),
        row("another certificate", objects(OTHER, CA, uses=(WEB,), secrets=(secret(NEW, CA),)), "b.example is served, not a.example of the Secret shop/web"),
        row("without its root", objects(NEW, uses=(WEB,), secrets=(secret(NEW, CA),))),
        row("without an issuer", objects(BY_SUB, uses=(WEB,), secrets=(secret(BY_SUB, SUB),)), problem("Sub is in the Secret shop/web, but is not served", key="missing Sub")),
        row("nothing", objects(uses=(WEB,), secrets=(secret(NEW),)), nc("the endpoint showed no certificate")),
        row("not visited", objects(NEW, uses=(WEB,), secrets=(secret(NEW),), not_visited="why"), na("why")),
    ),
}  # fmt: skip
