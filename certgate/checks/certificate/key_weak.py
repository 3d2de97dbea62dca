"""Keys whose private half is known, or is computed with little effort."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.x509.rsa import MAX_MODULUS_BITS, read_rsa_numbers
from certgate.x509.weak_rsa import has_close_primes, is_roca

__all__: list[str] = []


@check("key.weak", citation="CA/B BR §6.1.1.3; CVE-2017-15361; fermatattack.secvuln.info")
def weak(subject: CertificateInRole) -> Iterator[Answer]:
    """An RSA key does not come from faulty software: its primes are not close together, and it has not the flaw ROCA.

    Debian's weak keys are not looked up, for that takes lists of them: `--deny FILE` reads one (SHA-256 of the public
    key each).

    Why: anybody can compute the private key, and then pose as this server.

    Fix: replace the key now, with one that other software made, and revoke the certificate (reason keyCompromise).
    """
    algorithm = subject.certificate.key.algorithm
    if algorithm not in {"RSA", "RSASSA-PSS"}:
        yield NotApplicable(f"its key is {algorithm}")
        return
    numbers = read_rsa_numbers(subject.certificate.spki)
    if numbers.bits > MAX_MODULUS_BITS:
        yield NotChecked(f"RSA {numbers.bits} is beyond the limit of {MAX_MODULUS_BITS} bits")
        return
    if has_close_primes(numbers.modulus):
        yield Problem("the modulus is factored at once: its primes are close together", key="close primes")
    if is_roca(numbers.modulus):
        yield Problem("the modulus has the form that the flaw ROCA gives, and can be factored", key="ROCA")
