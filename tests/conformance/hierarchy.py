"""A presented hierarchy with its CRLs, judged by a policy's rules: does any path hold, revocation included?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from certgate.checks.framework.subjects import CertificateInRole
from certgate.judge.apply import apply
from certgate.judge.binding import bind
from certgate.judge.chain import roles_on
from certgate.model.finding import Outcome
from certgate.model.target import FileSource, Role, Target
from certgate.policy.model import BoundRule, Policy, TargetRule
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.build import build_paths
from certgate.trust.crl import CrlState, crl_status
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.crl import Crl

_UNHARMFUL = {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_EFFECTIVE}


def rules_of(policy: Policy) -> tuple[TargetRule, ...]:
    """The rules of a policy whose entries depend on no target."""
    return TargetPolicies(policy).of(Target(id="hierarchy", ordinal=0, source=FileSource("hierarchy"))).rules


@dataclass(frozen=True)
class Hierarchy:
    """Everything that is known when a leaf is judged. `presented` is unordered."""

    presented: tuple[Certificate, ...]
    store: TrustStore
    crls: tuple[Crl, ...]
    rules: tuple[TargetRule, ...]
    now: datetime
    role: Role = Role.SERVER
    bound: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Parameters that a case supplies, by rule."""
    anchor_rules: tuple[TargetRule, ...] = ()
    """Rules that judge the anchor's own certificate, as a CA's."""

    def problems(self, leaf: Certificate) -> list[str]:
        """Why no path from the leaf holds (those of the best path); empty if one does."""
        return self._problems(leaf, frozenset({leaf}))

    def _problems(self, leaf: Certificate, judging: frozenset[Certificate]) -> list[str]:
        others = tuple(c for c in self.presented if c != leaf)
        paths = build_paths((leaf, *others), self.store).paths
        return min((self._of_path(path, judging) for path in paths), key=len)

    def _of_path(self, path: CertificatePath, judging: frozenset[Certificate]) -> list[str]:
        found = list(self._by_rules(self.rules, path, self.role))
        if path.anchor:
            own = (path.anchor, path.anchor) if path.anchor.is_self_issued else (path.anchor,)
            found += self._by_rules(self.anchor_rules, CertificatePath(own, path.anchor), Role.CA)
        if found or not self.crls:
            return found
        signers = self._signers(path, judging | set(path.certificates))
        for certificate in path.certificates:
            status = crl_status(certificate, self.crls, signers, self.now, broken=frozenset())
            if status.state is not CrlState.GOOD:
                found.append(f"{certificate.subject.short} is {status.state}: {status.reason}")
        return found

    def _by_rules(self, rules: tuple[TargetRule, ...], path: CertificatePath, role: Role) -> Iterator[str]:
        certificates = roles_on(path, frozenset({role}))
        for rule in rules:
            of_role = tuple(c for c in certificates if c.roles & rule.check.roles)
            for subject in {CertificatePath: (path,), CertificateInRole: of_role}.get(rule.check.subject, ()):
                found = (bound := bind(rule, subject, subject.label, self.now),)
                if isinstance(bound, BoundRule):
                    found = apply(bound, subject, subject.label, self.now, self.bound.get(rule.id))
                for finding in found:
                    if finding.outcome not in _UNHARMFUL and not _is_lowered(finding, rule):
                        yield f"{finding.rule} on {finding.subject}: {finding.message}"

    def _signers(self, path: CertificatePath, judging: frozenset[Certificate]) -> Mapping[Certificate, bytes]:
        """Who may have signed a CRL: the path's issuers, and whoever else has a path that holds.

        Whoever is being judged already counts: a CRL issuer may be listed in its own CRL.
        """
        signers = {issuer: key for (_, issuer), key in zip(path.links, path.working_keys, strict=True)}
        issuers = {crl.issuer for crl in self.crls}
        for certificate in self.presented:
            if certificate in signers or certificate.subject not in issuers:
                continue
            if certificate in judging or not self._problems(certificate, judging | {certificate}):
                signers[certificate] = certificate.spki
        return signers


def _is_lowered(finding, rule: TargetRule) -> bool:
    return finding.outcome is Outcome.FAIL and finding.severity.rank < rule.severity.rank
