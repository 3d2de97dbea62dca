"""Hints: recognises certificates that were judged by a policy or in a role that is not theirs."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from certgate.judge.chain import chain_in, leaf_of
from certgate.model.hint import Hint, HintCause, RunHint
from certgate.model.observation import Observation
from certgate.model.target import Endpoint, Role, Target
from certgate.model.verdict import TargetResult, Verdict
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH, CODE_SIGNING, EMAIL_PROTECTION, SERVER_AUTH
from certgate.x509.sct import embedded_scts

__all__ = ["RunHints", "client_only", "hint_of", "no_role"]

_PUBLIC_POLICY = "webpki-public"
_NAMED_ALONE = ("endpoint", "file", "manifest")
"""Kinds of sources that a command can name by themselves."""
_PUBLIC_STORES = frozenset({"mozilla", "system"})
_SIGNERS = {
    EMAIL_PROTECTION: HintCause.EMAIL_CERTIFICATE,
    CODE_SIGNING: HintCause.CODE_SIGNING_CERTIFICATE,
}
_KINDS = {HintCause.EMAIL_CERTIFICATE: "an S/MIME", HintCause.CODE_SIGNING_CERTIFICATE: "a code-signing"}
_NO_ROLE = "certgate has no role for it, and judges it by rules for TLS servers"
_MESSAGES = {
    HintCause.OWN_CA: "the chain reaches no public root; if your own CA issued it, save its root as root.pem and run",
    HintCause.SPIFFE: "its certificate has a SPIFFE ID; save the bundle of its trust domain as bundle.pem and run",
    HintCause.CA_CERTIFICATE: "this is a CA certificate, judged as a server's; to judge it as a CA's, run",
    HintCause.CLIENT_CERTIFICATE: "this is a client certificate, judged as a server's; to judge it as a client's, run",
    **{cause: f"this is {kind} certificate: {_NO_ROLE}" for cause, kind in _KINDS.items()},
}


class RunHints:
    """Collects the hints of a run: one for each cause."""

    def __init__(self, *, at: datetime | None = None, resolve: Sequence[str] = ()) -> None:
        """`at` and `resolve` are the values of these options in this run, which the commands repeat."""
        self._at = ("--at", at.isoformat()) if at else ()
        self._resolve = tuple(f"--resolve={address}" for address in resolve)
        self._first: dict[HintCause, TargetResult] = {}
        self._targets: dict[HintCause, int] = {}

    def add(self, result: TargetResult) -> None:
        """Note the hint of a target that is not compliant."""
        if result.hint and result.verdict is not Verdict.COMPLIANT:
            cause = result.hint.cause
            self._first.setdefault(cause, result)
            self._targets[cause] = self._targets.get(cause, 0) + 1

    @property
    def found(self) -> tuple[RunHint, ...]:
        """The hints, in the order in which they first appeared."""
        return tuple(self._hints())

    def _hints(self) -> Iterator[RunHint]:
        for cause, first in self._first.items():
            words = first.hint.command if first.hint else ()
            repeated = (*self._at, *(self._resolve if first.target.source.needs_connection else ()))
            yield RunHint(
                cause=cause,
                message=_MESSAGES[cause],
                target=first.target.id,
                targets=self._targets[cause],
                command=shlex.join((*words, *repeated)) if words else "",
            )


def hint_of(target: Target, policy: str, looks: Iterable[Observation], stores: Sequence[TrustStore]) -> Hint | None:
    """The hint about a target by what was seen of it; None if it is judged as what it is, or is unreadable.

    `policy` is the name of its policy.
    """
    for seen in looks:
        try:
            leaf = leaf_of(seen)
            return _hint(target, policy, leaf, seen, stores) if leaf else None
        except Malformed:
            return None
    return None


def no_role(leaf: Certificate) -> str:
    """The kind of a certificate for which there is no role, such as `an S/MIME`; else empty. Raises Malformed."""
    signs = _signs(leaf)
    return _KINDS[signs] if signs else ""


def client_only(leaf: Certificate) -> bool:
    """Whether its extended key usages allow clients and no servers. Raises Malformed."""
    ekus = leaf.ekus or frozenset()
    return CLIENT_AUTH in ekus and not ekus & {SERVER_AUTH, ANY_PURPOSE}


def _signs(leaf: Certificate) -> HintCause | None:
    """What it signs, if it is for nothing else."""
    ekus = leaf.ekus or frozenset()
    if leaf.is_ca or ekus & {SERVER_AUTH, CLIENT_AUTH, ANY_PURPOSE}:
        return None
    return next((cause for oid, cause in _SIGNERS.items() if oid in ekus), None)


def _hint(
    target: Target, policy: str, leaf: Certificate, seen: Observation, stores: Sequence[TrustStore]
) -> Hint | None:
    if signs := _signs(leaf):
        return Hint(signs)
    if target.source.kind not in _NAMED_ALONE:
        return None
    is_default = policy.partition("@")[0] == _PUBLIC_POLICY
    cause = _wrong_policy(target, leaf, seen, stores) if is_default else None
    role = _wrong_role(target, leaf)
    if role:
        named = {HintCause.CA_CERTIFICATE: Role.CA, HintCause.CLIENT_CERTIFICATE: Role.CLIENT}[role]
        return Hint(role, (*_judging(target), "--role", named, *_policy_words(target, cause)))
    return Hint(cause, (*_judging(target), *_policy_words(target, cause))) if cause else None


def _wrong_policy(
    target: Target, leaf: Certificate, seen: Observation, stores: Sequence[TrustStore]
) -> HintCause | None:
    """The hint under the policy for public servers; none for a public chain whose intermediate was not sent."""
    if any(uri.lower().startswith("spiffe://") for uri in leaf.uris):
        return HintCause.SPIFFE
    paths = [path for store in stores for path in chain_in(seen, store).paths]
    is_anchored = any(path.anchor for path in paths)
    is_cut_short = bool(embedded_scts(leaf)) and not any(path.certificates[-1].is_self_issued for path in paths)
    if is_anchored or is_cut_short or not _PUBLIC_STORES.intersection(target.trust):
        return None
    return HintCause.OWN_CA


def _wrong_role(target: Target, leaf: Certificate) -> HintCause | None:
    """The hint for a file whose contents contradict its role. The role of an endpoint is that of a server."""
    if target.source.kind != "file" or Role.SERVER not in target.roles:
        return None
    if leaf.is_ca:
        return HintCause.CA_CERTIFICATE
    return HintCause.CLIENT_CERTIFICATE if client_only(leaf) else None


def _judging(target: Target) -> Iterator[str]:
    """The command that judges the target, without policy and trust."""
    if target.source.needs_connection:
        yield from ("certgate", "scan", target.id, *_visiting(target.source.endpoint))
        return
    path = target.source.name
    yield from ("certgate", "check", f"./{path}" if path.startswith("-") and path != "-" else path)
    for name in target.names:
        yield from ("--name", name)


def _visiting(endpoint: Endpoint) -> Iterator[str]:
    if client := endpoint.visit.client:
        yield from ("--cert", client.certificate, *(("--key", client.key) if client.key else ()))
    if endpoint.visit.proxy:
        yield from ("--proxy", str(endpoint.visit.proxy))


def _policy_words(target: Target, cause: HintCause | None) -> Iterator[str]:
    """The options for policy and trust: the right ones for the cause, else those of the target."""
    if cause is HintCause.OWN_CA:
        yield from ("--policy", "internal-pki", "--trust", "root.pem")
    elif cause is HintCause.SPIFFE:
        yield from ("--policy", "spiffe-svid", "--trust", "bundle.pem")
    else:
        yield from () if target.policy == _PUBLIC_POLICY else ("--policy", target.policy)
        for word in () if target.trust == ("mozilla",) else target.trust:
            yield from ("--trust", word)
