"""The webhook's own certificate, taken up again when its files change."""

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from certgate.model.errors import CertgateError
from certgate.observe.files.chain_file import MAX_FILE_BYTES, read_contents
from certgate.observe.files.contents import UnusableInput
from certgate.observe.files.pem import BadPem
from certgate.system.named_files import Unreadable, read_file
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["ServingCertificate", "UnusablePair"]


class UnusablePair(CertgateError):
    """The two files hold no certificate with its key."""


@dataclass(kw_only=True)
class ServingCertificate:
    """A pair of files, of which the last usable contents are served."""

    certificate: str
    key: str
    not_after: datetime | None = None
    """When the certificate that is served expires; aware, UTC."""
    _digest: bytes = b""
    _refused: bytes = field(default=b"", repr=False)

    def load(self) -> ssl.SSLContext:
        """A context with the pair. Raises UnusablePair."""
        digest, not_after = self._read()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self.certificate, self.key, password=_no_password)
        except (OSError, ValueError) as error:
            detail = "expected a PEM chain and its own key, not encrypted"
            raise UnusablePair(f"--tls-cert {self.certificate} and --tls-key {self.key}: {detail}") from error
        if self._read()[0] != digest:
            raise UnusablePair(f"--tls-cert {self.certificate} changed while it was read")
        self._digest, self.not_after = digest, not_after
        return context

    def renewed(self) -> ssl.SSLContext | None:
        """A context if the files have other contents than those that are served.

        Raises UnusablePair once for each state of the files that cannot be served.
        """
        try:
            digest = self._read()[0]
        except UnusablePair as unusable:
            self._refuse(sha256(str(unusable).encode()).digest(), unusable)
            return None
        if digest == self._digest:
            self._refused = b""
            return None
        try:
            return self.load()
        except UnusablePair as unusable:
            self._refuse(digest, unusable)
            return None

    def _refuse(self, state: bytes, unusable: UnusablePair) -> None:
        if state != self._refused:
            self._refused = state
            raise unusable

    def _read(self) -> tuple[bytes, datetime]:
        """The digest of both files, and when the certificate expires. Raises UnusablePair."""
        found = []
        for option, path in (("--tls-cert", self.certificate), ("--tls-key", self.key)):
            try:
                found.append(read_file(path, MAX_FILE_BYTES))
            except Unreadable as error:
                raise UnusablePair(f"{option} {path} {error}") from error
        try:
            ders = read_contents(found[0], None).certificates
            leaf = parse_certificate(ders[0])
        except (UnusableInput, BadPem, Malformed, IndexError) as error:
            raise UnusablePair(f"--tls-cert {self.certificate}: holds no certificate in PEM") from error
        return sha256(b"\0".join(sha256(data).digest() for data in found)).digest(), leaf.not_after


def _no_password() -> str:
    """An empty password, so that OpenSSL does not prompt at the terminal."""
    return ""
