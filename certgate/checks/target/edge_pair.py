"""What the rules of the family edge compare: the edge's observations and its origin's."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv6Address, ip_address

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked
from certgate.checks.framework.subjects import Vantages
from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind, Observation
from certgate.model.target import Origin, Probe
from certgate.x509.certificate import Certificate, parse_certificate

__all__ = ["Pair", "compared", "origin_of"]


@frozen(slots=True)
class Pair:
    """The observations of edge and origin, each with a certificate."""

    edge: Sequence[Observation]
    """Those under the endpoint's own server name."""
    origin: Sequence[Observation]

    @property
    def edge_leaves(self) -> Sequence[Certificate]:
        """The edge's leaves, each once. Raises Malformed."""
        return _leaves(self.edge)

    @property
    def origin_leaves(self) -> Sequence[Certificate]:
        """The origin's leaves, each once. Raises Malformed."""
        return _leaves(self.origin)


def compared(target: Vantages, differences: Callable[[Pair], Iterable[Answer]]) -> Iterator[Answer]:
    """The differences; without any, why the answers of edge and origin prove nothing, if they do not."""
    pair = _pair(target)
    if not isinstance(pair, Pair):
        yield pair
        return
    found = list(differences(pair))
    doubt = next(filter(None, map(_doubt, (*pair.edge, *pair.origin))), "")
    yield from found or ([NotChecked(doubt)] if doubt else [])


def origin_of(target: Vantages) -> Origin | NotApplicable | NotChecked:
    """The origin that the target declares, and that is another server than its edge."""
    origin = target.target.origin
    if origin is None:
        return NotApplicable("the target declares no origin")
    if _same_server(str(origin), (seen.vantage.address for seen in target.looks)):
        return NotChecked(f"the origin {origin} is the endpoint itself: its name leads past the edge")
    return origin


def _pair(target: Vantages) -> Pair | NotApplicable | NotChecked:
    origin = origin_of(target)
    if not isinstance(origin, Origin):
        return origin
    if not origin.is_compared:
        return NotApplicable("the origin is closed, and there is no client certificate for it")
    endpoint = target.target.source.endpoint
    looks = [seen for seen in target.looks if not seen.vantage.key_type]
    edge = [seen for seen in looks if seen.vantage.server_name == endpoint.server_name]
    if not edge or not all(seen.presented for seen in edge):
        return NotChecked("no certificate was seen at the edge")
    answers = target.answers_to(Probe.ORIGIN)
    if not answers:
        return NotChecked(f"the origin {origin} was not asked" + (f": {why}" if (why := endpoint.unprobed) else ""))
    for seen in answers:
        if not seen.presented:
            why = f": {seen.failure.kind}: {seen.failure.detail}" if seen.failure else ""
            return NotChecked(f"no certificate was seen at the origin{why}")
    return Pair(edge, answers)


def _doubt(seen: Observation) -> str:
    """Why the certificate that was shown may be another server's; empty if it is not."""
    failure = seen.failure
    if failure is None or failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED:
        return ""
    return f"{failure.kind}: {failure.detail}"


def _leaves(observations: Iterable[Observation]) -> Sequence[Certificate]:
    return [parse_certificate(der) for der in dict.fromkeys(seen.presented[0] for seen in observations)]


def _same_server(origin: str, addresses: Iterable[str]) -> bool:
    return _canonical(origin) in {_canonical(address) for address in addresses if address}


def _canonical(address: str) -> tuple[str, str]:
    """IP address and port; an IPv4 address that is mapped into IPv6 as the IPv4 address."""
    host, _, port = address.rpartition(":")
    try:
        ip = ip_address(host.strip("[]"))
    except ValueError:
        return host, port
    return str(ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else str(ip), port
