"""The address of a Dask scheduler: `--engine dask+tls://HOST:PORT`."""

import ipaddress
from typing import Self

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.policy.hosts import is_ip, join, parse_endpoint

__all__ = ["DaskAddress"]

_SCHEMES = {"dask": "tcp", "dask+tls": "tls"}


@frozen()
class DaskAddress:
    """A scheduler, as Dask names it: `tls://host:port`."""

    text: str

    @classmethod
    def parse(cls, text: str, *, insecure: bool) -> Self:
        """Parse the value of --engine. Raises UsageError.

        Whoever can write to an unprotected connection can run code here and on the cluster: it must be to this machine,
        unless `insecure`.
        """
        scheme, separator, where = text.partition("://")
        if not separator or scheme not in _SCHEMES or not where:
            raise UsageError(f'--engine "{text}" is not dask+tls://HOST:PORT')
        try:
            host, port = parse_endpoint(where)
        except UsageError as error:
            raise UsageError(f'--engine "{text}": {error}') from error
        if ":" not in where.rpartition("]")[2]:
            raise UsageError(f'--engine "{text}" has no port: write {scheme}://{join(host, 8786)}')
        if scheme == "dask" and not insecure and not _is_here(host):
            raise UsageError(
                f'--engine "{text}" is not protected: whoever can write to the connection can run code on the cluster; '
                f"use dask+tls://, or say --insecure-engine"
            )
        return cls(f"{_SCHEMES[scheme]}://{join(host, port)}")


def _is_here(host: str) -> bool:
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)
