"""The lifetime and renewal of a certificate by cert-manager's resources."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from certgate.observe.kubernetes.cert_manager.fields import duration, whole_number
from certgate.observe.kubernetes.objects import Object, mapping
from certgate.observe.kubernetes.scalar import text

__all__ = ["DEFAULT_DURATION", "GROUP", "Issuers", "Lifetime"]

GROUP = "cert-manager.io"
DEFAULT_DURATION = timedelta(days=90)
"""The lifetime if a Certificate or CertificateRequest sets none."""


class Lifetime:
    """`duration`, `renewBefore`, `renewBeforePercentage` and `renewal` of a Certificate's spec.

    Source: cert-manager, pkg/util/pki/renewaltime.go.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Raises BadField."""
        self.duration = duration(spec.get("duration"), "duration") or DEFAULT_DURATION
        self.before = duration(spec.get("renewBefore"), "renewBefore")
        self.percentage = whole_number(spec.get("renewBeforePercentage"), "renewBeforePercentage")
        self._is_renewed = text(mapping(spec.get("renewal")).get("policy")) != "Disabled"

    @property
    def renew_before(self) -> timedelta:
        """The time between renewal and expiry; zero if the certificate is never renewed."""
        if not self._is_renewed:
            return timedelta()
        if self.before is not None:
            return self.before
        if self.percentage is not None and 0 < self.percentage < 100:
            return self.duration * self.percentage / 100
        return self.duration / 3


class Issuers:
    """The self-signing issuers and the Certificates of a manifest."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self._certificates = frozenset(
            (one.namespace, one.name) for one in objects if one.kind == "Certificate" and one.group == GROUP
        )
        self._self_signed = frozenset(
            (one.kind, one.namespace if one.kind == "Issuer" else "", one.name)
            for one in objects
            if one.kind in {"Issuer", "ClusterIssuer"} and one.group == GROUP and "selfSigned" in one.mapping("spec")
        )

    def has_certificate(self, namespace: str, name: str) -> bool:
        """Whether the manifest has a Certificate with this name."""
        return (namespace, name) in self._certificates

    def lets_sign_itself(self, namespace: str, spec: Mapping[str, Any]) -> bool:
        """Whether the issuer in a spec's issuerRef is self-signing."""
        reference = mapping(spec.get("issuerRef"))
        kind = text(reference.get("kind")) or "Issuer"
        key = (kind, namespace if kind == "Issuer" else "", text(reference.get("name")))
        return key in self._self_signed
