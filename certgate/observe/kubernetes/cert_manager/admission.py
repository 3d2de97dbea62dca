"""The reasons for which cert-manager's webhook rejects a Certificate.

Source: cert-manager, internal/apis/certmanager/validation/certificate.go.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from certgate.model.observation import Refusal
from certgate.observe.kubernetes.cert_manager.fields import is_email, whole_number
from certgate.observe.kubernetes.cert_manager.issuance import Lifetime
from certgate.observe.kubernetes.objects import listed, mapping
from certgate.observe.kubernetes.scalar import text

__all__ = ["refusals_of", "refusals_of_issuer"]

_SHORTEST, _LEAST_BEFORE = timedelta(hours=1), timedelta(minutes=5)
_LONGEST_CN = 64
_NAMES = ("dnsNames", "uris", "emailAddresses", "ipAddresses", "otherNames")
_COMMON_NAME = re.compile(r"(?:^|[,+])\s*(?:CN|cn|2\.5\.4\.3)\s*=\s*((?:[^,+\\]|\\.)+)")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SIGNATURES = {"RSA": "WithRSA", "ECDSA": "ECDSAWith", "Ed25519": "PureEd25519"}
_RSA_SIZES = range(2048, 8193)


def refusals_of(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    """Each reason why the webhook refuses the `spec` of a Certificate. Raises BadField."""
    secret = text(spec.get("secretName"))
    if not secret:
        yield Refusal("secret-name", "secretName is missing")
    elif len(secret) > 253 or not _SUBDOMAIN.fullmatch(secret):
        yield Refusal("secret-name", f'secretName "{secret[:80]}" is not the name of a Secret')
    yield from refusals_of_issuer(spec)
    yield from _of_names(spec)
    yield from _of_key(spec)
    yield from _of_dates(spec)
    yield from _of_constraints(spec)
    limit = whole_number(spec.get("revisionHistoryLimit"), "revisionHistoryLimit")
    if limit is not None and limit < 1:
        yield Refusal("revision-history-limit", "revisionHistoryLimit is below 1")
    formats = [text(mapping(node).get("type")) for node in listed(spec.get("additionalOutputFormats"))]
    if len(set(formats)) < len(formats):
        yield Refusal("output-formats", "additionalOutputFormats names a type twice")
    for name in mapping(mapping(spec.get("secretTemplate")).get("annotations")):
        if name.startswith("cert-manager.io/") and name != "cert-manager.io/allow-direct-injection":
            yield Refusal(
                "secret-template", f"secretTemplate sets the annotation {name[:80]}, which is cert-manager's own"
            )


def refusals_of_issuer(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    """Each reason why the webhook refuses `issuerRef`."""
    reference = mapping(spec.get("issuerRef"))
    kind, group = text(reference.get("kind")), text(reference.get("group"))
    if not text(reference.get("name")):
        yield Refusal("issuer-name", "issuerRef names no issuer")
    if group in {"", "cert-manager.io"} and kind not in {"", "Issuer", "ClusterIssuer"}:
        yield Refusal(
            "issuer-kind",
            f'issuerRef has the kind "{kind[:80]}", which is neither Issuer nor ClusterIssuer, and has no group',
        )


def _of_names(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    literal = text(spec.get("literalSubject"))
    common = text(spec.get("commonName"))
    if literal:
        if common:
            yield Refusal("literal-subject-common-name", "literalSubject and commonName exclude each other")
        if any(listed(node) or text(node) for node in mapping(spec.get("subject")).values()):
            yield Refusal("literal-subject-subject", "literalSubject and subject exclude each other")
        found = _COMMON_NAME.search(literal)
        common = found[1] if found else common
    if not common and not any(listed(spec.get(name)) for name in _NAMES):
        yield Refusal(
            "no-name",
            "it names nothing: neither commonName nor dnsNames, uris, emailAddresses, ipAddresses or otherNames",
        )
    if len(common.encode()) > _LONGEST_CN:
        yield Refusal("common-name-length", f"commonName is longer than {_LONGEST_CN} bytes")
    for node in listed(spec.get("emailAddresses")):
        if not is_email(node):
            yield Refusal(
                f"email-address {text(node)[:80]}",
                f'emailAddresses has "{text(node)[:80]}", which is not a plain e-mail address',
            )


def _of_key(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    private_key = mapping(spec.get("privateKey"))
    algorithm = text(private_key.get("algorithm")) or "RSA"
    size = whole_number(private_key.get("size"), "privateKey.size") or 0
    if algorithm == "RSA" and size > 0 and size not in _RSA_SIZES:
        yield Refusal("key-size", f"privateKey.size {size} is not between {_RSA_SIZES.start} and {_RSA_SIZES.stop - 1}")
    signature = text(spec.get("signatureAlgorithm"))
    if signature and _SIGNATURES.get(algorithm, "") not in signature:
        yield Refusal(
            "signature-algorithm",
            f'signatureAlgorithm "{signature[:80]}" does not fit a key of algorithm {algorithm}',
        )


def _of_dates(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    if not text(spec.get("duration")) and not text(spec.get("renewBefore")):
        return
    lifetime = Lifetime(spec)
    if lifetime.duration < _SHORTEST:
        yield Refusal("duration-min", f"duration {text(spec.get('duration'))} is below 1 hour")
    if lifetime.before is not None:
        written, before = text(spec.get("renewBefore"))[:80], lifetime.before
        if lifetime.percentage is not None:
            yield Refusal("renew-before-twice", "renewBefore and renewBeforePercentage exclude each other")
        if before < _LEAST_BEFORE:
            yield Refusal("renew-before-min", f"renewBefore {written} is below 5 minutes")
        if before >= lifetime.duration:
            yield Refusal("renew-before-max", f"renewBefore {written} is not shorter than the duration")
    if lifetime.percentage is not None:
        before = lifetime.duration * (100 - lifetime.percentage) / 100
        if before < _LEAST_BEFORE or before >= lifetime.duration:
            yield Refusal(
                "renew-before-percentage",
                f"renewBeforePercentage {lifetime.percentage} leaves too little of the duration",
            )


def _of_constraints(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    if "nameConstraints" not in spec:
        return
    constraints = mapping(spec.get("nameConstraints"))
    if text(spec.get("isCA")) != "true":
        yield Refusal("name-constraints-ca", "nameConstraints is only for CAs, and isCA is not true")
    if not constraints.keys() & {"permitted", "excluded"}:
        yield Refusal("name-constraints-empty", "nameConstraints has neither permitted nor excluded")
    for part in ("permitted", "excluded"):
        for node in listed(mapping(constraints.get(part)).get("ipRanges")):
            try:
                ip_network(text(node), strict=False)
            except ValueError:
                yield Refusal(
                    "name-constraints-range",
                    f'nameConstraints has "{text(node)[:80]}", which is not a range of addresses',
                )
