"""The meaning of a value by its name: a certificate, a CA, a client's, a private key."""

import re
from functools import cached_property, lru_cache

__all__ = ["FieldName", "named"]

_FILE = re.compile(r"\.(crt|cert|cer|pem|der|p7b|p7c|p12|pfx|jks|ca-bundle|crts|certs)$", re.IGNORECASE)
_STRICT = re.compile(r"\.(crt|cert|cer|p7b|p7c|p12|pfx|jks|ca-bundle|crts|certs)$", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_COMPOUNDS = {
    "cacert": ("ca", "cert"),
    "cacerts": ("ca", "cert"),
    "cacrt": ("ca", "crt"),
    "cabundle": ("ca", "bundle"),
    "cadata": ("ca", "data"),
    "cafile": ("ca", "file"),
    "cakey": ("ca", "key"),
    "rootca": ("root", "ca"),
    "tlscert": ("tls", "cert"),
    "tlscrt": ("tls", "crt"),
    "tlskey": ("tls", "key"),
    "sslcert": ("ssl", "cert"),
    "sslkey": ("ssl", "key"),
    "clientcert": ("client", "cert"),
    "clientkey": ("client", "key"),
    "servercert": ("server", "cert"),
    "serverkey": ("server", "key"),
    "privkey": ("key",),
    "privatekey": ("key",),
    "fullchain": ("cert",),
    "truststore": ("trust", "store"),
}
_CERTIFICATE = frozenset({"crt", "crts", "cert", "certs", "certificate", "certificates", "cer", "cers"})
_KEY = frozenset({"key", "keys", "private"})
_BEFORE_CHAIN = frozenset({*_CERTIFICATE, "full"})
"""Tokens before `chain` for a leaf with its issuers: `cert-chain`, `full-chain`. Else it may be only issuers."""
_NOTHING = frozenset({"pem", "data", "file", "der", "full"})
"""Tokens that say nothing about the contents."""
_CA = frozenset(
    {"ca", "cas", "root", "roots", "trust", "trusted", "anchor", "anchors", "authority", "issuer", "intermediate"}
)
_CLIENT = frozenset({"client", "clients", "user"})


class FieldName:
    """A key of a Secret or ConfigMap, or the name of a field."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _tokens(self) -> tuple[str, ...]:
        found = (token.lower() for token in _TOKEN.findall(self.name))
        tokens = tuple(part for token in found for part in _COMPOUNDS.get(token, (token,)))
        return tuple(t for n, t in enumerate(tokens) if t != "chain" or tokens[max(n - 1, 0)] not in _BEFORE_CHAIN)

    @property
    def is_certificate_file(self) -> bool:
        """Whether it is the name of a file that may contain certificates, such as `.pem`."""
        return bool(_FILE.search(self.name)) and not self.is_private_key

    @property
    def is_nothing_else(self) -> bool:
        """Whether it is the name of a file that contains only certificates."""
        return bool(_STRICT.search(self.name))

    @property
    def is_certificate(self) -> bool:
        """Whether it ends in a word for certificates: `tls_cert`, `clientCertificate`, `caBundle`."""
        words = [token for token in self._tokens if token not in _NOTHING]
        return bool(words) and (words[-1] in _CERTIFICATE or words[-2:] == ["ca", "bundle"] or words == ["ca"])

    @property
    def is_private_key(self) -> bool:
        """Whether it names a private key."""
        return not self.is_nothing_else and not _KEY.isdisjoint(self._tokens)

    @property
    def is_of_ca(self) -> bool:
        """Whether it names CA certificates."""
        return not _CA.isdisjoint(self._tokens)

    @property
    def is_of_client(self) -> bool:
        """Whether it names a client certificate."""
        return not _CLIENT.isdisjoint(self._tokens)

    @property
    def stem(self) -> frozenset[str]:
        """The common part of a certificate's and its key's names: `server` for server-cert.pem and server.key."""
        return frozenset(self._tokens) - _CERTIFICATE - _KEY - _NOTHING


@lru_cache(maxsize=4096)
def named(name: str) -> FieldName:
    """Parse the name."""
    return FieldName(name[:200])
