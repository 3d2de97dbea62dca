"""Fetches bundles from bundle endpoints, by the profiles https_web and https_spiffe (SPIFFE Federation §5)."""

from base64 import encodebytes
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from certgate.model.bundle_facts import BundleFailure
from certgate.model.evidence import FetchFailure
from certgate.observe.stores.spiffe_bundle import BadBundle, Bundle, read_bundle
from certgate.policy.bundle_endpoint import BundleEndpoint
from certgate.x509.certificate import Certificate

if TYPE_CHECKING:
    from certgate.net.access import Access
    from certgate.net.fetcher import Fetcher

__all__ = ["fetched_bundle"]

SECONDS = 10.0
"""Time limit of one request, from the look-up of the name to the end of the bundle."""
MAX_BYTES = 4 * 1024 * 1024
"""Limit of a bundle."""
_KINDS: Mapping[FetchFailure, BundleFailure] = {
    FetchFailure.NAME_NOT_RESOLVED: BundleFailure.UNREACHABLE,
    FetchFailure.UNREACHABLE: BundleFailure.UNREACHABLE,
    FetchFailure.TIMED_OUT: BundleFailure.TIMED_OUT,
    FetchFailure.TLS_FAILED: BundleFailure.NOT_AUTHENTIC,
    FetchFailure.STATUS: BundleFailure.DENIED,
    FetchFailure.REDIRECTS: BundleFailure.DENIED,
    FetchFailure.TOO_LARGE: BundleFailure.TOO_LARGE,
}


def _fetcher(access: "Access") -> "Fetcher":
    from certgate.net.addresses import EVERYWHERE
    from certgate.net.fetcher import Fetcher

    return Fetcher(
        allowed=EVERYWHERE, any_port=True, access=access, max_redirects=0, max_bytes=MAX_BYTES, timeout=SECONDS
    )


def fetched_bundle(
    endpoint: BundleEndpoint,
    authorities: Sequence[Certificate],
    fetcher: "Callable[[Access], Fetcher]" = _fetcher,
) -> Bundle:
    """The bundle that the endpoint serves now. It may have any address and port, since the user named it.

    `authorities` are those of the trust domain of the endpoint's own SPIFFE ID, for https_spiffe. Raises BadBundle.
    """
    from certgate.net.access import PUBLIC, Access
    from certgate.net.errors import FetchError

    access = PUBLIC
    if endpoint.endpoint_id:
        access = Access(authority_text="".join(map(_pem, authorities)), server_id=endpoint.endpoint_id)
    try:
        content = fetcher(access).fetch(endpoint.url)
    except FetchError as error:
        raise BadBundle(str(error), _KINDS.get(error.kind, BundleFailure.INVALID)) from error
    return read_bundle(content)


def _pem(certificate: Certificate) -> str:
    text = encodebytes(certificate.der).decode("ascii")
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
