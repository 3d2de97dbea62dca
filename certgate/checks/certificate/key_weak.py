"""Rule key.weak: keys whose private half is easy to compute."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.x509.rsa import MAX_MODULUS_BITS, read_rsa_numbers
from certgate.x509.weak_rsa import has_close_primes, is_roca

__all__: list[str] = []


@check("key.weak", citation="CA/B BR §6.1.1.3; CVE-2017-15361; fermatattack.secvuln.info")
def weak(subject: CertificateInRole) -> Iterator[Answer]:
    """An RSA key is not weak: its primes are not close together, and it is not affected by ROCA.

    The rule does not look up Debian's weak keys, which needs a list: `--deny FILE` reads one (the SHA-256 of each
    public key).

    Why: anybody can compute the private key of a weak key, and then impersonate this server.

    Fix: replace the key now, with one from other software, and revoke the certificate (reason keyCompromise).
    """
    algorithm = subject.certificate.key.algorithm
    if algorithm not in {"RSA", "RSASSA-PSS"}:
        yield NotApplicable(f"the key type is {algorithm}")
        return
    numbers = read_rsa_numbers(subject.certificate.spki)
    if numbers.bits > MAX_MODULUS_BITS:
        yield NotChecked(f"RSA key of {numbers.bits} bits exceeds the limit of {MAX_MODULUS_BITS} bits")
        return
    if has_close_primes(numbers.modulus):
        yield Problem("the modulus can be factored: its primes are close together", key="close primes")
    if is_roca(numbers.modulus):
        yield Problem("the modulus can be factored: it is affected by ROCA (CVE-2017-15361)", key="ROCA")
