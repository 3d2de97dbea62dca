"""`--group-by`: how the terminal report groups targets."""

from certgate.model.errors import UsageError

__all__ = ["parse_group_by"]

_WORDS = frozenset({"rule", "target", "issuer"})


def parse_group_by(said: str | None, *, full: bool) -> str:
    """The word, empty for none. Raises UsageError for an unknown one, and together with --full."""
    if said is None:
        return ""
    if full:
        raise UsageError("--group-by and --full cannot be combined: --full lists every target")
    if said not in _WORDS and not (said.startswith("label.") and said != "label."):
        raise UsageError(f'--group-by "{said}" is unknown; write rule, target, issuer or label.NAME')
    return said
