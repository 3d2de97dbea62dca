"""Labels of vantages: an address, a server name or both, and the type of key of a chain that is not shown first."""

__all__ = ["is_of_key_type", "label_parts", "position", "seen_at", "with_key_type"]

_WITH, _KEY = "with ", " key"


def with_key_type(label: str, key_type: str) -> str:
    """The label with a type of key; unchanged if that is empty."""
    return f"{label} {_WITH}{key_type}{_KEY}".lstrip() if key_type else label


def label_parts(label: str) -> tuple[str, str]:
    """The parts of a label: where it is, and the type of key; each can be empty."""
    where, found, key_type = label.rpartition(_WITH)
    return (where.rstrip(), key_type.removesuffix(_KEY)) if found else (label, "")


def is_of_key_type(label: str) -> bool:
    """Whether a label names a type of key."""
    return bool(label_parts(label)[1])


def seen_at(label: str) -> str:
    """A label as it follows a subject: ` at 192.0.2.7:443`, ` with RSA key`; empty for an empty label."""
    where, key_type = label_parts(label)
    return (f" at {where}" if where else "") + (f" {_WITH}{key_type}{_KEY}" if key_type else "")


def position(certificate: str, label: str) -> str:
    """A certificate's position in the chain, such as `leaf`, with the type of key that the label names, if any."""
    return with_key_type(certificate, label_parts(label)[1])
