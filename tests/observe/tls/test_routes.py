"""What is the network's answer, and what is this machine's own trouble."""

import errno
import os
import socket

import pytest

from certgate.model.observation import FailureKind, Phase
from certgate.net.resolver import Address
from certgate.observe.tls.failures import ObservationFailed, from_os_error
from certgate.observe.tls.routes import own_trouble

LOOPBACK = Address(socket.AF_INET, ("127.0.0.9", 443))


def failed(number: int) -> ObservationFailed:
    error = OSError(number, os.strerror(number))
    try:
        raise from_os_error(Phase.CONNECT, "127.0.0.9:443", error) from error
    except ObservationFailed as failure:
        return failure


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH])
def test_an_answer_of_the_network_is_left_as_it_is(number):
    assert own_trouble(LOOPBACK, failed(number)) is None


@pytest.mark.parametrize("number", [errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.EPERM])
def test_a_lack_of_ports_or_memory_or_a_filter_on_this_machine_is_no_answer(number):
    own = own_trouble(LOOPBACK, failed(number))
    assert own is not None
    assert (own.failure.kind, own.failure.phase) == (FailureKind.UNREACHABLE, Phase.RESOLVE)
    assert own.failure.detail == (
        f"no connection to 127.0.0.9:443 could be made: {os.strerror(number)}; lower --rate or --concurrency"
    )


def test_an_address_to_which_this_machine_has_no_route_is_not_known_to_have_no_endpoint():
    own = own_trouble(LOOPBACK, failed(errno.ENETUNREACH), lambda _: False)
    assert own is not None
    assert (own.failure.phase, own.failure.detail) == (
        Phase.RESOLVE,
        "this machine has no route to 127.0.0.9:443",
    )
