"""pkilint's linter of TLS server certificates, as the rules of the family lint use it; an extra (`certgate[lint]`)."""

import warnings
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from certgate.checks.framework.wording import listed, shortened
from certgate.model.finding import Severity
from certgate.model.frozen import frozen

__all__ = ["MAX_BYTES", "Linted", "Remark", "lint"]

MAX_BYTES = 16 * 1024
"""The maximum size of a linted certificate: the linter takes quadratic time, about a second at this size."""

_CRASHED = "base.unhandled_exception"


@frozen(slots=True)
class Remark:
    """A finding code of the linter, with all its occurrences in one certificate."""

    code: str
    severity: Severity
    details: str
    """The messages of all occurrences, shortened; often empty."""
    places: str
    """The affected nodes of the certificate, shortened."""
    source: str
    """The requirement in the linter's words; empty if there is none."""


@frozen(slots=True)
class Linted:
    """The linter's results for a certificate."""

    remarks: tuple[Remark, ...] = ()
    """The most severe first, then by code."""
    unread: str = ""
    """Why it did not check the whole certificate; empty if it did."""


@lru_cache(maxsize=256)
def lint(der: bytes, *, leaf: bool) -> Linted:
    """Lint a server's certificate (`leaf`) or a CA's. Raises ImportError."""
    if len(der) > MAX_BYTES:
        return Linted(
            unread=f"the certificate has {len(der):,} bytes, which exceeds the limit of {MAX_BYTES:,} for pkilint"
        )
    with warnings.catch_warnings(action="ignore"):
        try:
            return _linted(der, leaf=leaf)
        except ImportError:
            raise
        except BaseException as error:
            panic = type(error).__name__ == "PanicException"  # from Rust, by pyo3: derives from BaseException
            if not (panic or isinstance(error, Exception)):
                raise
            return Linted(unread=f"pkilint failed: {type(error).__name__}: {shortened(str(error))}")


def _linted(der: bytes, *, leaf: bool) -> Linted:
    from pkilint.document import SubstrateDecodingFailedError
    from pkilint.finding_filter import filter_results
    from pkilint.loader import load_der_certificate

    try:
        certificate = load_der_certificate(der)
    except SubstrateDecodingFailedError as error:
        return Linted(unread=f"pkilint cannot read the certificate: {shortened(str(error.message))}")
    validator, filters = _linter(_kind(certificate, leaf=leaf))
    results, _ = filter_results(filters, validator.validate(certificate.root))
    findings = [(described, result) for result in results for described in result.finding_descriptions]
    fatal = [(described, result) for described, result in findings if described.finding.severity.name == "FATAL"]
    crashes = [f"{result.validator}: {d.message}" for d, result in fatal if d.finding.code == _CRASHED]
    unread = sorted({d.finding.code for d, _ in fatal} - {_CRASHED})
    problems = [f"it failed at {listed(crashes)}"] * bool(crashes) + [listed(unread)] * bool(unread)
    return Linted(
        tuple(sorted(_remarks(findings), key=lambda remark: (-remark.severity.rank, remark.code))),
        f"pkilint did not check the whole certificate: {'; '.join(problems)}" if problems else "",
    )


def _kind(certificate: Any, *, leaf: bool) -> Any:
    """The certificate type to lint against: decided by the role, and within the role by the contents."""
    from pkilint.cabf.serverauth import determine_certificate_type, serverauth_constants

    kinds = serverauth_constants.CertificateType
    if leaf:
        by_policy = {
            serverauth_constants.ID_POLICY_EV: kinds.EV_FINAL_CERTIFICATE,
            serverauth_constants.ID_POLICY_OV: kinds.OV_FINAL_CERTIFICATE,
            serverauth_constants.ID_POLICY_IV: kinds.IV_FINAL_CERTIFICATE,
        }
        asserted = certificate.policy_oids
        return next((kind for oid, kind in by_policy.items() if oid in asserted), kinds.DV_FINAL_CERTIFICATE)
    detected = determine_certificate_type(certificate)
    of_cas = {kinds.ROOT_CA, *serverauth_constants.INTERMEDIATE_CERTIFICATE_TYPES}
    return detected if detected in of_cas else kinds.INTERNAL_UNCONSTRAINED_TLS_CA


@cache
def _linter(kind: Any) -> tuple[Any, Any]:
    """The validator for one type of certificate, and filters for findings that stricter ones supersede."""
    from pkilint.cabf import serverauth
    from pkilint.pkix.certificate import create_pkix_certificate_validator_container

    decoders = serverauth.create_decoding_validators()
    # Without a handler pkilint would print its crashes, including certificate contents.
    import logging

    logging.getLogger("pkilint").addHandler(logging.NullHandler())
    validator = create_pkix_certificate_validator_container(decoders, serverauth.create_validators(kind))
    return validator, serverauth.create_serverauth_finding_filters(kind)


def _remarks(findings: Iterable[tuple[Any, Any]]) -> Iterator[Remark]:
    """One remark per code, without crashes and findings that the linter rates INFO or DEBUG."""
    severities = {
        "FATAL": Severity.ERROR,
        "ERROR": Severity.ERROR,
        "WARNING": Severity.WARNING,
        "NOTICE": Severity.INFO,
    }
    by_code: dict[str, list[tuple[Any, Any]]] = {}
    for described, result in findings:
        if described.finding.severity.name in severities and described.finding.code != _CRASHED:
            by_code.setdefault(described.finding.code, []).append((described, result))
    for code, group in by_code.items():
        details = dict.fromkeys(described.message for described, _ in group if described.message)
        yield Remark(
            code,
            max((severities[d.finding.severity.name] for d, _ in group), key=lambda severity: severity.rank),
            listed(details) if details else "",
            listed(dict.fromkeys(result.node.path for _, result in group)),
            " ".join((type(group[0][1].validator).__doc__ or "").split()),
        )
