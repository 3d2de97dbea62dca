"""OpenSSL as a witness, through pyOpenSSL's public interface."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar

from OpenSSL.crypto import (
    FILETYPE_ASN1,
    X509,
    X509Store,
    X509StoreContext,
    X509StoreContextError,
    X509StoreFlags,
    load_certificate,
)
from OpenSSL.SSL import X509VerificationCodes as Code

from certgate.trust.engines.interface import Engine, EngineResult, EngineState, Limit, PathQuestion, Reason
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

__all__ = ["OpenSsl"]

_REASONS: Mapping[int, Reason] = MappingProxyType(
    {
        Code.ERR_UNABLE_TO_GET_ISSUER_CERT: Reason.NO_PATH,
        Code.ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: Reason.NO_PATH,
        Code.ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: Reason.NO_PATH,
        Code.ERR_DEPTH_ZERO_SELF_SIGNED_CERT: Reason.NO_PATH,
        Code.ERR_SELF_SIGNED_CERT_IN_CHAIN: Reason.NO_PATH,
        Code.ERR_CERT_SIGNATURE_FAILURE: Reason.SIGNATURE,
        Code.ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: Reason.SIGNATURE,
        Code.ERR_CERT_NOT_YET_VALID: Reason.DATES,
        Code.ERR_CERT_HAS_EXPIRED: Reason.DATES,
        Code.ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD: Reason.DATES,
        Code.ERR_ERROR_IN_CERT_NOT_AFTER_FIELD: Reason.DATES,
        Code.ERR_INVALID_CA: Reason.ISSUER,
        Code.ERR_KEYUSAGE_NO_CERTSIGN: Reason.ISSUER,
        Code.ERR_PATH_LENGTH_EXCEEDED: Reason.PATH_LENGTH,
        Code.ERR_PERMITTED_VIOLATION: Reason.NAMES,
        Code.ERR_EXCLUDED_VIOLATION: Reason.NAMES,
        Code.ERR_SUBTREE_MINMAX: Reason.NAMES,
        Code.ERR_UNSUPPORTED_CONSTRAINT_TYPE: Reason.NAMES,
        Code.ERR_UNSUPPORTED_CONSTRAINT_SYNTAX: Reason.NAMES,
        Code.ERR_UNSUPPORTED_NAME_SYNTAX: Reason.NAMES,
        Code.ERR_UNHANDLED_CRITICAL_EXTENSION: Reason.EXTENSION,
        Code.ERR_INVALID_EXTENSION: Reason.EXTENSION,
    }
)


class OpenSsl(Engine):
    """An engine that follows one path, anchors first, and tries no other.

    It checks neither a purpose nor certificate policies: pyOpenSSL has no public interface for them.
    """

    name: ClassVar[str] = "OpenSSL"
    refuses: ClassVar[tuple[Limit, ...]] = (
        Limit(
            "names under name constraints where no DNS name is in the subjectAltName: the CN counts as one",
            lambda question, result: result.reason is Reason.NAMES and any(not c.dns_names for c in question.presented),
        ),
        Limit(
            "critical extensions that it has no code for (authorityInfoAccess, TLS feature and others)",
            lambda _, result: result.words == "unhandled critical extension",
        ),
    )
    overlooks: ClassVar[Mapping[Kind, Limit]] = MappingProxyType(
        {
            Kind.PURPOSE: Limit("purposes (extended key usage)", lambda _question, _result: True),
            Kind.POLICIES: Limit("certificate policies", lambda _question, _result: True),
            Kind.ANCHOR_CONSTRAINTS: Limit(
                "the anchor's extended key usage, and an anchor with keyCertSign that lacks basicConstraints",
                lambda question, _: any(_is_unchecked_anchor(anchor) for anchor in question.anchors),
            ),
        }
    )

    def _verify(self, question: PathQuestion) -> EngineResult:
        store = _store(question.store, question.now)
        leaf = load_certificate(FILETYPE_ASN1, question.leaf.der)
        try:
            X509StoreContext(store, leaf, [_load(c) for c in question.others]).verify_certificate()
        except X509StoreContextError as error:
            code, depth, words = error.errors
            return EngineResult(EngineState.FAIL, words, _REASONS.get(code, Reason.OTHER), depth)
        return EngineResult(EngineState.PASS)


def _is_unchecked_anchor(anchor: Certificate) -> bool:
    return anchor.ekus is not None or (anchor.basic_constraints is None and "keyCertSign" in (anchor.key_usage or ()))


@lru_cache(maxsize=1024)
def _load(certificate: Certificate) -> X509:
    """An issuer or anchor, cached: parsing takes more than half the time of verification."""
    return load_certificate(FILETYPE_ASN1, certificate.der)


@lru_cache(maxsize=64)
def _store(store: TrustStore, now: datetime) -> X509Store:
    """A store with the anchors, which need not be self-signed."""
    made = X509Store()
    for anchor in store.anchors:
        made.add_cert(_load(anchor))
    made.set_flags(X509StoreFlags.PARTIAL_CHAIN)
    made.set_time(now)
    return made
