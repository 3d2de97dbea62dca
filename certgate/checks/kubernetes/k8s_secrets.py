"""Rules of the family k8s: the Secrets that hosts are served from."""

from collections.abc import Iterator
from itertools import chain

from certgate.checks.certificate.key_pair import is_same_key
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem, check
from certgate.checks.framework.subjects import KubernetesObjects
from certgate.checks.framework.wording import listed
from certgate.checks.target.expected import dates, is_older
from certgate.model.kubernetes_facts import KubernetesFacts, NamedSecret, SecretState
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.identity import matches

__all__: list[str] = []

_CITATION = "certgate: what was deployed is served"


@check("k8s.secret-exists", citation="Kubernetes, Ingress and Gateway API: references to Secrets")
def secret_exists(objects: KubernetesObjects) -> Iterator[Answer]:
    """Every Secret that an Ingress, a Gateway or a Certificate names exists.

    In a manifest the rule does not apply: the Secret may be in the cluster.

    Why: a controller without the Secret serves its own default certificate, or none.

    Fix: create the Secret in the namespace of the object that names it, or correct the name (`kubectl get secret -n
    NAMESPACE`). If cert-manager fills it, look at its Certificate (`kubectl describe certificate`).
    """
    named = objects.facts.secrets
    missing = [one for one in named if one.state is SecretState.MISSING]
    hidden = [one for one in named if one.state is SecretState.HIDDEN]
    if not named:
        yield NotApplicable("no Secret is named")
    elif missing:
        for one in missing:
            yield Problem(f"{objects.facts.object} names the Secret {one.name}, which does not exist", key=one.name)
    elif hidden:
        yield NotChecked(hidden[0].detail)
    elif all(one.state is SecretState.LEFT_OUT for one in named):
        yield NotApplicable("Secrets are not read")


@check("k8s.secret-key-match", citation="RFC 9846 §4.4.3 (CertificateVerify)", takes_place_of="key.matches")
def secret_key_match(objects: KubernetesObjects) -> Iterator[Answer]:
    """The private key in a Secret belongs to its certificate.

    The rule takes the place of key.matches for Secrets.

    Why: the API server takes any two values, and a controller with a wrong key serves its default certificate or stops
    reloading for everybody.

    Fix: create the Secret again from the two files that belong together (`kubectl create secret tls NAME --cert FILE
    --key FILE --dry-run=client -o yaml | kubectl apply -f -`).
    """
    judged = [one for one in _with_chain(objects) if one.public_key is not None or one.key_problem]
    wrong = [one for one in judged if one.public_key is not None and not _fits(one.public_key, one.chain[0])]
    unread = [one.key_problem for one in judged if one.public_key is None]
    for one in wrong:
        yield Problem(f"tls.key of the Secret {one.name} does not belong to its tls.crt", key=one.name)
    if wrong:
        return
    if unread:
        yield NotChecked(unread[0])
    elif not judged:
        yield NotApplicable("there is no Secret with a certificate and a key")


@check("k8s.ingress-names-covered", citation="RFC 9525 §6")
def ingress_names_covered(objects: KubernetesObjects) -> Iterator[Answer]:
    """Every host of an Ingress or a Gateway is in the certificate of the Secret that it is served from.

    A wildcard host needs the same wildcard in the certificate. Of several Secrets, one has to cover the host.

    Why: clients refuse a certificate for another name, and nothing in the cluster compares the two.

    Fix: reissue the certificate with the host in its subjectAltName (`dnsNames` of the Certificate), or name another
    Secret in the object.
    """
    facts, leaves = objects.facts, [parse_certificate(one.chain[0]) for one in _with_chain(objects)]
    if not facts.uses:
        yield NotApplicable("no Ingress or Gateway is known that serves a host with it")
        return
    if not leaves:
        yield NotApplicable("the contents of the Secret are not known")
        return
    uncovered = [one for one in dict.fromkeys(facts.uses) if not any(_covers(leaf, one.host) for leaf in leaves)]
    if uncovered and (unread := _unread(facts)):
        yield NotChecked(unread)
        return
    for use in uncovered:
        names = listed(tuple(chain.from_iterable((*leaf.dns_names, *leaf.ip_addresses) for leaf in leaves)))
        yield Problem(
            f"{use.object} serves {use.host}, which the certificate does not cover; it has {names}",
            key=f"{use.object} {use.host}",
        )


@check("k8s.reference-granted", citation="Gateway API: ReferenceGrant")
def reference_granted(objects: KubernetesObjects) -> Iterator[Answer]:
    """A ReferenceGrant allows each reference to a Secret of another namespace.

    Why: without the grant a Gateway's listener is not programmed, and serves nothing.

    Fix: create a ReferenceGrant in the Secret's namespace, from `gateway.networking.k8s.io` Gateway of the other
    namespace to the core group's Secret.
    """
    references = dict.fromkeys(objects.facts.references)
    refused = [one for one in references if one.granted is False]
    unknown = [one for one in references if one.granted is None]
    for one in refused:
        yield Problem(
            f"no ReferenceGrant lets {one.object} use the Secret {one.secret}", key=f"{one.object} {one.secret}"
        )
    if refused:
        return
    if unknown:
        yield NotChecked(unknown[0].detail)
    elif not references:
        yield NotApplicable("no Secret of another namespace is named")


@check("k8s.secret-served", citation=_CITATION)
def secret_served(objects: KubernetesObjects) -> Iterator[Answer]:
    """The endpoint serves the leaf of the Secret, with the issuers that the Secret has.

    Of several Secrets, one has to be served, leaf and issuers. The root may be left out. Where Secrets are not read,
    the dates of the served leaf have to be those in the status of the Certificate that fills the Secret.

    Why: controllers and servers that fail to reload go on serving the old certificate until it expires, although the
    Secret is new.

    Fix: find out why the controller did not reload (its log names the Secret), or restart it (`kubectl rollout restart
    deployment/CONTROLLER`). Another leaf altogether means that the address belongs to another server.
    """
    facts, seen = objects.facts, objects.seen
    if reason := facts.not_visited or ("" if facts.uses and not facts.is_secret else "no host is visited"):
        yield NotApplicable(reason)
        return
    if not seen.presented:
        yield NotChecked("the endpoint showed no certificate")
        return
    leaf, unread = parse_certificate(seen.presented[0]), _unread(facts)
    found = [one for one in facts.secrets if one.chain]
    if unread and not any(one.chain[0] == leaf.der for one in found):
        yield NotChecked(unread)
    elif found:
        yield from _compared(leaf, seen.presented, found)
    elif facts.secrets and all(one.not_before and one.not_after for one in facts.secrets):
        yield from _bydates(leaf, facts.secrets)
    else:
        yield NotApplicable("the contents of the Secret are not known")


def _compared(leaf: Certificate, presented: tuple[bytes, ...], secrets: list[NamedSecret]) -> Iterator[Answer]:
    same = [one for one in secrets if one.chain[0] == presented[0]]
    if not same:
        deployed = parse_certificate(secrets[0].chain[0])
        was_renewed = is_older(leaf, deployed)
        name = secrets[0].name
        message = (
            f"the Secret {name} was renewed, and the old certificate is served: {dates(leaf)}, not {dates(deployed)}"
            if was_renewed
            else f"{leaf.subject.short} is served, not {deployed.subject.short} of the Secret {name}"
        )
        reloaded = {"reloaded": "no"} if was_renewed else {}
        evidence = {"served": leaf.sha256, "deployed": deployed.sha256, **reloaded}
        yield Problem(message, key="leaf", evidence=evidence)
        return
    yield from min((list(_issuer_problems(presented, one)) for one in same), key=len)


def _issuer_problems(presented: tuple[bytes, ...], secret: NamedSecret) -> Iterator[Answer]:
    """How the issuers that are served differ from those in a Secret with the same leaf."""
    for issuer in map(parse_certificate, secret.chain[1:]):
        if issuer.der not in presented and not issuer.is_self_issued:
            yield Problem(
                f"{issuer.subject.short} is in the Secret {secret.name}, but is not served",
                key=f"missing {issuer.subject.short}",
            )
    more = len(set(presented[1:]) - set(secret.chain))
    if more:
        plural = "s are" if more > 1 else " is"
        yield Problem(f"{more} served certificate{plural} not in the Secret {secret.name}", key="more")


def _bydates(leaf: Certificate, secrets: tuple[NamedSecret, ...]) -> Iterator[Answer]:
    """Compare with the status of Certificates, which has no digest of what was issued."""
    secret = secrets[0]
    if any((leaf.not_before, leaf.not_after) == (one.not_before, one.not_after) for one in secrets):
        yield Passed("the served leaf has the dates in the status of the Certificate; its Secret was not read")
        return
    was_renewed = secret.not_before is not None and leaf.not_before < secret.not_before
    yield Problem(
        f"a leaf of {dates(leaf)} is served, not that of {secret.not_before:%Y-%m-%d} to {secret.not_after:%Y-%m-%d}, "
        f"which was issued for the Secret {secret.name}",
        key="leaf",
        evidence={"served": leaf.sha256, **({"reloaded": "no"} if was_renewed else {})},
    )


def _unread(facts: KubernetesFacts) -> str:
    """Why the contents of a Secret that exists, or may exist, are not known; empty if they are."""
    asked_for = (SecretState.FOUND, SecretState.HIDDEN)
    return next((one.detail for one in facts.secrets if one.state in asked_for and one.detail and not one.chain), "")


def _with_chain(objects: KubernetesObjects) -> list[NamedSecret]:
    """The Secrets whose chain is known: the target itself, or those that it names."""
    facts, seen = objects.facts, objects.seen
    own = NamedSecret(
        name=facts.object.partition(" ")[2],
        chain=seen.presented,
        public_key=seen.public_key,
        key_problem=seen.key_problem,
    )
    return [one for one in ((own,) if facts.is_secret else facts.secrets) if one.chain]


def _fits(public_key: bytes, der: bytes) -> bool:
    return is_same_key(public_key, parse_certificate(der).spki)


def _covers(leaf: Certificate, host: str) -> bool:
    names = leaf.san or ()
    if host.startswith("*."):
        return any(name.kind == "DNS" and name.text.lower() == host for name in names)
    return matches(names, host)
