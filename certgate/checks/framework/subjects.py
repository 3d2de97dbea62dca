"""The subjects that rules check: a closed set, made by judge/ from observations."""

from dataclasses import dataclass

from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.observation import HandshakeFacts, Observation
from certgate.model.target import Revocation, Role, Target
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.facts import CertificateFacts

__all__ = [
    "CertificateInRole",
    "CertificatePath",
    "ExpectedChain",
    "Handshake",
    "IssuedInRole",
    "KeyPair",
    "Observations",
    "PresentedChain",
    "RevocationEvidence",
    "Staple",
    "Subject",
    "TargetFacts",
    "Vantages",
]


@dataclass(frozen=True, slots=True)
class CertificateInRole:
    """A certificate of the chosen path (never the anchor), the first one presented without a path, or a request.

    Checks that look at what only a CA adds take an `IssuedInRole`.
    """

    certificate: CertificateFacts
    label: str
    """`leaf`, or `issuer 1` for the leaf's issuer, and so on."""
    roles: frozenset[Role]

    @property
    def is_root(self) -> bool:
        """Whether it is judged as a CA and issued itself."""
        return Role.CA in self.roles and self.certificate.is_self_issued


@dataclass(frozen=True, slots=True)
class IssuedInRole(CertificateInRole):
    """A certificate that was issued: it has dates, a serial number, an issuer."""

    certificate: Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedChain:
    """What was sent, in its order, and the paths that could be built from it."""

    certificates: tuple[Certificate | None, ...]
    """None stands for one that could not be read."""
    paths: tuple[CertificatePath, ...]
    store: TrustStore
    """What the paths were built to."""
    tls_version: str | None = None
    """Negotiated version; None for a file."""
    problems: tuple[str, ...] = ()
    """Why certificates could not be read, one sentence each."""
    limit: str = ""
    """The limit that ended the search for paths early; empty if it was not ended."""
    container: str = ""
    """The kind of set that the certificates came in, where order means nothing; empty for a sequence."""
    leaf_at: int = 0
    """The position of the leaf: 0, unless the chain is in the wrong order."""
    lines: tuple[int, ...] | None = None
    """Of a file, the lines on which the certificates begin, none if it has no lines; None for what an endpoint sent."""

    @property
    def leaf(self) -> Certificate | None:
        """The leaf; None if it could not be read."""
        return self.certificates[self.leaf_at]

    @property
    def label(self) -> str:
        """How findings name it."""
        return "presented chain"


@dataclass(frozen=True, slots=True)
class Staple:
    """What was stapled for this leaf, or that nothing was (`der` is None). Only where a staple could have been had."""

    der: bytes | None
    leaf: Certificate
    issuer: Certificate | None
    """The leaf's issuer on the chosen path, the anchor included; None if unknown."""
    unusable: bool = False
    """Asking for the staple broke the handshake, so its bytes were never seen."""

    @property
    def label(self) -> str:
        """How findings name it."""
        return "staple"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationEvidence:
    """A certificate of the chosen path, and all that was had about its revocation. Only where something was asked for.

    `evidence` is that of the whole target: what is about this certificate is for its contents to say.
    """

    path: CertificatePath
    index: int
    """Position of the certificate on the path; 0 is the leaf."""
    staple: bytes | None = None
    """What was stapled for it, None for nothing (and for issuers)."""
    unusable: bool = False
    """Asking for the staple broke the handshake, so its bytes were never seen."""
    evidence: tuple[Evidence, ...] = ()
    asked: Revocation = Revocation.OFF

    @property
    def certificate(self) -> Certificate:
        """The certificate."""
        return self.path.certificates[self.index]

    @property
    def issuer(self) -> Certificate | None:
        """Its issuer on the path, the anchor included; None if unknown."""
        return self.path.issuer_of(self.index)

    @property
    def leaf(self) -> Certificate:
        """The certificate the path is for."""
        return self.path.leaf

    @property
    def ocsp_responses(self) -> tuple[Evidence, ...]:
        """The answers of OCSP responders about the certificate, failures to answer included."""
        digest = self.certificate.sha256
        return tuple(e for e in self.evidence if e.kind is EvidenceKind.OCSP and e.about == digest)

    @property
    def label(self) -> str:
        """How findings name it."""
        return self.path.label_of(self.index)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What was negotiated with an endpoint, and the leaf it was negotiated with."""

    facts: HandshakeFacts
    leaf: Certificate

    @property
    def label(self) -> str:
        """How findings name it."""
        return "handshake"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A leaf, or a request, and the private key that came along with it. Only where one came."""

    leaf: CertificateFacts
    public_key: bytes | None
    """SubjectPublicKeyInfo of the private key; None if it could not be read."""
    problem: str = ""

    @property
    def label(self) -> str:
        """How findings name it."""
        return "private key"


@dataclass(frozen=True, slots=True)
class ExpectedChain:
    """What was presented, and what a target says should have been. Only where it says so."""

    leaf: Certificate
    presented: tuple[str, ...]
    """SHA-256 of what was presented, the leaf first."""
    expected: tuple[Certificate, ...]

    @property
    def label(self) -> str:
        """How findings name it."""
        return "expected chain"


@dataclass(frozen=True, slots=True)
class Observations:
    """What was observed of a target at one vantage, or at several."""

    observations: tuple[Observation, ...]

    @property
    def label(self) -> str:
        """How findings name it."""
        return "target"


@dataclass(frozen=True, slots=True)
class Vantages:
    """A target from all vantages together. Only where its words ask for several."""

    target: Target
    observations: tuple[Observation, ...]

    @property
    def looks(self) -> tuple[Observation, ...]:
        """Those that are no answers to probes."""
        return tuple(seen for seen in self.observations if not seen.vantage.probe)

    @property
    def label(self) -> str:
        """How findings name it."""
        return "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What is known of a target, the path that was chosen for it and its handshake, as rules of one's own see it."""

    target: Target
    path: CertificatePath
    handshake: HandshakeFacts | None = None
    stapled: bool = False
    decisions: tuple[Evidence, ...] = ()
    """What policy servers answered."""

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
    | RevocationEvidence
    | Handshake
    | KeyPair
    | ExpectedChain
    | Observations
    | Vantages
    | TargetFacts
)
