"""Ranges of endpoints as users write them: a network and ports, `10.0.0.0/20:443,8443`."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.target import Place

__all__ = ["EndpointRange", "Span", "is_range", "parse_span"]

_FORM = re.compile(r"\[?([^\[\]/]*)\]?/([0-9]+)\]?(?::(.*))?", re.DOTALL)
_BLOCK = 256
"""Addresses of a block: an IPv4 /24, an IPv6 /120."""
_FEWEST_BITS = 112
"""Bits that an IPv6 range has at least, which leaves 65,536 addresses."""


@frozen(slots=True)
class Span:
    """The addresses of a network, each with some ports; no ports mean the default one."""

    network: IPv4Network | IPv6Network
    ports: tuple[int, ...] = ()

    def __str__(self) -> str:
        """As users write it."""
        return f"{self.network}{':' if self.ports else ''}{','.join(map(str, self.ports))}"

    def addresses(self) -> Iterator[str]:
        """Every address, those of the network and of broadcasts too: the first one of each block, then the second ones.

        Consecutive addresses are in different blocks, so that no small network gets all connections at a time.
        """
        first, count = int(self.network.network_address), self.network.num_addresses
        address = type(self.network.network_address)
        for offset in range(min(count, _BLOCK)):
            for number in range(first + offset, first + count, _BLOCK):
                yield str(address(number))


@frozen(slots=True, kw_only=True)
class EndpointRange:
    """A span as a run knows it."""

    name: str
    """As it is written."""
    network: IPv4Network | IPv6Network
    ports: tuple[int, ...]
    suffix: str
    """What follows host and port in the ids of its targets."""
    place: Place | None = None

    @property
    def count(self) -> int:
        """How many endpoints it comes to."""
        return self.network.num_addresses * len(self.ports)

    @property
    def key(self) -> str:
        """What sets it apart from all other ranges of a run."""
        return f"{self.network}:{self.ports}{self.suffix}"

    def position(self, host: str, port: int) -> int:
        """The number of one of its endpoints, by address and then by port."""
        return (int(ip_address(host)) - int(self.network.network_address)) * len(self.ports) + self.ports.index(port)


def is_range(text: str) -> bool:
    """Whether an endpoint is written as a range: a number follows the first slash."""
    return text.partition("/")[2][:1].isdigit()


def parse_span(text: str) -> Span:
    """`ADDRESS/BITS[:PORT,PORT...]`, IPv6 with or without brackets. Raises UsageError."""
    found = _FORM.fullmatch(text)
    if not found or text.count("[") != text.count("]"):
        raise UsageError(f'"{text}" is not ADDRESS/BITS[:PORT,PORT...]')
    return Span(_network(text, found[1], int(found[2])), _ports(text, found[3]))


def _network(text: str, written: str, bits: int) -> IPv4Network | IPv6Network:
    try:
        address = ip_address(written)
    except ValueError:
        raise UsageError(f'"{text}": "{written}" is not an IP address; write a range as 10.0.0.0/24:443,8443') from None
    if getattr(address, "scope_id", None):
        raise UsageError(f'"{text}" has a zone; a range cannot have one')
    if bits > address.max_prefixlen:
        raise UsageError(f'"{text}": an IPv{address.version} address has {address.max_prefixlen} bits, not {bits}')
    if not bits:
        raise UsageError(f'"{text}" is every address there is; name the networks that are yours')
    if address.version == 6 and bits < _FEWEST_BITS:
        raise UsageError(
            f'"{text}" is too large: a range of IPv6 addresses has 65,536 of them at most, a /{_FEWEST_BITS}'
        )
    network = ip_network((address, bits), strict=False)
    if network.network_address != address:
        raise UsageError(f'"{text}" begins in the middle of a network; write {network}, or {address} for one address')
    return network


def _ports(text: str, written: str | None) -> tuple[int, ...]:
    if written is None:
        return ()
    ports: dict[int, None] = {}
    for word in written.split(","):
        if re.fullmatch("[0-9]+-[0-9]+", word):
            raise UsageError(f'"{text}": list the ports one by one, such as 443,8443')
        if not re.fullmatch("[0-9]{1,5}", word) or not 0 < int(word) < 65536:
            raise UsageError(f'"{text}": the ports must be numbers from 1 to 65535, with commas between them')
        if int(word) in ports:
            raise UsageError(f'"{text}" has port {int(word)} twice')
        ports[int(word)] = None
    return tuple(ports)
