"""Messages about unforeseen exceptions, without foreign text."""

__all__ = ["bug", "named", "tells_of_bug"]

_BUG = "a bug in certgate"
_NO_BUGS = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""Exceptions that end the process or a generator on purpose."""


def bug(error: BaseException, step: str) -> str:
    """One sentence about an exception in `step` (`judging`, `the junit report`). Raises as `named` does."""
    return f"{_BUG}: {named(error)} in {step}; please report it, run again with --traceback to see where"


def tells_of_bug(message: str) -> bool:
    """Whether `bug` wrote the message."""
    return message.startswith(_BUG)


def named(error: BaseException) -> str:
    """The name of the exception's type. Logs the traceback at level DEBUG, which --traceback shows.

    Raises `error` itself if it is not a bug. A panic in a Rust library derives from BaseException, so callers catch
    BaseException.
    """
    if isinstance(error, _NO_BUGS):
        raise error
    import logging

    logging.getLogger("certgate").debug("%s", type(error).__name__, exc_info=error)
    return type(error).__name__
