"""cert-manager's CertificateRequests and CertificateSigningRequests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from certgate.model.observation import FailureKind, IssuancePlan, Refusal
from certgate.model.target import Role
from certgate.observe.files.contents import Contents, UnusableInput
from certgate.observe.kubernetes.cert_manager.admission import refusals_of_issuer
from certgate.observe.kubernetes.cert_manager.fields import BadField, duration, whole_number
from certgate.observe.kubernetes.cert_manager.issuance import DEFAULT_DURATION, Issuers
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.expectations import role_of_usages
from certgate.observe.kubernetes.field_value import Encoding, ValueReader
from certgate.observe.kubernetes.leaf_role import ReasonedRole
from certgate.observe.kubernetes.objects import Object, listed
from certgate.observe.kubernetes.scalar import at_line, text

__all__ = ["of_request"]

_SIGNERS = {
    "kubernetes.io/kube-apiserver-client": Role.CLIENT,
    "kubernetes.io/kube-apiserver-client-kubelet": Role.CLIENT,
    "kubernetes.io/kubelet-serving": Role.SERVER,
}
"""Signers that are part of Kubernetes, and the role of their certificates."""
_LEAST_SECONDS = 600
_DURATION, _IS_CA = "experimental.cert-manager.io/request-duration", "experimental.cert-manager.io/request-is-ca"


def of_request(one: Object, issuers: Issuers, reader: ValueReader) -> ManifestEntry:
    """The request of a CertificateRequest or CertificateSigningRequest."""
    node = one.mapping("spec").get("request")
    value = reader.value(node, Encoding.BASE64)
    line = value.lines.before or one.line
    contents = reader.contents(node, value)
    try:
        if not isinstance(contents, UnusableInput):
            contents = _with_plan(one, contents, issuers)
    except BadField as bad:
        contents = UnusableInput(FailureKind.UNREADABLE, str(bad))
    if isinstance(contents, UnusableInput):
        where = at_line(f"{one}, spec.request", line)
        contents = UnusableInput(contents.failure.kind, f"{where}: {contents.failure.detail}")
    reasoned = _role(one)
    return ManifestEntry(
        id=one.id("spec.request"),
        line=line,
        contents=contents,
        role=reasoned.role,
        role_reason=reasoned.reason,
        is_meant=True,
    )


def _with_plan(one: Object, contents: Contents, issuers: Issuers) -> Contents:
    if contents.request is None:
        detail = "the value holds a certificate instead of a certification request"
        raise BadField(detail)
    if one.kind == "CertificateRequest":
        spec = one.mapping("spec")
        wanted = duration(spec.get("duration"), "duration") or DEFAULT_DURATION
        self_signed = issuers.lets_sign_itself(one.namespace, spec)
        plan = IssuancePlan(duration=wanted, self_signed=self_signed, refusals=tuple(refusals_of_issuer(spec)))
    else:
        plan = IssuancePlan(duration=_lifetime(one), refusals=tuple(_refusals(one)))
    return replace(contents, plan=plan)


def _lifetime(one: Object) -> timedelta | None:
    """The lifetime that a CertificateSigningRequest requests; None leaves it to the signer.

    Source: certificates.k8s.io/v1, expirationSeconds; cert-manager, DurationFromCertificateSigningRequest.
    """
    if _DURATION in one.annotations:
        return duration(one.mapping("metadata")["annotations"][_DURATION], _DURATION)
    seconds = whole_number(one.mapping("spec").get("expirationSeconds"), "expirationSeconds")
    return None if seconds is None else timedelta(seconds=min(seconds, 2**31 - 1))


def _refusals(one: Object) -> Iterator[Refusal]:
    """The reasons why the API server refuses it. Source: certificates.k8s.io/v1, CertificateSigningRequestSpec."""
    spec = one.mapping("spec")
    seconds = whole_number(spec.get("expirationSeconds"), "expirationSeconds")
    if seconds is not None and seconds < _LEAST_SECONDS:
        yield Refusal("expiration-min", f"expirationSeconds {seconds} is below {_LEAST_SECONDS}")
    signer = text(spec.get("signerName"))
    if one.version == "certificates.k8s.io/v1":
        if signer in {"", "kubernetes.io/legacy-unknown"}:
            what = f"{signer} is not accepted" if signer else "is missing"
            yield Refusal("signer-name", f"signerName {what}")
        if not listed(spec.get("usages")):
            yield Refusal("usages", "usages is missing")


def _role(one: Object) -> ReasonedRole:
    spec = one.mapping("spec")
    signer = text(spec.get("signerName"))
    if signer in _SIGNERS:
        return ReasonedRole(_SIGNERS[signer], f"the signer of {one} is {signer}")
    if one.annotations.get(_IS_CA) == "true":
        return ReasonedRole(Role.CA, f"{one} says {_IS_CA}")
    return role_of_usages(spec, str(one)) or ReasonedRole(Role.SERVER, f"{one} does not exclude a server")
