"""What the ranges of a run come to, where they overlap, and which of their endpoints are declared singly as well."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address

from certgate.model.errors import UsageError
from certgate.policy.hosts import is_ip
from certgate.policy.mistakes import InvalidFile, Mistake
from certgate.policy.span import EndpointRange
from certgate.sources.context import Defaults
from certgate.sources.declaration import Declaration
from certgate.sources.positions import Positions

__all__ = ["declared_singly"]


def declared_singly(
    declarations: Callable[[], Iterable[Declaration]], defaults: Defaults, *, most: int
) -> Mapping[str, Positions]:
    """For ranges, by their keys, the positions of endpoints that are declared one by one as well, which win.

    Raises UsageError if the ranges come to more than `most` endpoints, and InvalidFile or UsageError if two of them
    have an endpoint in common.
    """
    ranges = [found for one in declarations() if (found := one.range(defaults))]
    if not ranges:
        return {}
    count = sum(one.count for one in ranges)
    if count > most:
        raise UsageError(
            f"the ranges come to {count:,} targets, and --max-targets allows {most:,}; "
            f"name smaller networks, or allow them with certgate scan --max-targets {count}"
        )
    known = _Ranges()
    _refuse_overlaps(ranges, known)
    singly: dict[str, Positions] = {}
    for one in declarations():
        host, port = one.address(defaults) or ("", 0)
        if not is_ip(host):
            continue
        for around in known.with_endpoint(host, port, one.suffix(defaults)):
            singly.setdefault(around.key, Positions(around.count)).add(around.position(host, port))
    return singly


def _refuse_overlaps(ranges: Iterable[EndpointRange], known: "_Ranges") -> None:
    mistakes = []
    for one in sorted(ranges, key=lambda one: one.network.prefixlen):
        if other := known.overlapping(one):
            message = f"{one.name} overlaps {other.name}{f', at {other.place}' if other.place else ''}"
            if one.place is None:
                raise UsageError(f"{message}; declare each endpoint once")
            mistakes.append(Mistake(one.place, f"{message}; declare each endpoint once"))
        known.add(one)
    if mistakes:
        raise InvalidFile(mistakes)


class _Ranges:
    """Ranges, found by the networks around an address."""

    def __init__(self) -> None:
        self._by_network: dict[tuple[int, int, int, str], list[EndpointRange]] = {}
        """By version, open bits, network and suffix."""
        self._open_bits: dict[tuple[int, str], dict[int, None]] = {}
        """The numbers of bits that ranges leave open, by version and suffix."""

    def add(self, one: EndpointRange) -> None:
        network = one.network
        bits = network.max_prefixlen - network.prefixlen
        key = network.version, bits, int(network.network_address) >> bits, one.suffix
        self._by_network.setdefault(key, []).append(one)
        self._open_bits.setdefault((network.version, one.suffix), {})[bits] = None

    def overlapping(self, one: EndpointRange) -> EndpointRange | None:
        """A known range of the same or a larger network that has an endpoint of this one."""
        around = self._around(str(one.network.network_address), one.suffix)
        return next((other for other in around if not set(one.ports).isdisjoint(other.ports)), None)

    def with_endpoint(self, host: str, port: int, suffix: str) -> Iterator[EndpointRange]:
        """The ranges that have the endpoint."""
        return (one for one in self._around(host, suffix) if port in one.ports)

    def _around(self, host: str, suffix: str) -> Iterator[EndpointRange]:
        address = ip_address(host)
        for bits in self._open_bits.get((address.version, suffix), ()):
            yield from self._by_network.get((address.version, bits, int(address) >> bits, suffix), ())
