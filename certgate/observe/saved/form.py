"""The format of saved observations, shared by writer and reader; see `saved.schema.json`."""

__all__ = ["FORMAT", "MAX_LINE", "VERSION"]

FORMAT = "certgate-observations"
VERSION = 2
"""Rises with every change: a reader that does not know a member cannot tell what it means for a verdict."""
MAX_LINE = 96 * 1024 * 1024
"""Bytes in a line; the largest CRL that is fetched fits."""
