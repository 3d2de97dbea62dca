"""The cache of a run's results, bounded; its keys hold everything that a result depends on."""

from collections.abc import Hashable
from datetime import datetime
from enum import StrEnum, auto
from typing import NamedTuple, Self

from certgate.checks.framework.subjects import CertificateInRole
from certgate.judge.recent import Recent
from certgate.model.observation import Observation
from certgate.model.target import Target
from certgate.policy.settings import Settings
from certgate.x509.certificate import Certificate

__all__ = ["JudgingKey", "Memo"]


class _Judged(StrEnum):
    LOOK = auto()
    CHAIN = auto()
    ISSUER = auto()


class JudgingKey(NamedTuple):
    """The judge, the time and all facts that an answer depends on; equal keys have equal answers."""

    judge: Hashable
    """Stands for a policy with its trust stores."""
    what: _Judged
    clock: datetime
    facts: tuple[Hashable, ...]

    @classmethod
    def of_chain(
        cls, judge: Hashable, target: Target, seen: Observation, leaf_at: int, clock: datetime, settings: Settings
    ) -> Self:
        """The key for the presented chain and all its paths."""
        version = seen.handshake.version if seen.handshake else None
        lines = None if target.source.needs_connection else seen.lines
        facts = (seen.presented, seen.is_anchor, leaf_at, seen.container, version, lines, target.roles, settings)
        return cls(judge, _Judged.CHAIN, clock, facts)

    @classmethod
    def of_look(
        cls,
        judge: Hashable,
        target: Target,
        seen: Observation,
        clock: datetime,
        settings: Settings,
        deployed: tuple[Certificate, ...],
    ) -> Self:
        """The key for the presented chain with its companions."""
        sent = (seen.presented, seen.staple, seen.handshake, seen.container, seen.lines, seen.evidence)
        how = (seen.notes, seen.vantage.key_type, seen.vantage.proxy, seen.probes)
        key = (seen.public_key, seen.key_problem)
        objects = seen.kubernetes and (seen.kubernetes.is_secret, bool(seen.kubernetes.bundle))
        endpoint = target.source.endpoint if target.source.needs_connection else None
        asked = endpoint and (endpoint.protocol, endpoint.visit.may_probe)
        of_target = (asked, target.source.bundle, target.roles, target.revocation, target.expect)
        return cls(judge, _Judged.LOOK, clock, (sent, how, key, objects, of_target, settings, deployed))

    @classmethod
    def of_issuer(cls, judge: Hashable, issuer: CertificateInRole, clock: datetime, settings: Settings) -> Self:
        """The key for an issuer's certificate, which many chains share."""
        return cls(judge, _Judged.ISSUER, clock, (issuer, settings))


class Memo(Recent):
    """The answers of all judges of one run. A copy for another process starts empty."""

    def __init__(self, size: int = 4096) -> None:
        super().__init__(size)

    def __reduce__(self) -> tuple[type["Memo"], tuple[int]]:
        """Pickle only the size."""
        return Memo, (self._size,)
