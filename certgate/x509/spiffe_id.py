"""SPIFFE IDs: their parts, and what the SPIFFE-ID standard forbids in each."""

import re
from collections.abc import Iterable

from certgate.model.frozen import frozen

__all__ = ["MAX_ID", "MAX_TRUST_DOMAIN", "SpiffeId", "covers", "split_spiffe_id", "trust_domains"]

MAX_ID = 2048
"""The length in bytes that every implementation must support (SPIFFE-ID §2.3)."""
MAX_TRUST_DOMAIN = 255
"""The maximum length of a trust domain name in bytes (SPIFFE-ID §2.3)."""
_TRUST_DOMAIN = re.compile(r"[a-z0-9._-]+")
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")


@frozen(slots=True)
class SpiffeId:
    """The parts of a URI as written; the methods tell whether they form a SPIFFE ID."""

    scheme: str
    trust_domain: str
    """The authority: host, with userinfo and port if present."""
    path: str
    """Empty, or from its first slash on."""
    query: str
    """With its question mark; empty if there is none."""
    fragment: str
    """With its number sign; empty if there is none."""

    @property
    def key(self) -> tuple[str, str, str]:
        """A key for comparison: scheme and trust domain ignore case, the path does not (SPIFFE-ID §2.4)."""
        return self.scheme.lower(), self.trust_domain.lower(), self.path

    def scheme_problem(self) -> str | None:
        """Why it is not a SPIFFE ID at all (SPIFFE-ID §2), None if it may be one."""
        if self.scheme.lower() != "spiffe":
            return f"has the scheme {self.scheme or '(none)'}, not spiffe"
        if not self.trust_domain:
            return "names no trust domain"
        if self.query:
            return "has a query"
        if self.fragment:
            return "has a fragment"
        return None

    def trust_domain_problem(self) -> str | None:
        """What is wrong with the trust domain (SPIFFE-ID §2.1, §2.3); None if it is valid."""
        name = self.trust_domain
        if "@" in name:
            return "has a user in its trust domain"
        if ":" in name:
            return "has a port in its trust domain"
        if "%" in name:
            return "has a percent-encoded character in its trust domain"
        if len(name.encode("utf-8", "surrogatepass")) > MAX_TRUST_DOMAIN:
            return f"has a trust domain of more than {MAX_TRUST_DOMAIN} bytes"
        if not _TRUST_DOMAIN.fullmatch(name):
            return "has a trust domain with characters other than a-z, 0-9, dot, dash and underscore"
        return None

    def path_problem(self) -> str | None:
        """What is wrong with the path (SPIFFE-ID §2.2); None if it is valid or absent."""
        if not self.path:
            return None
        if "%" in self.path:
            return "has a percent-encoded character in its path"
        if self.path.endswith("/"):
            return "has a path that ends in a slash"
        segments = self.path.split("/")[1:]
        if "" in segments:
            return "has an empty path segment"
        if "." in segments or ".." in segments:
            return "has a relative path segment"
        if not all(_SEGMENT.fullmatch(s) for s in segments):
            return "has a path with characters other than letters, digits, dot, dash and underscore"
        return None

    @property
    def has_path(self) -> bool:
        """Whether it names a workload: a path other than the root."""
        return self.path not in {"", "/"}

    @property
    def is_valid(self) -> bool:
        """Whether it is a SPIFFE ID by every rule except the recommended length."""
        return not (self.scheme_problem() or self.trust_domain_problem() or self.path_problem())


def covers(pattern: str, found: SpiffeId) -> bool:
    """Whether a pattern is the ID or, if it ends in `/*`, an ID is below it. A pattern covers patterns in this way."""
    if not pattern.endswith("/*"):
        return split_spiffe_id(pattern).key == found.key
    *domain, prefix = split_spiffe_id(pattern.removesuffix("*")).key
    return [*domain] == [*found.key[:2]] and found.path.startswith(prefix)


def split_spiffe_id(uri: str) -> SpiffeId:
    """The parts of `uri` by RFC 3986 §3; never raises."""
    rest, number_sign, fragment = uri.partition("#")
    rest, question_mark, query = rest.partition("?")
    scheme, colon, rest = rest.partition(":")
    if not colon:
        scheme, rest = "", scheme
    authority = ""
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
    return SpiffeId(scheme, authority, rest, question_mark + query, number_sign + fragment)


def trust_domains(uris: Iterable[str]) -> frozenset[str]:
    """The trust domains of those URIs that are SPIFFE IDs, in lower case; never raises."""
    ids = map(split_spiffe_id, uris)
    return frozenset(id.trust_domain.lower() for id in ids if id.scheme_problem() is None)
