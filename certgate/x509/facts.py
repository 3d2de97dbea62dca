"""The facts that certificates and requests share: names, key, extensions, signature algorithm."""

from abc import abstractmethod
from datetime import timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtensionOID

from certgate.model.cached import cached_property
from certgate.x509.der import guarded, oid, sequence
from certgate.x509.extension import read_key_identifier
from certgate.x509.general_names import GeneralName, read_general_names
from certgate.x509.key import Key, load_public_key, read_key
from certgate.x509.name import Name
from certgate.x509.signature import read_signature_algorithm
from certgate.x509.template import TemplateFacts

__all__ = ["CertificateFacts"]

_SUBJECT_ALTERNATIVE_NAME = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string
_SUBJECT_KEY_IDENTIFIER = ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string


class CertificateFacts(TemplateFacts):
    """Facts of an issued or a requested certificate."""

    sha256: str
    subject: Name
    spki: bytes
    """SubjectPublicKeyInfo."""

    @property
    @abstractmethod
    def lifetime(self) -> timedelta:
        """Validity period, both ends included. Raises Malformed."""

    @property
    @abstractmethod
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same name (RFC 5280 §3.2)."""

    @property
    @abstractmethod
    def signature_algorithm_der(self) -> bytes:
        """The AlgorithmIdentifier of its signature. Raises Malformed."""

    @cached_property
    def key(self) -> Key:
        """Facts of the subject's public key; an unknown algorithm is a fact too. Never raises."""
        return read_key(self.spki)

    @property
    def public_key(self) -> PublicKeyTypes:
        """The usable public key. Raises Malformed."""
        return load_public_key(self.spki)

    @property
    def signature_algorithm(self) -> str:
        """Dotted OID of its signature algorithm. Raises Malformed."""
        return _algorithm(self.signature_algorithm_der)

    @property
    def signature_hash(self) -> str | None:
        """Name of the signature's hash, such as `sha256`; None if it has none (Ed25519). Raises Malformed."""
        return read_signature_algorithm(self.signature_algorithm_der).hash

    @cached_property
    def san(self) -> tuple[GeneralName, ...] | None:
        """The subject alternative names in order, including damaged ones, None if absent. Raises Malformed."""
        return self.value(_SUBJECT_ALTERNATIVE_NAME, read_general_names)

    @property
    def san_critical(self) -> bool:
        """Whether the SAN is critical; False if absent. Raises Malformed as `extension`."""
        entry = self.extension(_SUBJECT_ALTERNATIVE_NAME)
        return entry is not None and entry.critical

    @property
    def dns_names(self) -> tuple[str, ...]:
        """dNSName values as encoded. Raises Malformed."""
        return self._names_of("DNS")

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        """iPAddress values as text. Raises Malformed."""
        return self._names_of("IP")

    @property
    def uris(self) -> tuple[str, ...]:
        """uniformResourceIdentifier values as encoded. Raises Malformed."""
        return self._names_of("URI")

    def _names_of(self, kind: str) -> tuple[str, ...]:
        return tuple(name.text for name in self.san or () if name.kind == kind)

    @cached_property
    def ski(self) -> bytes | None:
        """subjectKeyIdentifier. Raises Malformed."""
        return self.value(_SUBJECT_KEY_IDENTIFIER, read_key_identifier)


@lru_cache(maxsize=256)
def _algorithm(identifier: bytes) -> str:
    """The dotted OID in an AlgorithmIdentifier, which most certificates of a CA share. Raises Malformed."""
    return guarded("the signature algorithm", lambda: oid(sequence(identifier)[0]))
