"""The subjects that rules check: a closed set, made by judge/ from observations."""

from datetime import datetime

from certgate.checks.framework.served_svid import ServedSvid
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import KubernetesFacts
from certgate.model.observation import HandshakeFacts, Observation
from certgate.model.probe import ProbeAnswer
from certgate.model.published import PUBLISHED_LABELS
from certgate.model.snapshot import SeenCertificate
from certgate.model.target import Probe, Revocation, Role, Target
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.crl import Crl
from certgate.x509.facts import CertificateFacts
from certgate.x509.ocsp import OcspResponse

__all__ = [
    "CertificateInRole",
    "CertificatePath",
    "ExpectedChain",
    "Handshake",
    "HelperFiles",
    "IssuedInRole",
    "KeyPair",
    "KubernetesObjects",
    "Observations",
    "PresentedChain",
    "PublishedCrl",
    "PublishedResponse",
    "RevocationEvidence",
    "ServedSvid",
    "Staple",
    "Subject",
    "Succession",
    "TargetFacts",
    "Vantages",
]


@frozen(slots=True)
class CertificateInRole:
    """A certificate of the chosen path (never the anchor), the first one presented if there is no path, or a request.

    Checks of what only a CA adds take an `IssuedInRole`, those of what certificates have in common a `TemplateInRole`.
    """

    certificate: CertificateFacts
    label: str
    """`leaf`, or `issuer 1` for the leaf's issuer, and so on."""
    roles: frozenset[Role]
    leaf_roles: frozenset[Role] = frozenset()
    """For an issuer on a path: the roles of the leaf."""

    @property
    def is_for_clients(self) -> bool:
        """Whether it is an issuer on the path of a leaf that is for a client alone."""
        return self.leaf_roles == frozenset({Role.CLIENT})

    @property
    def is_root(self) -> bool:
        """Whether it has a CA role and is self-issued."""
        return Role.CA in self.roles and self.certificate.is_self_issued


@frozen(slots=True)
class IssuedInRole(CertificateInRole):
    """A certificate that was issued: it has dates, a serial number, an issuer."""

    certificate: Certificate


@frozen(slots=True, kw_only=True)
class PresentedChain:
    """The certificates in the order sent, and the paths that can be built from them."""

    certificates: tuple[Certificate | None, ...]
    """The certificates in the order sent; None for an unreadable one."""
    paths: tuple[CertificatePath, ...]
    store: TrustStore
    """The trust store with the anchors of the paths."""
    tls_version: str | None = None
    """The negotiated version; None for a file."""
    problems: tuple[str, ...] = ()
    """Why certificates are unreadable, one sentence each."""
    limit: str = ""
    """The limit that ended the search for paths early; empty if none did."""
    container: str = ""
    """The kind of unordered container that the certificates came in; empty for a sequence."""
    leaf_at: int = 0
    """The position of the leaf: 0, unless the chain is in the wrong order."""
    lines: tuple[int, ...] | None = None
    """The lines on which a file's certificates begin, empty if it has no lines; None for an endpoint."""

    @property
    def leaf(self) -> Certificate | None:
        """The leaf; None if it is unreadable."""
        return self.certificates[self.leaf_at]

    @property
    def label(self) -> str:
        """How findings name it."""
        return "presented chain"


@frozen(slots=True)
class Staple:
    """The stapled response for this leaf (`der` is None for none). Exists only if a staple was possible."""

    der: bytes | None
    leaf: Certificate
    issuer: Certificate | None
    """The leaf's issuer on the chosen path, which can be the anchor; None if unknown."""
    unusable: bool = False
    """Asking for the staple broke the handshake, so its bytes were never seen."""

    @property
    def label(self) -> str:
        """How findings name it."""
        return "staple"


@frozen(slots=True, kw_only=True)
class RevocationEvidence:
    """A certificate of the chosen path and the evidence of its revocation. Exists only if revocation is checked.

    `evidence` is that of the whole target: its contents tell which of it is about this certificate.
    """

    path: CertificatePath
    index: int
    """Position of the certificate on the path; 0 is the leaf."""
    staple: bytes | None = None
    """The stapled response; None if there is none, and for issuers."""
    unusable: bool = False
    """Asking for the staple broke the handshake, so its bytes were never seen."""
    evidence: tuple[Evidence, ...] = ()
    mode: Revocation = Revocation.OFF

    @property
    def certificate(self) -> Certificate:
        """The certificate."""
        return self.path.certificates[self.index]

    @property
    def issuer(self) -> Certificate | None:
        """Its issuer on the path, which can be the anchor; None if unknown."""
        return self.path.issuer_of(self.index)

    @property
    def leaf(self) -> Certificate:
        """The certificate the path is for."""
        return self.path.leaf

    @property
    def ocsp_responses(self) -> tuple[Evidence, ...]:
        """The answers of OCSP responders about the certificate, including failures."""
        answers = (e for e in self.evidence if e.kind is EvidenceKind.OCSP)
        return tuple(e for e in answers if e.about == self.certificate.sha256)

    @property
    def label(self) -> str:
        """How findings name it."""
        return self.path.label_of(self.index)


@frozen(slots=True)
class PublishedCrl:
    """A CRL on its own, as a CA publishes it."""

    crl: Crl
    issuers: tuple[Certificate, ...]
    """The certificates in the trust store that have the name of its issuer."""
    store: str
    """The name of that store."""

    @property
    def roles(self) -> frozenset[Role]:
        """Its role."""
        return frozenset({Role.CRL})

    @property
    def label(self) -> str:
        """How findings name it."""
        return PUBLISHED_LABELS[Role.CRL]


@frozen(slots=True)
class PublishedResponse:
    """An OCSP response on its own, as a responder gives it to everybody."""

    response: OcspResponse
    issuers: tuple[Certificate, ...]
    """The certificates in the trust store that its statuses name as the issuer."""
    store: str
    """The name of that store."""

    @property
    def roles(self) -> frozenset[Role]:
        """Its role."""
        return frozenset({Role.OCSP})

    @property
    def label(self) -> str:
        """How findings name it."""
        return PUBLISHED_LABELS[Role.OCSP]


@frozen(slots=True)
class Handshake:
    """The parameters negotiated with an endpoint, the leaf that it sent, and what it answered to questions."""

    facts: HandshakeFacts
    leaf: Certificate
    answers: tuple[ProbeAnswer, ...] = ()
    unprobed: str = ""
    """Why no questions were asked; empty if they could have been."""

    @property
    def label(self) -> str:
        """How findings name it."""
        return "handshake"


@frozen(slots=True)
class KeyPair:
    """A leaf or a request and the accompanying private key. Exists only if there is one."""

    leaf: CertificateFacts
    public_key: bytes | None
    """SubjectPublicKeyInfo of the private key; None if the key is unreadable."""
    problem: str = ""
    judged_by: str = ""
    """The rule that judges it instead of key.matches; empty for none."""

    @property
    def label(self) -> str:
        """How findings name it."""
        return "private key"


@frozen(slots=True, kw_only=True)
class HelperFiles:
    """An SVID with the bundle that was delivered with it, and its key. Exists only if the bundle is named."""

    path: CertificatePath
    """The chosen path of the SVID under the bundle."""
    store: TrustStore
    """The bundle."""
    bundle: str
    """The name of its file."""
    public_key: bytes | None = None
    """SubjectPublicKeyInfo of the private key; None if there is none, or it is unreadable."""
    key_problem: str = ""

    @property
    def leaf(self) -> Certificate:
        """The SVID."""
        return self.path.leaf

    @property
    def label(self) -> str:
        """How findings name it."""
        return "SVID files"


@frozen(slots=True)
class ExpectedChain:
    """The presented chain and the chain that the target expects. Exists only if it expects one."""

    leaf: Certificate
    presented: tuple[str, ...]
    """SHA-256 of the presented certificates, the leaf first."""
    expected: tuple[Certificate, ...]

    @property
    def label(self) -> str:
        """How findings name it."""
        return "expected chain"


@frozen(slots=True)
class Succession:
    """A leaf, and the one that the last run saw in its place. Exists only with a history in which it has one."""

    leaf: Certificate
    before: SeenCertificate
    before_at: datetime
    """When the last run began."""

    @property
    def is_replaced(self) -> bool:
        """Whether the leaf is another certificate than the one before."""
        return self.leaf.sha256 != self.before.sha256

    @property
    def label(self) -> str:
        """How findings name it."""
        return "leaf"


@frozen(slots=True)
class KubernetesObjects:
    """What Kubernetes objects say about a target, and what was seen of it. Exists only if there are such objects."""

    facts: KubernetesFacts
    seen: Observation

    @property
    def label(self) -> str:
        """How findings name it."""
        return "Kubernetes objects"


@frozen(slots=True)
class Observations:
    """The observations of a target at one or more vantages."""

    observations: tuple[Observation, ...]

    @property
    def label(self) -> str:
        """How findings name it."""
        return "target"


@frozen(slots=True)
class Vantages:
    """A target with all its vantages, including the answers to probes."""

    target: Target
    observations: tuple[Observation, ...]
    origin_store: TrustStore | None = None
    """The trust store for the chain of the origin, if the target declares one."""

    @property
    def looks(self) -> tuple[Observation, ...]:
        """The observations that are not answers to probes."""
        return tuple(seen for seen in self.observations if not seen.vantage.probe)

    def answers_to(self, probe: Probe) -> tuple[Observation, ...]:
        """The observations that a probe made."""
        return tuple(seen for seen in self.observations if seen.vantage.probe == probe)

    @property
    def label(self) -> str:
        """How findings name it."""
        return "target"


@frozen(slots=True, kw_only=True)
class TargetFacts:
    """The facts of a target, its chosen path and its handshake, as custom rules see them."""

    target: Target
    path: CertificatePath
    handshake: HandshakeFacts | None = None
    stapled: bool = False
    decisions: tuple[Evidence, ...] = ()
    """The responses of policy servers."""

    @property
    def leaf(self) -> Certificate:
        """The certificate the path is for."""
        return self.path.leaf

    @property
    def can_have_handshake(self) -> bool:
        """Whether a target of this kind can have a handshake."""
        return self.target.source.needs_connection

    @property
    def label(self) -> str:
        """How findings name it."""
        return "target"


Subject = (
    CertificateInRole
    | PresentedChain
    | CertificatePath
    | Staple
    | PublishedCrl
    | PublishedResponse
    | RevocationEvidence
    | Handshake
    | KeyPair
    | HelperFiles
    | ExpectedChain
    | ServedSvid
    | Succession
    | KubernetesObjects
    | Observations
    | Vantages
    | TargetFacts
)
