"""Tracebacks on standard error, for --traceback."""

import logging
from typing import Any

from certgate.reports.escape import for_terminal

__all__ = ["show_tracebacks"]


class _Escaped(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802 (overrides this name)
        return "\n".join(map(for_terminal, super().formatException(ei).splitlines()))


def show_tracebacks() -> None:
    """Show where each unforeseen exception was raised. A traceback may contain foreign text."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Escaped("%(message)s"))
    handler.addFilter(lambda record: bool(record.exc_info))
    logger = logging.getLogger("certgate")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
