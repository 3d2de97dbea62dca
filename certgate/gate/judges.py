"""The judges of a run's targets, built from the run's description in any process."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from certgate.checks.framework.needs import Setting
from certgate.gate.run_spec import RunSpec
from certgate.judge.judge import Judge, clock_of
from certgate.judge.memo import Memo
from certgate.judge.recent import Recent
from certgate.model.finding import Severity
from certgate.model.frozen import replacing
from certgate.model.observation import Observed
from certgate.model.target import Endpoint, Probe, Role, Target, Visit
from certgate.model.verdict import TargetResult
from certgate.model.waiver import Waiver
from certgate.observe.stores.trust_stores import load_store, public_keys
from certgate.policy.model import TargetPolicy
from certgate.policy.packs import load_policy
from certgate.policy.settings import settings_of
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.evidence_request import EvidenceRequest
from certgate.x509.certificate import Certificate

if TYPE_CHECKING:
    from certgate.observe.stores.named_bundle import NamedBundle

__all__ = ["Decision", "JudgeKey", "Judges"]

_MOST_KEPT = 1024
"""Terms of targets that are remembered: most targets share theirs with others."""

K = TypeVar("K")
V = TypeVar("V")


class _Read(dict[K, V]):
    """Contents of files by name, each read once, when it is first needed."""

    def __init__(self, read: Callable[[K], V], known: Mapping[K, V]) -> None:
        super().__init__(known)
        self._read = read

    def __missing__(self, words: K) -> V:
        self[words] = found = self._read(words)
        return found


class JudgeKey(NamedTuple):
    """Equal for targets that share a judge."""

    policy: Hashable
    """Identifies a policy as it applies to the target."""
    trust: tuple[str, ...]
    trust_mode: str


class Decision(NamedTuple):
    """What a policy decides about targets that are declared alike."""

    key: JudgeKey
    """That of the decided targets."""
    is_svid: bool
    """Whether the leaf is judged as an X.509-SVID, whose name is its SPIFFE ID."""
    roles: frozenset[Role]
    role_reason: str
    visit: Visit | None
    """How the endpoint is visited; None for other targets."""

    def on(self, target: Target) -> Target:
        """The decided target."""
        source = target.source
        if self.visit and self.visit is not source.endpoint.visit:
            source = replacing(Endpoint, "visit")(source.endpoint, self.visit)
        if self.is_svid:
            as_svid = replacing(Target, "source", "roles", "role_reason", "names")
            return as_svid(target, source, self.roles, self.role_reason, ())
        return target if source is target.source else replacing(Target, "source")(target, source)


class Judges:
    """Finds the judge of each target, and judges with it. Each policy and store is read once and kept.

    Memory grows with the policies and stores of the run, not with its targets. What `spec` has is not read again.
    Raises UsageError if a target needs a policy, a store or an expected chain that cannot be read. Pickling keeps the
    description with all that was read.
    """

    def __init__(self, spec: RunSpec) -> None:
        self._spec = spec
        self._memo = Memo()
        self._texts = {name: dict(texts) for name, texts in spec.policies.items()}
        self.policies = _Read[str, TargetPolicies](self._policy, {})
        bundles = _Read[str, "NamedBundle"](_bundle, {})
        self.stores = _Read(partial(load_store, named=bundles.__getitem__), spec.stores)
        self.expected = _Read(_deployed, spec.expected)
        self._made: dict[JudgeKey, Judge] = {}
        self._decisions = Recent(_MOST_KEPT)
        self._judges = Recent(_MOST_KEPT)

    @property
    def spec(self) -> RunSpec:
        """The description of the run, with everything read so far."""
        return replace(self._spec, policies=self._texts, stores=dict(self.stores), expected=dict(self.expected))

    @property
    def fail_on(self) -> Severity:
        """The lowest severity that fails the run."""
        return self._spec.fail_on

    @property
    def need_history(self) -> bool:
        """Whether a rule of any target so far needs to know the last run."""
        return any(judge.needs_history for judge in self._made.values())

    def __reduce__(self) -> tuple[type["Judges"], tuple[RunSpec]]:
        """Pickle the description."""
        return Judges, (self.spec,)

    def decision(self, target: Target) -> "Decision":
        """What the target's policy decides; the same object for most targets that are declared alike."""
        source = target.source
        sends_name = source.needs_connection and bool(source.endpoint.server_name)
        terms = self._terms(target), target.role_reason, sends_name
        return self._decisions.get(terms, partial(self._decide, target))

    def decided(self, target: Target) -> Target:
        """The target with the role, names and probes from its policy, ready to observe and judge."""
        return self.decision(target).on(target)

    def of(self, target: Target) -> Judge:
        """The judge of a `decided` target; targets with the same key share it."""
        return self._judges.get(self._terms(target), partial(self._judge, target))

    def _terms(self, target: Target) -> Hashable:
        """Equal for targets with the same judge."""
        policy = target.policy
        return policy, target.trust, target.trust_mode, self.policies[policy].terms(target)

    def _decide(self, target: Target) -> "Decision":
        policies = self.policies[target.policy]
        found = _with_role(target, policies)
        found = _with_probes(found, policies.of(found))
        visit = found.source.endpoint.visit if found.source.needs_connection else None
        return Decision(self._key(found), policies.is_spiffe(target), found.roles, found.role_reason, visit)

    def _key(self, target: Target) -> JudgeKey:
        policy = self.policies[target.policy].of(target)
        return JudgeKey(id(policy), target.trust, target.trust_mode)

    def _judge(self, target: Target) -> Judge:
        key = self._key(target)
        if key not in self._made:
            policy = self.policies[target.policy].of(target)
            stores = (self.stores[words] for words in target.stores)
            self._made[key] = Judge(
                policy, *stores, mode=target.trust_mode, fail_on=self._spec.fail_on, memo=self._memo
            )
        return self._made[key]

    def wants(self, target: Target) -> bool:
        """Whether anything may have to be fetched for the target."""
        return bool(self.of(target).wants(target, aia=self._spec.aia))

    def missing(self, observed: Observed) -> list[list[EvidenceRequest]]:
        """The evidence to fetch for each observation before the target can be judged."""
        clock = self.clock(observed)
        return self.of(observed.target).missing(observed, clock, nonce=self._spec.nonce, aia=self._spec.aia)

    def judge(self, observed: Observed, at: datetime | None = None) -> TargetResult:
        """Judge the observations by the target's policy and store, at the time `at` or else at the run's clock."""
        target = observed.target
        judge, clock = self.of(target), at or self.clock(observed)
        expected = self.expected[target.deployed] if target.expect and target.deployed else ()
        origin = target.origin_trust if judge.judges_vantages else ()
        result = judge.judge(observed, clock, expected, self.stores[origin] if origin else None)
        if not self._spec.matrix:
            return result
        stores = [self.stores[word,] for word in self._spec.matrix]
        purposes = settings_of(target).by_name[Setting.PURPOSES]
        from certgate.judge.matrix import trust_matrix

        return replace(result, matrix=trust_matrix(observed, stores, clock, purposes))

    def clock(self, observed: Observed) -> datetime:
        """The time at which the run judges the observations."""
        return self._spec.at or clock_of(observed)

    def waivers(self, target: Target) -> Sequence[Waiver]:
        """The waivers of the target's policy."""
        return self.policies[target.policy].whole.waivers

    def _policy(self, name: str) -> TargetPolicies:
        policy = load_policy(name, texts=self._texts.setdefault(name, {}), at=self._spec.at)
        policy = policy if self._spec.waivers else replace(policy, waivers=())
        return TargetPolicies(policy, settings=self._spec.settings, built_in=_BUILT_IN, keeps=self._spec.keeps)


def _bundle(word: str) -> "NamedBundle":
    """The bundle that a word names, which few targets have."""
    from certgate.observe.stores.named_bundle import named_bundle

    return named_bundle(word)


def _deployed(words: str) -> tuple[Certificate, ...]:
    """The expected chain, which few targets have."""
    from certgate.observe.files.deployed import load_deployed

    return load_deployed(words)


_BUILT_IN: Mapping[Setting, Callable[[], Any]] = {Setting.PUBLIC_CAS: public_keys}
"""Settings that certgate itself supplies, if a rule uses them."""


def _with_probes(target: Target, policy: TargetPolicy) -> Target:
    """Add the policy's probes and questions to the endpoint's visit, except probes that make no difference for it."""
    if not ((policy.probes or policy.questions) and target.source.needs_connection):
        return target
    endpoint = target.source.endpoint
    if endpoint.unprobed:
        return target
    idle = set() if endpoint.server_name else {Probe.NO_SNI}
    origin = endpoint.visit.origin
    idle |= set() if origin and origin.is_compared else {Probe.ORIGIN}
    idle |= set() if origin and origin.closed else {Probe.STRANGER}
    idle |= set() if endpoint.visit.mtls else {Probe.MTLS}
    useful = tuple(probe for probe in policy.probes if probe not in idle)
    visit = replace(endpoint.visit, probes=useful, questions=policy.questions)
    return replace(target, source=replace(endpoint, visit=visit))


def _with_role(target: Target, policies: TargetPolicies) -> Target:
    """Under a SPIFFE policy a server leaf is judged as an SVID too, and its name is its SPIFFE ID."""
    if not policies.is_spiffe(target):
        return target
    roles = target.roles | ({Role.SPIFFE} if Role.SERVER in target.roles else set())
    reason = (
        f"{target.role_reason}; {policies.whole.name} is a SPIFFE policy"
        if roles != target.roles
        else target.role_reason
    )
    return replace(target, roles=roles, role_reason=reason, names=())
