"""Settings of the target and the run: which rules they switch on, and which parameters they supply."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache, cached_property, lru_cache
from operator import attrgetter
from typing import NamedTuple

from certgate.checks.framework.demands import demands
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Check
from certgate.model.frozen import frozen
from certgate.model.mutual_tls import IDENTITY_KINDS, TIME_KINDS, ClientKind, MutualTls
from certgate.model.target import Purpose, Revocation, Role, Target, Visit
from certgate.policy.model import RuleValues

__all__ = [
    "Declared",
    "Settings",
    "bound_by",
    "declared",
    "demanded",
    "demanding",
    "settings_of",
    "without_names",
]


@frozen()
class Settings:
    """The settings of a target, each with its values. The policy decides everything else."""

    values: tuple[tuple[Setting, tuple[str, ...]], ...] = ()

    @cached_property
    def by_name(self) -> Mapping[Setting, tuple[str, ...]]:
        """The values by setting."""
        return dict(self.values)

    @cached_property
    def demanding(self) -> frozenset[Setting]:
        """Those of the settings that switch rules on."""
        return _demanding().intersection(self.by_name)

    def only(self, kept: frozenset[Setting]) -> "Settings":
        """The settings in `kept`; returns the same object for the same values."""
        return _settings(tuple(pair for pair in self.values if pair[0] in kept))

    def with_names(self, names: tuple[str, ...]) -> "Settings":
        """The settings with the target's names, if it has any."""
        return Settings(((Setting.NAMES, names), *self.values)) if names else self

    def parameters(self, check: Check) -> Mapping[str, tuple[str, ...]] | None:
        """The parameters that the settings supply to a check; None if it takes none."""
        if not check.binds:
            return None
        return {name: self.by_name[setting] for name, setting in check.binds.items() if setting in self.by_name}


_settings = lru_cache(maxsize=64)(Settings)


def settings_of(target: Target) -> Settings:
    """The settings that the target itself declares."""
    return without_names(declared(target)).with_names(target.names)


class Declared(NamedTuple):
    """Everything from which a target's settings come, except for its names."""

    spiffe_ids: tuple[str, ...]
    has_peers: bool
    policy_oids: tuple[str, ...]
    key: str
    bundle: str
    deployed: str
    expected_agent: str
    protocol: str
    visit: Visit | None
    """None for a target that needs no connection."""
    revocation: Revocation
    purpose: Purpose | None
    roles: frozenset[Role]


_OF_TARGET = attrgetter("spiffe_ids", "peers", "policy_oids", "expect", "revocation", "purpose", "roles")


class _AsBefore:
    """Most targets are declared as the one before: then what was made of that counts for them too."""

    def __init__(self) -> None:
        self._latest: tuple[object, Declared] | None = None

    def of(self, target: Target) -> Declared:
        """What is declared of the target."""
        source = target.source
        endpoint = source.endpoint if source.needs_connection else None
        facts = _OF_TARGET(target), (endpoint.protocol, endpoint.visit) if endpoint else (source.key, source.bundle)
        latest = self._latest
        if latest is None or latest[0] != facts:
            self._latest = latest = facts, _declared(target)
        return latest[1]


_as_before = _AsBefore()


def declared(target: Target) -> Declared:
    """What decides on the settings of the target: equal for targets that differ in other things alone."""
    return _as_before.of(target)


def _declared(target: Target) -> Declared:
    source = target.source
    endpoint = source.endpoint if source.needs_connection else None
    return Declared(
        target.spiffe_ids,
        target.peers is not None,
        target.policy_oids,
        "" if endpoint else source.key,
        "" if endpoint else source.bundle,
        target.deployed if target.expect else "",
        target.expected_agent if target.expect else "",
        endpoint.protocol if endpoint else "",
        endpoint.visit if endpoint else None,
        target.revocation,
        target.purpose,
        target.roles,
    )


@lru_cache(maxsize=256)
def without_names(declared: Declared) -> Settings:
    """The settings of a target without its names; the same object for all targets that share them."""
    visit, revocation = declared.visit, declared.revocation
    found = {
        Setting.PURPOSES: _purposes(declared.purpose, declared.roles),
        Setting.SPIFFE_IDS: declared.spiffe_ids,
        Setting.PEERS: ("declared",) * declared.has_peers,
        Setting.POLICY_OIDS: declared.policy_oids,
        Setting.KEY_FILE: (declared.key,) * bool(declared.key),
        Setting.BUNDLE_FILE: (declared.bundle,) * bool(declared.bundle),
        Setting.EXPECTED_CHAIN: (declared.deployed,) * bool(declared.deployed),
        Setting.EXPECTED_SVID: (declared.expected_agent,) * bool(declared.expected_agent),
        Setting.STARTTLS: (declared.protocol,) * bool(declared.protocol),
        Setting.ALL_ADDRESSES: ("all",) if visit and visit.all_addresses else (),
        Setting.CLIENTS_WITHOUT_SNI: ("yes",) if visit and visit.clients_without_sni else (),
        Setting.ORIGIN: ("yes",) if visit and visit.origin else (),
        **(_of_clients(visit, visit.mtls) if visit and visit.mtls else {}),
        Setting.REVOCATION: (revocation.value,) * (revocation is not Revocation.OFF),
        Setting.REVOCATION_ANSWER: (revocation.value,) * (revocation in _INSISTENT),
    }
    return Settings(tuple(pair for pair in found.items() if pair[1] or pair[0] is Setting.PURPOSES))


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


def _purposes(purpose: Purpose | None, roles: frozenset[Role]) -> tuple[str, ...]:
    if purpose is not None:
        return () if purpose is Purpose.ANY else (purpose.value,)
    client = ("client",) if Role.CLIENT in roles else ()
    return (*client, "server") if roles & {Role.SERVER, Role.SPIFFE} else client


def bound_by(rules: Iterable[RuleValues]) -> frozenset[Setting]:
    """The settings from which rules take parameters."""
    return frozenset(setting for rule in rules for setting in rule.check.binds.values())


def demanded(settings: Collection[Setting]) -> frozenset[str]:
    """The ids of the rules that any of the settings switches on."""
    return frozenset(id for id, demand in demands() if demand.setting in settings)


def demanding(target: Target) -> frozenset[Setting]:
    """The target's settings that switch rules on."""
    return without_names(declared(target)).demanding


@cache
def _demanding() -> frozenset[Setting]:
    return frozenset(demand.setting for _, demand in demands())
