"""What the writer and the reader of saved observations agree on; `saved.schema.json` beside this says all of it."""

__all__ = ["FORMAT", "MAX_LINE", "VERSION"]

FORMAT = "certgate-observations"
VERSION = 1
"""Rises with every change: a reader that does not know a member cannot tell what it means for a verdict."""
MAX_LINE = 96 * 1024 * 1024
"""Bytes in a line; the largest CRL that is fetched fits."""
