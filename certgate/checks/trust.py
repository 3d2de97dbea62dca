"""Trust: which anchor a path ends at."""

from collections.abc import Iterator

from certgate.checks.registry import Answer, Problem, check
from certgate.checks.subjects import Path
from certgate.trust.links import is_self_signed, path_signatures

__all__: list[str] = []


@check("trust.anchor", citation="RFC 5280 §6.1.1(d); PCI DSS 4.0.1 4.2.1")
def anchor(path: Path) -> Iterator[Answer]:
    """The path ends at an anchor of the trust store, and every signature up to it verifies.

    An anchor is a name and a key: nothing else of its certificate counts.

    Why: a chain that does not end at a trusted anchor proves nothing about who the server is.

    Mend: have the certificate issued under a CA of the store, or name the right store with `--trust`.
    """
    end = path.certificates[-1]
    if path.anchor is None and is_self_signed(end):
        yield Problem(f"the path ends at {end.subject.text}, which is self-signed and no anchor of the trust store")
    elif path.anchor is None:
        yield Problem(f"the path ends at {end.subject.text}, short of any anchor of the trust store")
    elif any(path_signatures(path)):
        yield Problem(f"the path to the anchor {path.anchor.subject.text} has a signature that does not verify")
