"""Requests to a policy server: only to the address that the user gave, and within a time limit."""

from certgate.net.access import PUBLIC, Access
from certgate.net.addresses import EVERYWHERE
from certgate.net.fetcher import Fetcher

__all__ = ["policy_server_fetcher"]

SECONDS = 5.0
"""Time limit of one request, from the connection to the end of the answer."""
MAX_BYTES = 1024 * 1024
"""Limit of an answer."""


def policy_server_fetcher(access: Access = PUBLIC) -> Fetcher:
    """A fetcher for any address and port, even loopback: the policy's author chose the URL. Follows no redirect."""
    return Fetcher(allowed=EVERYWHERE, any_port=True, access=access, max_bytes=MAX_BYTES, timeout=SECONDS)
