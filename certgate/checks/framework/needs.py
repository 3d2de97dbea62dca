"""What a rule needs beside its subject: settings of the target and the run, and evidence to fetch."""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.target import Probe

__all__ = ["PROBES", "Demand", "Force", "Need", "Setting"]


class Need(Enum):
    """A kind of fact that is fetched only if a rule of the policy needs it."""

    STATUS = auto()
    """The status of the path's certificates, from OCSP responders and CRLs."""
    DECISION = auto()
    """The decision of a policy server."""
    ISSUER = auto()
    """Issuers that were not sent, from the caIssuers URLs of the certificates that were."""
    NO_SNI = auto()
    """The endpoint's answer to a client without a server name. This need and those below are met by probes."""
    UNKNOWN_SNI = auto()
    ORIGIN = auto()
    STRANGER = auto()
    MTLS = auto()
    """The endpoint's answers to clients with and without certificates, where the target says something of these."""
    KEY_TYPES = auto()


PROBES: Mapping[Need, Probe] = MappingProxyType(
    {
        Need.NO_SNI: Probe.NO_SNI,
        Need.UNKNOWN_SNI: Probe.UNKNOWN_SNI,
        Need.ORIGIN: Probe.ORIGIN,
        Need.STRANGER: Probe.STRANGER,
        Need.MTLS: Probe.MTLS,
        Need.KEY_TYPES: Probe.KEY_TYPES,
    }
)
"""The probe that meets each need."""


class Setting(StrEnum):
    """A setting of a target or of the run. It supplies a check's parameters or switches a check on."""

    NAMES = "names"
    """The expected names of the target. They differ between endpoints that serve the same chain."""
    SPIFFE_IDS = "spiffe-ids"
    PEERS = "peers"
    """Whether the configuration says who may call whom."""
    POLICY_OIDS = "policy-oids"
    PURPOSES = "purposes"
    """The purposes of the leaf: `server`, `client`; none means any."""
    KEY_FILE = "key-file"
    BUNDLE_FILE = "bundle-file"
    """The file with the bundle that was delivered with an SVID."""
    EXPECTED_CHAIN = "expected-chain"
    EXPECTED_SVID = "expected-svid"
    """Whether the target must serve an SVID that an agent gives."""
    STARTTLS = "starttls"
    """Whether TLS begins after a cleartext dialogue."""
    ALL_ADDRESSES = "all-addresses"
    """Whether every address of the host is visited."""
    CLIENTS_WITHOUT_SNI = "clients-without-sni"
    ORIGIN = "origin"
    """Whether the target declares the server behind it."""
    MTLS = "mtls"
    """What the target expects of clients without a certificate. The next three say what else it is probed with."""
    MTLS_TIME = "mtls-time"
    """The kinds of clients whose certificate is not valid at this time."""
    MTLS_IDENTITY = "mtls-identity"
    """The kinds of clients whose certificate is valid, but somebody else's."""
    MTLS_RESUMPTION = "mtls-resumption"
    """The other server names under which the session of a client could be resumed."""
    REVOCATION = "revocation"
    """Whether revocation is checked for this target."""
    REVOCATION_ANSWER = "revocation-answer"
    """Whether revocation is checked for this target and an answer is required."""
    DENIED_KEYS = "denied-keys"
    """Keys that the run denies. This setting and those below belong to the run, not to a target."""
    CT_LOGS = "ct-logs"
    PUBLIC_CAS = "public-cas"
    """Keys of publicly trusted CAs; loaded only if a rule needs them."""


class Force(Enum):
    """What a setting does to a rule."""

    ADDS = auto()
    """Switches the rule on if the policy lacks it; the policy's own entry takes precedence."""
    REPLACES = auto()
    """Switches the rule on, whatever the policy says about it."""
    HOLDS = auto()
    """Switches the rule on; where the policy's own rule does not apply, only the run's parameters are used."""
    REQUIRES = auto()
    """Makes the rule's answer required, whatever the policy says."""


@frozen(slots=True)
class Demand:
    """A setting that switches the rule on. `severity` applies if the policy does not mention the rule."""

    setting: Setting
    force: Force = Force.ADDS
    severity: Severity = Severity.ERROR
