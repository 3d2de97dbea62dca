"""What a rule needs beside its subject: settings of the target and the run, and evidence to fetch."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from certgate.model.finding import Severity
from certgate.model.target import Probe

__all__ = ["PROBES", "Demand", "Force", "Need", "Setting"]


class Need(Enum):
    """A kind of fact that is fetched only where a rule of the policy needs it."""

    STATUS = auto()
    """What OCSP responders and CRLs say of the path's certificates."""
    DECISION = auto()
    """What a policy server decides."""
    ISSUER = auto()
    """Issuers that were not sent, from the caIssuers of what was."""
    NO_SNI = auto()
    """What an endpoint answers to a client without a server name. Probed, as is the next."""
    UNKNOWN_SNI = auto()


PROBES: Mapping[Need, Probe] = MappingProxyType({Need.NO_SNI: Probe.NO_SNI, Need.UNKNOWN_SNI: Probe.UNKNOWN_SNI})
"""What is probed at an endpoint, by the need for it."""


class Setting(StrEnum):
    """Something that a target's own words or the run set. A check binds parameters to it, or is switched on by it."""

    NAMES = "names"
    """Of the target: the names that are expected. They differ between endpoints that serve one chain."""
    SPIFFE_IDS = "spiffe-ids"
    POLICY_OIDS = "policy-oids"
    PURPOSES = "purposes"
    """What the leaf is for: `server`, `client`; none stands for any."""
    KEY_FILE = "key-file"
    EXPECTED_CHAIN = "expected-chain"
    STARTTLS = "starttls"
    """TLS begins after words in the clear."""
    ALL_ADDRESSES = "all-addresses"
    """Every address of the host is visited."""
    CLIENTS_WITHOUT_SNI = "clients-without-sni"
    REVOCATION = "revocation"
    """Revocation is a matter of this target."""
    REVOCATION_ANSWER = "revocation-answer"
    """It is, and an answer is insisted on."""
    DENIED_KEYS = "denied-keys"
    """Of the run, as are those below."""
    CT_LOGS = "ct-logs"
    PUBLIC_CAS = "public-cas"
    """Keys of the CAs that the public trusts; had where a rule asks for them."""


class Force(Enum):
    """What a setting does to a rule."""

    ADDS = auto()
    """Switches it on where the policy lacks it; what the policy says of it stands."""
    REPLACES = auto()
    """Switches it on, whatever the policy says of it."""
    HOLDS = auto()
    """Switches it on and, wherever the policy's own rule stands down, holds it with what the run sets alone."""
    REQUIRES = auto()
    """Makes its answer required, whatever the policy says of that."""


@dataclass(frozen=True, slots=True)
class Demand:
    """That a setting switches the rule on. `severity` counts where the policy says nothing of the rule."""

    setting: Setting
    force: Force = Force.ADDS
    severity: Severity = Severity.ERROR
