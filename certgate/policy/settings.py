"""Settings of the target and the run: which rules they switch on, and which parameters they supply."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.needs import Demand, Setting
from certgate.checks.framework.registry import Check
from certgate.model.mutual_tls import IDENTITY_KINDS, TIME_KINDS, ClientKind, MutualTls
from certgate.model.target import Purpose, Revocation, Role, Target, Visit
from certgate.policy.model import RuleValues

__all__ = ["Settings", "bound_by", "demanded", "demanding", "demands", "settings_of"]


@dataclass(frozen=True)
class Settings:
    """The settings of a target, each with its values. The policy decides everything else."""

    values: tuple[tuple[Setting, tuple[str, ...]], ...] = ()

    @cached_property
    def by_name(self) -> Mapping[Setting, tuple[str, ...]]:
        """The values by setting."""
        return dict(self.values)

    def only(self, kept: frozenset[Setting]) -> "Settings":
        """The settings in `kept`; returns the same object for the same values."""
        return _settings(tuple(pair for pair in self.values if pair[0] in kept))

    def parameters(self, check: Check) -> Mapping[str, tuple[str, ...]] | None:
        """The parameters that the settings supply to a check; None if it takes none."""
        if not check.binds:
            return None
        return {name: self.by_name[setting] for name, setting in check.binds.items() if setting in self.by_name}


_settings = lru_cache(maxsize=64)(Settings)


def settings_of(target: Target) -> Settings:
    """The settings that the target itself declares."""
    key = target.source.key
    endpoint = target.source.endpoint if target.source.needs_connection else None
    protocol = endpoint.protocol if endpoint else ""
    found = {
        Setting.NAMES: target.names,
        Setting.SPIFFE_IDS: target.spiffe_ids,
        Setting.POLICY_OIDS: target.policy_oids,
        Setting.KEY_FILE: (key,) * bool(key),
        Setting.EXPECTED_CHAIN: (target.expect,) * bool(target.expect),
        Setting.STARTTLS: (protocol,) * bool(protocol),
        Setting.ALL_ADDRESSES: ("all",) if endpoint and endpoint.visit.all_addresses else (),
        Setting.CLIENTS_WITHOUT_SNI: ("yes",) if endpoint and endpoint.visit.clients_without_sni else (),
        Setting.ORIGIN: ("yes",) if endpoint and endpoint.visit.origin else (),
        **(_of_clients(endpoint.visit, endpoint.visit.mtls) if endpoint and endpoint.visit.mtls else {}),
        Setting.REVOCATION: (target.revocation.value,) * (target.revocation is not Revocation.OFF),
        Setting.REVOCATION_ANSWER: (target.revocation.value,) * (target.revocation in _INSISTENT),
    }
    declared = tuple(pair for pair in found.items() if pair[1])
    return Settings(((Setting.PURPOSES, _purposes(target)), *declared))


def _of_clients(visit: Visit, mtls: MutualTls) -> Mapping[Setting, tuple[str, ...]]:
    """What the target declares about client certificates: each setting switches the rules on that have a probe."""
    kinds = [kind for kind, _ in mtls.refuse]
    return {
        Setting.MTLS: (mtls.expect.value,),
        Setting.MTLS_TIME: tuple(kind.value for kind in kinds if kind in TIME_KINDS),
        Setting.MTLS_IDENTITY: tuple(kind.value for kind in kinds if kind in IDENTITY_KINDS),
        Setting.MTLS_RESUMPTION: visit.also if ClientKind.CONTROL in mtls.certificates(visit.client) else (),
    }


_INSISTENT = frozenset({Revocation.HARD, Revocation.GIVEN})


def _purposes(target: Target) -> tuple[str, ...]:
    if target.purpose is not None:
        return () if target.purpose is Purpose.ANY else (target.purpose.value,)
    client = ("client",) if Role.CLIENT in target.roles else ()
    return (*client, "server") if target.roles & {Role.SERVER, Role.SPIFFE} else client


def bound_by(rules: Iterable[RuleValues]) -> frozenset[Setting]:
    """The settings from which rules take parameters."""
    return frozenset(setting for rule in rules for setting in rule.check.binds.values())


def demanded(settings: Collection[Setting]) -> frozenset[str]:
    """The ids of the rules that any of the settings switches on."""
    return frozenset(check.id for check, demand in demands() if demand.setting in settings)


def demanding(target: Target) -> frozenset[Setting]:
    """The target's settings that switch rules on."""
    return _demanding().intersection([setting for setting, _ in settings_of(target).values])


@cache
def _demanding() -> frozenset[Setting]:
    return frozenset(demand.setting for _, demand in demands())


@cache
def demands() -> tuple[tuple[Check, Demand], ...]:
    """Every check that a setting can switch on, with the kind of demand."""
    return tuple((check, demand) for check in all_checks().values() for demand in check.demanded_by)
