"""`--exclude`: which of the declared targets a run leaves out."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.target import Target
from certgate.model.waiver import matches
from certgate.policy.hosts import is_ip
from certgate.policy.packs import read_text
from certgate.policy.references import without_comment

__all__ = ["Exclude"]


class Exclude:
    """Leaves out targets whose host, as it is declared, is one of some addresses, in a network, or matches a glob."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        """`@FILE` stands for the words in a file, one a line. Raises UsageError, InvalidFile."""
        self._hosts: dict[str, str] = {}
        """The word for each host that is named as a whole."""
        self._networks: dict[tuple[int, int, int], str] = {}
        """The word for each network: version, open bits, number."""
        self._globs: list[str] = []
        self._idle: dict[str, None] = {}
        for word in words:
            for one in _in_file(word[1:]) if word.startswith("@") else [word]:
                self._take(one)
        self._open_bits = {(version, bits): None for version, bits, _ in self._networks}

    def __bool__(self) -> bool:
        return bool(self._hosts or self._networks or self._globs)

    def leaves_out(self, target: Target) -> bool:
        """Whether the run leaves the target out. Records every word that matches it."""
        found = list(self._matching(target)) if self else []
        for word in found:
            self._idle.pop(word, None)
        return bool(found)

    def refuse_idle(self) -> None:
        """Raise UsageError if a word has not matched any target so far."""
        for word in self._idle:
            port = "; a host is excluded with all of its ports" if re.search(r":\d+$", word) else ""
            raise UsageError(f'--exclude "{word}" matches no target{port}')

    def _take(self, word: str) -> None:
        """Take a word in; of several that mean the same, the first."""
        if "/" in word:
            network = _network(word)
            bits = network.max_prefixlen - network.prefixlen
            taken = self._networks.setdefault((network.version, bits, int(network.network_address) >> bits), word)
        elif "*" in word or "?" in word:
            self._globs.append(word)
            taken = word
        else:
            host = word.strip("[]")
            taken = self._hosts.setdefault(
                str(ip_address(host)) if is_ip(host) else host.lower().removesuffix("."), word
            )
        self._idle[taken] = None

    def _matching(self, target: Target) -> Iterator[str]:
        if not target.source.needs_connection:
            return
        host = target.source.word
        if host in self._hosts:
            yield self._hosts[host]
        yield from (glob for glob in self._globs if matches(glob, host))
        if self._open_bits and is_ip(host):
            address = ip_address(host)
            for version, bits in self._open_bits:
                key = version, bits, int(address) >> bits
                if version == address.version and key in self._networks:
                    yield self._networks[key]


def _in_file(path: str) -> Iterator[str]:
    words = [word for line in read_text(Path(path)).split("\n") if (word := without_comment(line).strip())]
    if not words:
        raise UsageError(f"{path}: contains no host to exclude; write one address, network or glob per line")
    return iter(words)


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(word.replace("[", "").replace("]", ""))
    except ValueError as error:
        raise UsageError(f'--exclude "{word}" is not a network: {error}') from None
