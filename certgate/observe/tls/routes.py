"""Whether this machine has a route to an address."""

import errno
import socket
from collections.abc import Callable, Sequence

from certgate.model.observation import Failure, FailureKind, Phase
from certgate.net.resolver import Address
from certgate.observe.tls.failures import ObservationFailed

__all__ = ["by_route", "has_route", "own_trouble"]

_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
_OF_THE_NETWORK = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN})


def has_route(address: Address) -> bool:
    """Whether this machine knows a way to the address; sends nothing."""
    try:
        with socket.socket(address.family, socket.SOCK_DGRAM) as unconnected:
            unconnected.connect(address.sockaddr)
    except OSError as error:
        return error.errno not in _NO_ROUTE
    return True


def by_route(addresses: Sequence[Address]) -> tuple[list[Address], list[Address]]:
    """The addresses that there may be a way to, and those of a family to which this machine has no route.

    All of them are of the first kind if none has a route.
    """
    families = {address.family for address in addresses if has_route(address)}
    routed = [address for address in addresses if address.family in families] or list(addresses)
    return routed, [address for address in addresses if address not in routed]


def own_trouble(
    address: Address, failed: ObservationFailed, has_route: Callable[[Address], bool] = has_route
) -> ObservationFailed | None:
    """The failure, if a connection failed because of this machine and not of the network; None otherwise."""
    error = failed.__cause__
    if failed.failure.kind is not FailureKind.UNREACHABLE or not isinstance(error, OSError):
        return None
    if error.errno not in _OF_THE_NETWORK:
        detail = f"no connection to {address} could be made: {error.strerror}; lower --rate or --concurrency"
    elif not has_route(address):
        detail = f"this machine has no route to {address}"
    else:
        return None
    return ObservationFailed(Failure(FailureKind.UNREACHABLE, Phase.RESOLVE, detail))
