"""Whether a server's certificate is the X509-SVID of a SPIFFE ID, once its chain is verified (X509-SVID §5)."""

from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["svid_problem"]

_SHOWN = 100


def svid_problem(der: bytes, spiffe_id: str) -> str:
    """Why the certificate is not the SVID of `spiffe_id`; empty if it is. May contain foreign text."""
    try:
        leaf = parse_certificate(der)
        uris, usage, is_ca = leaf.uris, leaf.key_usage, leaf.is_ca
    except Malformed as error:
        return f"its certificate cannot be read: {error}"
    if is_ca or {"keyCertSign", "cRLSign"} & (usage or frozenset()):
        return "its certificate is a signing certificate, not a leaf"
    if len(uris) != 1:
        return f"its certificate has {len(uris)} URIs, an X509-SVID has exactly 1"
    found = split_spiffe_id(uris[0])
    if not found.is_valid or found.key != split_spiffe_id(spiffe_id).key:
        return f"it is {uris[0][:_SHOWN]}, not {spiffe_id}"
    return ""
