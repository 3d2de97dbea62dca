"""What Kubernetes objects say about a target: who uses its certificate, and which Secrets it is served from."""

from datetime import datetime
from enum import StrEnum

from certgate.model.frozen import frozen

__all__ = [
    "BundleServer",
    "HostUse",
    "IssuerState",
    "KubernetesFacts",
    "NamedSecret",
    "Reference",
    "Renewal",
    "SecretState",
]


class SecretState(StrEnum):
    """Whether the contents of a Secret are known."""

    FOUND = "found"
    MISSING = "missing"
    """It does not exist."""
    HIDDEN = "hidden"
    """It could not be read."""
    LEFT_OUT = "left-out"
    """It was not asked for."""


@frozen(slots=True, kw_only=True)
class NamedSecret:
    """A Secret that an object names, and its chain. The private half of its key is never kept."""

    name: str
    """`namespace/name`, as far as they are known."""
    state: SecretState = SecretState.FOUND
    detail: str = ""
    """Why its contents are not known, one sentence; empty if they are."""
    chain: tuple[bytes, ...] = ()
    """The certificates in `tls.crt` as DER, the leaf first."""
    public_key: bytes | None = None
    """SubjectPublicKeyInfo of the private key in `tls.key`."""
    key_problem: str = ""
    """Why that key could not be read."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    """What the status of the Certificate that fills it says of its chain; aware, UTC."""


@frozen(slots=True)
class HostUse:
    """A host that an object serves with the certificate."""

    object: str
    """Kind and name: `Ingress shop/web`."""
    host: str
    """In lower case; it may begin with `*.`."""


@frozen(slots=True)
class Reference:
    """An object that names a Secret of another namespace."""

    object: str
    """Kind and name: `Gateway edge/public`."""
    secret: str
    """`namespace/name`."""
    granted: bool | None
    """Whether a ReferenceGrant allows it; None if that is not known."""
    detail: str = ""
    """Why it is not known."""


@frozen(slots=True)
class Renewal:
    """When cert-manager means to renew a certificate; aware, UTC."""

    due: datetime
    not_before: datetime
    not_after: datetime


@frozen(slots=True)
class IssuerState:
    """The issuer that a Certificate names."""

    name: str
    """Kind and name: `Issuer shop/ca`."""
    is_ready: bool | None
    """Whether it says that it is ready; None if that is not known."""
    detail: str = ""
    """What it says itself, or why nothing is known."""


@frozen(slots=True, kw_only=True)
class BundleServer:
    """The server that somebody verifies by a bundle of CA certificates."""

    name: str
    """Host and port: `guard.shop.svc:443`."""
    anchors: tuple[bytes, ...] = ()
    """The whole bundle as DER."""
    asked: str = ""
    """What was asked for its chain: `guard.shop.svc:443`, or `the Secret shop/guard`; empty if nothing could be."""
    host: str = ""
    """The name that the chain's leaf must have; empty if the chain is that of a Secret."""
    chain: tuple[bytes, ...] = ()
    """The chain as DER, the leaf first."""
    detail: str = ""
    """Why there is no chain, one sentence."""
    refusal: str = ""
    """Why the API server refuses the certificate of the server; empty if it does not."""


@frozen(slots=True, kw_only=True)
class KubernetesFacts:
    """What objects of a manifest or of a cluster say about a target."""

    object: str
    """The object that declares the target, kind and name: `Ingress shop/web`."""
    is_secret: bool = False
    """Whether the target is the chain of a Secret itself."""
    bundle: str = ""
    """The field with the CA certificates that the target is; empty for anything else."""
    server: BundleServer | None = None
    """The server that the bundle verifies; None if the object names none."""
    uses: tuple[HostUse, ...] = ()
    """The hosts that are served with the target's Secrets, as far as they are known."""
    secrets: tuple[NamedSecret, ...] = ()
    """The Secrets that the object names."""
    references: tuple[Reference, ...] = ()
    """The references to Secrets of other namespaces."""
    not_visited: str = ""
    """Why nobody looked at what is served; empty if somebody did."""
    renewal: Renewal | None = None
    issuer: IssuerState | None = None
