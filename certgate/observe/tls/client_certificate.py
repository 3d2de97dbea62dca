"""The client certificate that servers are shown, with its private key."""

from dataclasses import field
from hashlib import sha256

from cryptography import x509
from OpenSSL import SSL

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind
from certgate.observe.files.chain_file import note_key, read_contents, read_input, read_key_file
from certgate.observe.files.contents import Contents, PrivateKeyNote, UnusableInput
from certgate.observe.files.formats import Form, form_of
from certgate.observe.files.key_material import load_key, unlocked
from certgate.observe.files.pem import BadPem, looks_like_pem, read_blocks
from certgate.observe.files.private_key import private_key_among
from certgate.observe.files.unlock import private_key_in
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["ClientCertificate", "load_client_certificate", "require_usable"]


@frozen(slots=True)
class ClientCertificate:
    """A chain in DER, the leaf first, and the leaf's key."""

    chain: tuple[bytes, ...]
    key: bytes = field(repr=False)
    """PKCS#8, DER, without encryption. Never shown."""

    @property
    def sha256(self) -> str:
        """The fingerprint of the leaf."""
        return sha256(self.chain[0]).hexdigest()

    @property
    def spiffe_id(self) -> str:
        """The SPIFFE ID of the leaf, if its only URI is one; else empty."""
        try:
            uris = parse_certificate(self.chain[0]).uris
        except Malformed:
            return ""
        return uris[0] if len(uris) == 1 and split_spiffe_id(uris[0]).is_valid else ""

    def use_in(self, context: SSL.Context) -> None:
        """Show it to servers that ask for one. Raises SSL.Error, TypeError or ValueError if OpenSSL cannot."""
        self._show(context)
        self.add_issuers_to(context)
        context.check_privatekey()

    def use_on(self, connection: SSL.Connection) -> None:
        """Show it over this connection alone, if its context has the issuers. Raises as `use_in` does."""
        self._show(connection)

    def add_issuers_to(self, context: SSL.Context) -> None:
        """Send the further certificates of the chain with whatever leaf is shown. Raises as `use_in` does."""
        for other in self.chain[1:]:
            context.add_extra_chain_cert(x509.load_der_x509_certificate(other))

    def _show(self, where: SSL.Context | SSL.Connection) -> None:
        where.use_certificate(x509.load_der_x509_certificate(self.chain[0]))
        where.use_privatekey(load_key(self.key, None))  # type: ignore[arg-type] # other kinds raise TypeError


def load_client_certificate(cert: str, key: str, password: bytes | None) -> ClientCertificate:
    """The certificate in the file `cert` (PEM or PKCS#12), with its key there, or in the file `key`.

    Raises UsageError, which never shows anything of the key.
    """
    try:
        data = read_input(cert, what="the file")
        contents = read_contents(data, password)
        key_data = read_key_file(key) if key else data
        _require_pair(contents, note_key(key_data, password) if key else contents.key)
        found = ClientCertificate(contents.certificates, _private_key(key_data, password))
        require_usable(found)
    except (UnusableInput, BadPem) as error:
        raise UsageError(f"{_named(cert, key)}: {error}") from None
    except (SSL.Error, TypeError, ValueError):
        raise UsageError(f"{_named(cert, key)}: the TLS library cannot use this certificate or its key") from None
    return found


def require_usable(certificate: ClientCertificate) -> None:
    """Raise SSL.Error, TypeError or ValueError if the TLS library cannot show the certificate with its key."""
    certificate.use_in(_trial())


def _named(cert: str, key: str) -> str:
    return f"the client certificate {cert}" + (f" with the key {key}" if key else "")


def _require_pair(contents: Contents, key: PrivateKeyNote) -> None:
    """Raises UnusableInput unless there is a certificate, and its own key."""
    problem = key.problem
    if not contents.certificates:
        problem = "it holds a request, not a certificate"
    elif not key.public_key:
        problem = problem or "it holds no private key; name the file that does"
    elif key.public_key != _spki(contents.certificates[0]):
        problem = "the private key does not belong to the certificate, which must come first in its file"
    if problem:
        raise UnusableInput(FailureKind.UNREADABLE, problem)


def _spki(der: bytes) -> bytes:
    try:
        return parse_certificate(der).spki
    except Malformed as error:
        raise UnusableInput(FailureKind.UNREADABLE, f"the certificate cannot be read: {error}") from None


def _private_key(data: bytes, password: bytes | None) -> bytes:
    """The key of which the public half was found already. Raises UnusableInput."""
    if looks_like_pem(data):
        return private_key_among(read_blocks(data), password)
    if form_of(data) is Form.PKCS12:
        return private_key_in(data, password, is_container=True)
    return unlocked(load_key(data, None))


def _trial() -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    return context
