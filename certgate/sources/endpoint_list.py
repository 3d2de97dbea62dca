"""A target list: a file with an endpoint or a range of endpoints on each line."""

import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache, partial
from pathlib import Path
from weakref import finalize

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.target import Place, Target
from certgate.policy.endpoint_parts import agreed, parse_id
from certgate.policy.hosts import parse_name
from certgate.policy.limits import MOST_MISTAKES
from certgate.policy.mistakes import InvalidFile, Mistake, nearest, without_passwords
from certgate.policy.packs import read_text
from certgate.policy.proxy_url import NO_PROXY, parse_proxy_or_none
from certgate.policy.references import policy_word, trust_words, without_comment
from certgate.policy.workload_socket import expected_words
from certgate.sources.context import Context
from certgate.sources.endpoints import EndpointDeclaration, EndpointsObserver, EndpointTerms, parse_alpn, parse_also
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.ranges import RangeDeclaration, in_range

__all__ = ["EndpointList", "ListText", "parse_lines"]

_RANGE = re.compile(r"^[^\S\n]*[^\s/]+/[0-9]", re.MULTILINE)
_IN_MEMORY = 1 << 20
_CHUNK = 1 << 16
_MOST_WORDS = 1024
"""Different words after an endpoint that one reading remembers."""
_NAME = "name="
_WORDS = ("name", "policy", "trust", "expect", "starttls", "alpn", "addresses", "also", "proxy", "clients_without_sni")


class ListText:
    """The text of a list, in memory while it is small, else in a temporary file: it is read several times."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.may_have_ranges = _RANGE.search(text) is not None
        """Whether a line may declare a range."""
        self._spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (closed with the object)
        finalize(self, self._spool.close)
        self._spool.write(text.encode())

    @classmethod
    def read(cls, path: str) -> "ListText":
        """Read the file, `-` for the standard input. Raises UsageError."""
        return cls(path, _standard_input() if path == "-" else read_text(Path(path)))

    def _lines(self) -> Iterator[str]:
        """The lines, from the first one on; several readers do not disturb each other."""
        begin = 0
        while True:
            self._spool.seek(begin)
            lines = self._spool.readlines(_CHUNK)
            if not lines:
                return
            begin += sum(map(len, lines))
            for line in lines:
                yield line.decode()

    def declarations(self) -> Iterator[EndpointDeclaration | RangeDeclaration]:
        """The declared endpoints. Raises InvalidFile, or UsageError if there are none."""
        name, base = ("standard input", Path()) if self.path == "-" else (self.path, Path(self.path).parent)
        nothing = True
        for declaration in parse_lines(self._lines(), name, base):
            nothing = False
            yield declaration
        if nothing:
            raise UsageError(f"{self.path}: contains no target; write one host[:port] per line")


@frozen()
class EndpointList(TargetSource):
    """The endpoints and ranges of a list, with the defaults for values that it does not set."""

    content: ListText
    context: Context

    def targets(self) -> Iterator[Target]:
        """A target for each endpoint, made on demand."""
        ordinal = 0
        for declaration in self.content.declarations():
            for target in declaration.targets(self.context, ordinal):
                yield target
                ordinal += 1

    def observer(self) -> Observer:
        """The observer that all endpoints share."""
        return self.context.shared(EndpointsObserver.of)


def _standard_input() -> str:
    content = sys.stdin.buffer.read()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input: is not UTF-8 text (byte {error.start})") from error


def parse_lines(lines: Iterable[str], file: str, base: Path) -> Iterator[EndpointDeclaration | RangeDeclaration]:
    """Parse a target list, on each line `host[:port][/protocol][#name] word=value …`, or a range instead of a host.

    Raises InvalidFile at the end, with the first mistakes.

    `#` starts a comment at the beginning of a line or after a blank; elsewhere it is part of a word.
    """
    mistakes: list[Mistake] = []
    words = lru_cache(_MOST_WORDS)(partial(_Words, base))
    for number, line in enumerate(lines, 1):
        place = Place(file, number, 1)
        try:
            if said := without_comment(line).split():
                yield _declaration(said, place, words)
        except UsageError as error:
            mistakes.append(Mistake(place, str(error), line.rstrip("\n")))
            if len(mistakes) == MOST_MISTAKES:
                break
    if mistakes:
        raise InvalidFile(mistakes)


def _declaration(
    line: list[str], place: Place, words: "Callable[[tuple[str, ...]], _Words]"
) -> EndpointDeclaration | RangeDeclaration:
    endpoint = parse_id(line[0])
    name = ""
    others = line[1:]
    names = [word for word in others if word.startswith(_NAME)]
    if len(names) == 1 and (name := names[0][len(_NAME) :]):
        others.remove(names[0])
    said = words(tuple(others))
    if name and endpoint.name:
        raise UsageError(f"the server name is set twice, as #{endpoint.name} and as name={name}")
    declaration = EndpointDeclaration(
        host=endpoint.host,
        port=endpoint.port,
        protocol=endpoint.protocol if said.starttls is None else agreed(endpoint, said.starttls),
        place=place,
        terms=said.terms,
        server_name=parse_name(name) if name else endpoint.name,
    )
    return in_range(declaration, endpoint.span) if endpoint.span else declaration


class _Words:
    """What the words after an endpoint say, apart from its name: the same for all lines with the same words."""

    def __init__(self, base: Path, words: tuple[str, ...]) -> None:
        """Raises UsageError for a word that is unknown or said twice."""
        self._base = base
        self._trust: list[str] = []
        self._labels: dict[str, str] = {}
        self._settings: dict[str, str] = {}
        for word in words:
            key, equals, value = word.partition("=")
            label = key.removeprefix("label.")
            if not equals or not value:
                raise UsageError(f'"{without_passwords(word)}" is not word=value')
            if key == "trust":
                self._trust += trust_words([value], base)
                continue
            if key in self._settings or label in self._labels:
                raise UsageError(f'"{key}" is set twice')
            if key != label and label:
                self._labels[label] = value
            elif key in _WORDS:
                self._settings[key] = value
            else:
                raise UsageError(f'unknown word "{key}"{nearest(key, (*_WORDS, "label.NAME"))}')
        self.starttls = self._settings.get("starttls")

    @cached_property
    def terms(self) -> EndpointTerms:
        """The terms of the endpoints. Raises UsageError."""
        settings, base = self._settings, self._base
        proxy = parse_proxy_or_none(settings["proxy"]) if "proxy" in settings else None
        if proxy and settings.get("addresses") == "all":
            raise UsageError("a proxy resolves the name: all addresses cannot be visited through it")
        return EndpointTerms(
            all_addresses=_all_or_one(settings["addresses"]) if "addresses" in settings else None,
            also=parse_also(settings["also"].split(",")) if "also" in settings else (),
            alpn=parse_alpn(settings["alpn"].split(",")) if "alpn" in settings else (),
            proxy=proxy,
            is_direct=settings.get("proxy") == NO_PROXY,
            clients_without_sni=_true_or_false("clients_without_sni", settings.get("clients_without_sni", "false")),
            policy=policy_word(settings["policy"], base) if "policy" in settings else None,
            trust=tuple(self._trust),
            labels=self._labels,
            expect=expected_words(settings["expect"], base) if "expect" in settings else "",
        )


def _true_or_false(key: str, word: str) -> bool:
    if word not in {"true", "false"}:
        raise UsageError(f'{key} must be true or false, not "{word}"')
    return word == "true"


def _all_or_one(word: str) -> bool:
    if word not in {"all", "one"}:
        raise UsageError(f'addresses must be all or one, not "{word}"')
    return word == "all"
