"""One certificate as its DER says, each part read in its own guard."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtensionOID

from certgate.x509 import der as raw
from certgate.x509.errors import Malformed
from certgate.x509.key import Key, read_key
from certgate.x509.name import Name, read_name

__all__ = ["Certificate", "Extension", "parse_certificate"]

_BARE_DSA = bytes.fromhex("300906072a8648ce380401")
"""The DER of a DSA AlgorithmIdentifier without parameters."""
_DUMMY_DSA_KEY = bytes.fromhex("301c301406072a8648ce3804013009020101020101020101030400020101")

T = TypeVar("T", bound=x509.ExtensionType)
R = TypeVar("R")


class Extension:
    """One extension as encoded. `value` is the DER inside the OCTET STRING."""

    __slots__ = ("critical", "oid", "value")

    def __init__(self, oid: str, critical: bool, value: bytes) -> None:
        self.oid = oid
        self.critical = critical
        self.value = value


class Certificate:
    """Facts of one certificate (RFC 5280 §4.1). Equal when the DER is equal.

    Every property that has to interpret foreign bytes raises Malformed when it cannot; the others never raise.
    """

    def __init__(self, der: bytes) -> None:
        """Read the outer structure. Raises Malformed."""
        outer = raw.read_certificate(der)
        tbs = outer.tbs
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.version = tbs.version + 1
        self.serial = tbs.serial
        self.tbs_signature_algorithm = raw.tlv(tbs.signature)
        self.signature_algorithm_der = raw.tlv(outer.signature_algorithm)
        self.has_unique_ids = tbs.issuer_unique_id is not None or tbs.subject_unique_id is not None
        self.validity_der = raw.tlv(tbs.validity)
        self.spki = raw.tlv(tbs.spki)
        self._subject = raw.tlv(tbs.subject)
        self._issuer = raw.tlv(tbs.issuer)
        self.extensions = tuple(
            Extension(e.extn_id.dotted_string, e.critical, e.extn_value) for e in tbs.extensions or ()
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"<Certificate {self.sha256[:12]}>"

    @cached_property
    def native(self) -> x509.Certificate:
        """The library's own object. Raises Malformed where the library refuses the certificate."""

        def load() -> x509.Certificate:
            der = self._with_dsa_parameters() if _BARE_DSA in self.spki[:16] else self.der
            if self.serial > 0:
                return x509.load_der_x509_certificate(der)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CryptographyDeprecationWarning)
                return x509.load_der_x509_certificate(der)

        return _guarded("the certificate", load)

    def _with_dsa_parameters(self) -> bytes:
        """The certificate with parameters that mean nothing, where a DSA key leaves them to the issuer's key.

        RFC 3279 §2.3.2 allows that, and the library refuses it. The key is read from `spki`, never from this.
        """
        outer = raw.read_certificate(self.der)
        outer.tbs.spki = asn1.decode_der(asn1.TLV, _DUMMY_DSA_KEY)
        return asn1.encode_der(outer)

    # --- names, dates, keys ---

    @cached_property
    def subject(self) -> Name:
        """The subject. Raises Malformed."""
        return read_name(self._subject)

    @cached_property
    def issuer(self) -> Name:
        """The issuer. Raises Malformed."""
        return read_name(self._issuer)

    @cached_property
    def not_before(self) -> datetime:
        """Start of validity, UTC. Raises Malformed."""
        return _guarded("notBefore", lambda: self.native.not_valid_before_utc)

    @cached_property
    def not_after(self) -> datetime:
        """End of validity, UTC, the second included (RFC 5280 §4.1.2.5). Raises Malformed."""
        return _guarded("notAfter", lambda: self.native.not_valid_after_utc)

    @property
    def lifetime(self) -> timedelta:
        """Validity period, both ends included: notAfter - notBefore + 1 s (CA/B BR §1.6.1). Raises Malformed."""
        return self.not_after - self.not_before + timedelta(seconds=1)

    @cached_property
    def key(self) -> Key:
        """Facts of the subject's public key; an unknown algorithm is a fact too. Never raises."""
        return read_key(self.spki)

    @property
    def public_key(self) -> CertificatePublicKeyTypes:
        """The usable public key. Raises Malformed where the library cannot use it."""
        return _guarded("the public key", self.native.public_key)

    @property
    def signature_algorithm(self) -> str:
        """Dotted OID of the algorithm of the signature on this certificate. Raises Malformed."""
        return _guarded("the signature algorithm", lambda: self.native.signature_algorithm_oid.dotted_string)

    @cached_property
    def signature_hash(self) -> str | None:
        """Name of the signature's hash, such as `sha256`; None if it has none (Ed25519). Raises Malformed."""

        def read() -> str | None:
            algorithm = self.native.signature_hash_algorithm
            return algorithm.name if algorithm else None

        return _guarded("the signature algorithm", read)

    @cached_property
    def is_self_issued(self) -> bool:
        """Subject and issuer are the same name (RFC 5280 §3.2). Raises Malformed."""
        return self.subject == self.issuer

    # --- extensions ---

    @cached_property
    def _readable(self) -> Mapping[str, x509.ExtensionType] | None:
        """The values of all extensions, by OID, or None where one of them makes the library refuse them all."""
        try:
            return {e.oid.dotted_string: e.value for e in self.native.extensions}
        except (Malformed, ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            return None

    @cached_property
    def _first_by_oid(self) -> Mapping[str, Extension]:
        return {e.oid: e for e in reversed(self.extensions)}

    def extension(self, oid: str) -> Extension | None:
        """The (first) extension with this OID as encoded. Never raises."""
        return self._first_by_oid.get(oid)

    def read(self, kind: type[T]) -> T | None:
        """The typed value of an extension, None if absent. Raises Malformed if it is there but cannot be read."""
        entry = self.extension(kind.oid.dotted_string)
        if entry is None:
            return None
        value = self._readable and self._readable.get(entry.oid)
        return value if isinstance(value, kind) else self._read_alone(kind, entry)

    def _read_alone(self, kind: type[T], entry: Extension) -> T:
        """Read one extension in a certificate that has no other, so that a bad neighbour does no harm."""

        def load() -> T:
            outer = raw.read_certificate(self.der)
            alone = [e for e in outer.tbs.extensions or () if e.extn_id.dotted_string == entry.oid][:1]
            outer.tbs.extensions = alone
            outer.tbs.serial = max(outer.tbs.serial, 1)
            certificate = x509.load_der_x509_certificate(asn1.encode_der(outer))
            return certificate.extensions.get_extension_for_class(kind).value

        return _guarded(f"extension {kind.__name__} ({entry.oid})", load)

    @cached_property
    def basic_constraints(self) -> x509.BasicConstraints | None:
        """RFC 5280 §4.2.1.9. Raises Malformed."""
        return self.read(x509.BasicConstraints)

    @property
    def is_ca(self) -> bool:
        """Whether basicConstraints says cA. Raises Malformed."""
        constraints = self.basic_constraints
        return constraints is not None and constraints.ca

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """Names of the asserted bits (RFC 5280 §4.2.1.3), None if the extension is absent. Raises Malformed."""
        usage = self.read(x509.KeyUsage)
        return None if usage is None else frozenset(_asserted(usage))

    @cached_property
    def ekus(self) -> frozenset[str] | None:
        """Dotted OIDs of extKeyUsage (RFC 5280 §4.2.1.12), None if absent. Raises Malformed."""
        usages = self.read(x509.ExtendedKeyUsage)
        return None if usages is None else frozenset(u.dotted_string for u in usages)

    @cached_property
    def san(self) -> tuple[x509.GeneralName, ...] | None:
        """The subject alternative names in order, None if absent. Raises Malformed."""
        names = self.read(x509.SubjectAlternativeName)
        return None if names is None else tuple(names)

    @property
    def dns_names(self) -> tuple[str, ...]:
        """dNSName values as encoded. Raises Malformed."""
        return self._names_of(x509.DNSName)

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        """iPAddress values as text. Raises Malformed."""
        return tuple(map(str, self._names_of(x509.IPAddress)))

    @property
    def uris(self) -> tuple[str, ...]:
        """uniformResourceIdentifier values as encoded. Raises Malformed."""
        return self._names_of(x509.UniformResourceIdentifier)

    def _names_of(self, kind: type[x509.GeneralName]) -> tuple[Any, ...]:
        return tuple(name.value for name in self.san or () if type(name) is kind)

    @cached_property
    def ski(self) -> bytes | None:
        """subjectKeyIdentifier. Raises Malformed."""
        value = self.read(x509.SubjectKeyIdentifier)
        return None if value is None else value.digest

    @cached_property
    def aki(self) -> x509.AuthorityKeyIdentifier | None:
        """authorityKeyIdentifier. Raises Malformed."""
        return self.read(x509.AuthorityKeyIdentifier)

    @cached_property
    def policies(self) -> tuple[str, ...] | None:
        """Dotted OIDs of certificatePolicies in order, None if absent. Raises Malformed."""
        value = self.read(x509.CertificatePolicies)
        return None if value is None else tuple(p.policy_identifier.dotted_string for p in value)

    @cached_property
    def ocsp_urls(self) -> tuple[str, ...]:
        """OCSP responders named in authorityInfoAccess. Raises Malformed."""
        return tuple(self._aia("1.3.6.1.5.5.7.48.1"))

    @cached_property
    def ca_issuer_urls(self) -> tuple[str, ...]:
        """caIssuers URLs named in authorityInfoAccess. Raises Malformed."""
        return tuple(self._aia("1.3.6.1.5.5.7.48.2"))

    def _aia(self, method: str) -> Iterator[str]:
        access = self.read(x509.AuthorityInformationAccess)
        for description in access or ():
            location = description.access_location
            if description.access_method.dotted_string == method and isinstance(
                location, x509.UniformResourceIdentifier
            ):
                yield location.value

    @cached_property
    def crl_urls(self) -> tuple[str, ...]:
        """URLs named in cRLDistributionPoints. Raises Malformed."""
        points = self.read(x509.CRLDistributionPoints)
        return tuple(
            name.value
            for point in points or ()
            for name in point.full_name or ()
            if isinstance(name, x509.UniformResourceIdentifier)
        )

    @cached_property
    def must_staple(self) -> bool:
        """Whether the TLS feature extension asks for status_request (RFC 7633). Raises Malformed."""
        feature = self.read(x509.TLSFeature)
        return feature is not None and x509.TLSFeatureType.status_request in feature

    def has(self, oid: x509.ObjectIdentifier) -> bool:
        """Whether an extension with this OID is present, readable or not. Never raises."""
        return self.extension(oid.dotted_string) is not None

    @property
    def san_critical(self) -> bool:
        """Whether the SAN is critical; False if absent. Never raises."""
        entry = self.extension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string)
        return entry is not None and entry.critical


_KEY_USAGE_BITS = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}


def _asserted(usage: x509.KeyUsage) -> Iterator[str]:
    for attribute, name in _KEY_USAGE_BITS.items():
        if getattr(usage, attribute):
            yield name
    if usage.key_agreement and usage.encipher_only:
        yield "encipherOnly"
    if usage.key_agreement and usage.decipher_only:
        yield "decipherOnly"


def _guarded(what: str, load: Callable[[], R]) -> R:
    """Run a reader of foreign bytes; everything the library is known to raise becomes Malformed."""
    try:
        return load()
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"{what} cannot be read: {error}") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # pyo3's, from Rust: it derives from BaseException
            raise Malformed(f"{what} cannot be read: the parser gave up") from error
        raise


@lru_cache(maxsize=2048)
def parse_certificate(der: bytes) -> Certificate:
    """The certificate in `der`; the same object for the same bytes. Raises Malformed."""
    return Certificate(der)
