"""The rules that a setting of a target or of the run switches on, under every policy."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from certgate.checks.framework.needs import Demand, Force, Setting
from certgate.model.finding import Severity

__all__ = ["demands", "is_demanded"]

_DEMANDS: Mapping[str, tuple[Demand, ...]] = MappingProxyType(
    {
        "crl.fresh": (Demand(Setting.REVOCATION),),
        "crl.scope": (Demand(Setting.REVOCATION),),
        "ct.operators": (Demand(Setting.CT_LOGS, severity=Severity.WARNING),),
        "ct.sct-count": (Demand(Setting.CT_LOGS, severity=Severity.WARNING),),
        "ct.sct-valid": (Demand(Setting.CT_LOGS),),
        "ct.temporal": (Demand(Setting.CT_LOGS, severity=Severity.WARNING),),
        "edge.expiry": (Demand(Setting.ORIGIN),),
        "edge.names": (Demand(Setting.ORIGIN),),
        "edge.origin-closed": (Demand(Setting.ORIGIN),),
        "edge.origin-trusted": (Demand(Setting.ORIGIN),),
        "edge.same": (Demand(Setting.ORIGIN),),
        "edge.version": (Demand(Setting.ORIGIN),),
        "expected.reloaded": (Demand(Setting.EXPECTED_CHAIN, Force.REPLACES),),
        "expected.served": (Demand(Setting.EXPECTED_CHAIN, Force.REPLACES),),
        "key.matches": (Demand(Setting.KEY_FILE, Force.REPLACES),),
        "mtls.ca-names": (Demand(Setting.MTLS, Force.REPLACES),),
        "mtls.required": (Demand(Setting.MTLS, Force.REPLACES),),
        "mtls.resumption-bound": (Demand(Setting.MTLS_RESUMPTION, Force.REPLACES),),
        "mtls.verifies-chain": (Demand(Setting.MTLS, Force.REPLACES),),
        "mtls.verifies-identity": (Demand(Setting.MTLS_IDENTITY, Force.REPLACES),),
        "mtls.verifies-time": (Demand(Setting.MTLS_TIME, Force.REPLACES),),
        "ocsp.nonce": (Demand(Setting.REVOCATION),),
        "policy.expected": (Demand(Setting.POLICY_OIDS, Force.REPLACES),),
        "rev.status": (Demand(Setting.REVOCATION), Demand(Setting.REVOCATION_ANSWER, Force.REQUIRES)),
        "spiffe.helper-files": (Demand(Setting.BUNDLE_FILE, Force.REPLACES),),
        "spiffe.id-allowed": (Demand(Setting.SPIFFE_IDS, Force.REPLACES),),
        "spiffe.peer-admitted": (Demand(Setting.PEERS),),
        "spiffe.peer-named": (Demand(Setting.PEERS),),
        "spiffe.served-is-current": (Demand(Setting.EXPECTED_SVID),),
        "starttls.injection": (Demand(Setting.STARTTLS),),
        "target.addresses-agree": (Demand(Setting.ALL_ADDRESSES),),
        "tls.no-sni": (Demand(Setting.CLIENTS_WITHOUT_SNI, Force.REPLACES),),
        "trust.denied": (Demand(Setting.DENIED_KEYS, Force.HOLDS),),
    }
)
"""By the id of the rule. Listed here and not with the checks, whose modules are imported only for rules in use."""


def demands() -> Iterator[tuple[str, Demand]]:
    """The id of every rule that a setting can switch on, sorted, with the kind of demand."""
    return ((id, demand) for id, found in sorted(_DEMANDS.items()) for demand in found)


def is_demanded(id: str) -> bool:
    """Whether a setting can switch the rule on."""
    return id in _DEMANDS
