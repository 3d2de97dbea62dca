"""The syntax of e-mail addresses and of hosts in URIs, as certificates name them (RFC 5280 §4.2.1.6)."""

import re
from urllib.parse import urlsplit

from certgate.x509.dns import is_host
from certgate.x509.identity import read_address

__all__ = ["mailbox_problem", "uri_host_problem"]

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+|\"[^\"\r\n]*\"")


def mailbox_problem(text: str) -> str:
    """Why the text is not `local@domain`; empty if it is (RFC 2821 §4.1.2)."""
    local, at, domain = text.rpartition("@")
    if not at:
        return "has no @"
    if not _LOCAL.fullmatch(local):
        return "has no valid mailbox before the @"
    literal = domain.startswith("[") and domain.endswith("]")
    return "" if literal or (domain and is_host(domain)) else "has no valid domain after the @"


def uri_host_problem(text: str) -> str:
    """Why the host of a URI is neither a host name nor an IP address; empty if it is, or if the URI has no host."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return "has an invalid host"
    if "//" not in text or parts.scheme.lower() == "file":
        return ""
    if not host:
        return "has no host"
    return "" if read_address(host) or is_host(host) else "has an invalid host"
