"""The Secrets that an Ingress or a Gateway names, read with the webhook's service account."""

import time
from collections.abc import Callable, Mapping
from dataclasses import field

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import NamedSecret, SecretState
from certgate.observe.kubernetes.live.api import ApiServer
from certgate.observe.kubernetes.live.errors import ApiError
from certgate.observe.kubernetes.live.kubeconfig import ClusterLogin, find_login
from certgate.observe.kubernetes.live.listing import Listing
from certgate.observe.kubernetes.live.secrets import SecretReader
from certgate.reports.complaint import complain
from certgate.reports.escape import for_terminal
from certgate.sources.admitted import Named
from certgate.webhook.judgement import Remark, Weight

__all__ = ["SECONDS", "References", "cluster_login", "read_references"]

SECONDS = 1.0
"""For all Secrets of an object together, each read by one request."""
_MOST = 10
_RULE = "k8s.secret-exists"


@frozen(slots=True, kw_only=True)
class References:
    """What is known of the Secrets that an object names."""

    secrets: Mapping[str, NamedSecret] = field(default_factory=dict)
    """Those whose chain is known, by `namespace/name`. Private keys are not kept."""
    remarks: tuple[Remark, ...] = ()
    """A warning for each other one."""


def cluster_login() -> ClusterLogin | None:
    """The login of this pod, or of the kubeconfig; None if there is none, which is said once."""
    try:
        return find_login()
    except UsageError as error:
        complain(f"Secrets that an Ingress or a Gateway names are not read: {error}")
        return None


def read_references(
    login: ClusterLogin | None,
    named: Named,
    *,
    seconds: float = SECONDS,
    now: Callable[[], float] = time.monotonic,
) -> References:
    """Read the Secrets of the object's own namespace, within the time. What cannot be read is a warning.

    Those of other namespaces are not read: the service account needs no right there.
    """
    until = now() + seconds
    secrets: dict[str, NamedSecret] = {}
    remarks = [
        _remark(f"the Secret {name} is of another namespace, which the webhook does not read") for name in named.foreign
    ]
    for number, name in enumerate(named.own):
        left = until - now()
        if number >= _MOST:
            remarks.append(
                _remark(f"the object names more than {_MOST} Secrets; {name} and those after it are not read")
            )
            break
        found = _read(login, name, left)
        if found.chain:
            secrets[name] = found
        else:
            remarks.append(_remark(found.detail or f"the Secret {name} holds no chain"))
    return References(secrets=secrets, remarks=tuple(remarks))


def _read(login: ClusterLogin | None, name: str, seconds: float) -> NamedSecret:
    if login is None or seconds <= 0:
        why = (
            f"it takes longer than {SECONDS:.0f} s, or than the API server waits"
            if login
            else "the webhook has no service account"
        )
        return NamedSecret(name=name, state=SecretState.HIDDEN, detail=f"the Secret {name} was not read: {why}")
    namespace, _, part = name.partition("/")
    reader = SecretReader(
        Listing(ApiServer(login, seconds=seconds)), chains_of=frozenset({(namespace, part)}), existing=frozenset()
    )
    try:
        return reader.named((namespace, part))
    except ApiError as error:
        detail = f"the Secret {name} was not read: {error}"
        return NamedSecret(name=name, state=SecretState.HIDDEN, detail=detail)


def _remark(text: str) -> Remark:
    return Remark(weight=Weight.WARNING, rule=_RULE, text=for_terminal(text))
