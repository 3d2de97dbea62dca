"""A SPIFFE bundle endpoint as users name it, in the word of a trust store."""

from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["BundleEndpoint", "bundle_word", "endpoint_in", "trust_domain_of"]

_SPIFFE = "spiffe://"
_URL = ("https://", "http://")
_ID, _BOOTSTRAP = " endpoint_id=", " bootstrap="


@frozen(slots=True)
class BundleEndpoint:
    """Where a bundle is fetched, and how its server proves that it is the right one (SPIFFE Federation §5.2)."""

    trust_domain: str
    """The trust domain of the bundle."""
    url: str
    endpoint_id: str = ""
    """The SPIFFE ID of the server; empty if it has a certificate for the host of the URL, of a public CA."""
    bootstrap: str = ""
    """The file with the bundle of the server's own trust domain."""

    @property
    def profile(self) -> str:
        """The name of the profile in the standard."""
        return "https_spiffe" if self.endpoint_id else "https_web"

    def __str__(self) -> str:
        """The word of the trust store, which `endpoint_in` reads."""
        extra = f"{_ID}{self.endpoint_id}{_BOOTSTRAP}{self.bootstrap}" if self.endpoint_id else ""
        return f"{_SPIFFE}{self.trust_domain}={self.url}{extra}"

    def in_folder(self, base: Path) -> "BundleEndpoint":
        """The endpoint with its file relative to the working directory instead of `base`."""
        bootstrap = str(base / self.bootstrap) if self.bootstrap else ""
        return BundleEndpoint(self.trust_domain, self.url, self.endpoint_id, bootstrap)


def bundle_word(word: str) -> tuple[str, str] | None:
    """The trust domain and the place of its bundle in `spiffe://TRUST-DOMAIN=PLACE`; None for another word."""
    if not word.startswith(_SPIFFE):
        return None
    domain, _, place = word.removeprefix(_SPIFFE).partition("=")
    return domain, place


def trust_domain_of(text: str, where: str) -> str:
    """A valid name of a trust domain. Raises UsageError, beginning with `where`."""
    problem = split_spiffe_id(_SPIFFE + text).trust_domain_problem()
    if problem or "/" in text:
        raise UsageError(f"{where}: {text} {problem or 'has a path, so it is not a trust domain'}")
    return text


def endpoint_in(word: str) -> BundleEndpoint | None:
    """The bundle endpoint that a word names; None if it names another kind of store. Raises UsageError.

    `spiffe://TRUST-DOMAIN=URL` for the profile https_web. For https_spiffe, ` endpoint_id=ID bootstrap=FILE` follows.
    """
    domain, place = bundle_word(word) or ("", "")
    if not place.startswith(_URL):
        return None
    where = f"trust store {word}"
    first, bootstrap, file = place.partition(_BOOTSTRAP)
    url, named, endpoint_id = first.partition(_ID)
    if bool(named) != bool(bootstrap):
        raise UsageError(f"{where}: the profile https_spiffe needs both endpoint_id=SPIFFE-ID and bootstrap=FILE")
    if named and not file:
        raise UsageError(f"{where}: name the file with the bundle of the endpoint's trust domain: bootstrap=FILE")
    _refuse_url(url, where)
    if named:
        _refuse_id(endpoint_id, where)
    return BundleEndpoint(trust_domain_of(domain, where), url, endpoint_id, file)


def _refuse_url(url: str, where: str) -> None:
    from certgate.net.errors import FetchError
    from certgate.net.url import parse_url

    try:
        parsed = parse_url(url, any_port=True)
    except FetchError as error:
        raise UsageError(f"{where}: {error}") from error
    if parsed.scheme != "https":
        raise UsageError(f"{where}: a bundle endpoint has an https URL")


def _refuse_id(text: str, where: str) -> None:
    found = split_spiffe_id(text)
    if not found.is_valid or not found.has_path:
        problem = found.scheme_problem() or found.trust_domain_problem() or found.path_problem()
        raise UsageError(f"{where}: endpoint_id {text} {problem or 'names no workload: its path is missing'}")
