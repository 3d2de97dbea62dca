"""The bundle of a SPIFFE trust domain: its source, and the facts that it states itself."""

from datetime import datetime
from enum import StrEnum

from certgate.model.frozen import frozen

__all__ = ["BundleFacts", "BundleFailure", "BundleSource"]


class BundleSource(StrEnum):
    """The kinds of places that have bundles: a closed set."""

    FILE = "file"
    ENDPOINT = "endpoint"
    """A bundle endpoint (SPIFFE Federation §5)."""
    WORKLOAD_API = "workload-api"


class BundleFailure(StrEnum):
    """Why there is no bundle: a closed set."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    DENIED = "denied"
    """The source answers, but does not hand the bundle out."""
    NOT_AUTHENTIC = "not-authentic"
    """The server did not prove to be the one that was named."""
    TOO_LARGE = "too-large"
    INVALID = "invalid"
    """What came is not a bundle."""
    EMPTY = "empty"
    """The bundle has no authority for X.509-SVIDs."""
    ABSENT = "absent"
    """The source has no bundle of this trust domain."""


@frozen(slots=True, kw_only=True)
class BundleFacts:
    """The bundle of one trust domain from one place, read when the run began. Pure data, without its certificates.

    A trust store has one of these for each place that was named for a trust domain, so that rules can compare them.
    """

    trust_domain: str
    """Empty for a bundle that is not named as that of a trust domain."""
    source: BundleSource
    location: str
    """The path of the file, the URL of the endpoint, or the socket of the Workload API."""
    profile: str = ""
    """How the endpoint is authenticated: `https_web` or `https_spiffe`; empty for other sources."""
    obtained_at: datetime
    """When it was read or fetched, UTC."""
    written_at: datetime | None = None
    """When its file was last written, UTC; None for other sources."""
    sequence: int | None = None
    """Its `spiffe_sequence`, which rises with each change; None if it has none."""
    refresh_hint: int | None = None
    """Its `spiffe_refresh_hint`, in seconds: how often consumers should look for a newer one."""
    known_sequence: int | None = None
    """The sequence of the bootstrap bundle, if it is one of the same trust domain that has one."""
    authorities: tuple[str, ...] = ()
    """The SHA-256 of each of its X.509 authorities, sorted."""
    failure: BundleFailure | None = None
    """Why there is no bundle; None if there is one."""
    problem: str = ""
    """The failure as one sentence for people; may contain foreign text."""
