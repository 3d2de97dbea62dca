"""The origin behind an endpoint: it is reached as the endpoint is, but at its own address and as its own client."""

from dataclasses import replace

from certgate.model.target import Origin
from certgate.observe.tls.look import Terms
from certgate.observe.tls.options import ObserveOptions

__all__ = ["terms_at_origin"]


def terms_at_origin(origin: Origin, terms: Terms, options: ObserveOptions) -> Terms:
    """The terms for looks at the origin of the endpoint that `terms` is about; deadline and budget are shared."""
    return replace(
        terms,
        endpoint=replace(terms.endpoint, host=origin.host, port=origin.port),
        address=str(origin),
        client_certificate=options.client_certificates[origin.client] if origin.client else None,
        tunnel=replace(terms.tunnel, host=origin.host, port=origin.port) if terms.tunnel else None,
    )
