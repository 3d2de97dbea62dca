"""Rule chain.readable: whether clients can read every certificate that was sent."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import PresentedChain
from certgate.checks.framework.wording import capped
from certgate.x509.form import extension_flaws, field_flaws

__all__: list[str] = []


@check("chain.readable", citation="RFC 9846 §4.4.2; RFC 5280 §4")
def readable(chain: PresentedChain) -> Iterator[Answer]:
    """Clients can read every certificate that is sent, even one that the path does not need.

    cert.form and ext.form check the certificates on the path.

    Why: clients decode every certificate before they look for a path, and end the handshake if they cannot.

    Fix: remove the certificate from the certificate file, or have it reissued.
    """
    on_all_paths = set.intersection(*(set(path.certificates) for path in chain.paths)) if chain.paths else set()
    others = [(n, c) for n, c in enumerate(chain.certificates, 1) if c is not None and c not in on_all_paths]
    if not others and not chain.problems:
        yield NotApplicable("only certificates of the path were sent")
        return
    for number, problem in enumerate(chain.problems, 1):
        yield Problem(problem, key=f"unreadable {number}", denies=Premise.READABLE)
    yield from capped(
        Problem(f"certificate {number}: {flaw.text}", key=f"{number} {flaw.part}", denies=Premise.READABLE)
        for number, certificate in others
        for flaw in (*field_flaws(certificate), *extension_flaws(certificate))
    )
