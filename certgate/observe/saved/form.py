"""The format of saved observations, shared by writer and reader; see `saved.schema.json`."""

__all__ = ["FORMAT", "MAX_LINE", "VERSION"]

FORMAT = "certgate-observations"
VERSION = 2
"""Increases with every change: an unknown member could change a verdict, so a reader must refuse it."""
MAX_LINE = 96 * 1024 * 1024
"""Longest line in bytes; the largest CRL that is fetched fits."""
