"""The options of a run for Kubernetes clusters, and how addresses of hosts are written."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.observe.kubernetes.detour import Via
from certgate.policy.hosts import is_ip, parse_name, split_endpoint

__all__ = ["ClusterOptions", "parse_via"]


@frozen(slots=True, kw_only=True)
class ClusterOptions:
    """The command-line options for clusters; empty if not used."""

    kubernetes: bool = False
    """Whether the command line itself names a cluster."""
    context: str = ""
    kubeconfig: str = ""
    namespaces: tuple[str, ...] = ()
    all_namespaces: bool = False
    selector: str = ""
    via: Mapping[str, Via] = field(default_factory=dict)
    """By host; the empty host stands for every other one."""
    connects: bool = True
    reads_secrets: bool = True
    may_be_empty: bool = False

    def refuse_idle(self) -> None:
        """Raise UsageError for options that contradict each other, or that need --kubernetes."""
        own = {
            "--context": self.context,
            "--kubeconfig": self.kubeconfig,
            "--namespace": self.namespaces,
            "--all-namespaces": self.all_namespaces,
            "--selector": self.selector,
        }
        idle = next((option for option, value in own.items() if value), "")
        if idle and not self.kubernetes:
            raise UsageError(f"{idle} is for a cluster: add --kubernetes")
        if self.namespaces and self.all_namespaces:
            raise UsageError("--namespace and --all-namespaces: use one of the two")
        if not (self.connects or self.reads_secrets):
            raise UsageError("--no-connect and --no-secrets together leave nothing to judge: use one of the two")


def parse_via(texts: Sequence[str]) -> Mapping[str, Via]:
    """Parse `[HOST=]ADDRESS[:PORT]`, each host once. Raises UsageError."""
    found: dict[str, Via] = {}
    for text in texts:
        name, equals, where = text.rpartition("=")
        try:
            host = parse_name(name) if equals else ""
            address, port = split_endpoint(where)
            address = address if is_ip(address) else parse_name(address)
        except UsageError as error:
            raise UsageError(f'--via "{text}" is not [HOST=]ADDRESS[:PORT]: {error}') from error
        if host in found:
            raise UsageError(f'--via "{text}": {host or "every host"} is already sent elsewhere')
        found[host] = Via(address, port)
    return found
