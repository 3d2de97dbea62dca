"""The kinds of objects that are read in a cluster."""

from collections.abc import Mapping

from certgate.model.frozen import frozen

__all__ = ["CLUSTER_SCOPED", "RESOURCES", "TARGET_KINDS", "Resource"]


@frozen(slots=True, kw_only=True)
class Resource:
    """A kind in a version of its group."""

    kind: str
    api: str
    """The path of the group's version: `api/v1`, `apis/networking.k8s.io/v1`."""
    plural: str
    is_built_in: bool = False
    """Whether every API server has it, so that its absence is an error."""

    @property
    def version(self) -> str:
        """Group and version, as objects write them."""
        return self.api.removeprefix("apis/").removeprefix("api/")

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.version.rpartition("/")[0]


_CERT_MANAGER = "apis/cert-manager.io/v1"
_GATEWAY = "apis/gateway.networking.k8s.io"
_WEBHOOKS = "apis/admissionregistration.k8s.io/v1"
RESOURCES: Mapping[str, Resource] = {
    one.kind: one
    for one in (
        Resource(kind="Secret", api="api/v1", plural="secrets", is_built_in=True),
        Resource(kind="Ingress", api="apis/networking.k8s.io/v1", plural="ingresses", is_built_in=True),
        Resource(kind="Gateway", api=f"{_GATEWAY}/v1", plural="gateways"),
        Resource(kind="ReferenceGrant", api=f"{_GATEWAY}/v1beta1", plural="referencegrants"),
        Resource(kind="Certificate", api=_CERT_MANAGER, plural="certificates"),
        Resource(kind="Issuer", api=_CERT_MANAGER, plural="issuers"),
        Resource(kind="ClusterIssuer", api=_CERT_MANAGER, plural="clusterissuers"),
        Resource(
            kind="ValidatingWebhookConfiguration",
            api=_WEBHOOKS,
            plural="validatingwebhookconfigurations",
            is_built_in=True,
        ),
        Resource(
            kind="MutatingWebhookConfiguration", api=_WEBHOOKS, plural="mutatingwebhookconfigurations", is_built_in=True
        ),
        Resource(
            kind="CustomResourceDefinition",
            api="apis/apiextensions.k8s.io/v1",
            plural="customresourcedefinitions",
            is_built_in=True,
        ),
        Resource(kind="APIService", api="apis/apiregistration.k8s.io/v1", plural="apiservices", is_built_in=True),
        Resource(kind="ClusterTrustBundle", api="apis/certificates.k8s.io/v1beta1", plural="clustertrustbundles"),
    )
}
"""By kind."""
CLUSTER_SCOPED = (
    "ClusterIssuer",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "CustomResourceDefinition",
    "ClusterTrustBundle",
)
"""The kinds with bundles of CA certificates that belong to no namespace."""
TARGET_KINDS = ("Ingress", "Gateway", "Certificate", "Secret", *CLUSTER_SCOPED)
"""The kinds whose objects are targets."""
