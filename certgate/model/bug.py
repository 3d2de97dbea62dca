"""Messages about unforeseen exceptions, without foreign text."""

__all__ = ["bug", "named"]

_NO_BUGS = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""Somebody wants the process, or a generator, to end."""


def bug(error: BaseException, step: str) -> str:
    """One sentence about an exception in `step` (`judging`, `the junit report`). Raises as `named` does."""
    return f"a bug in certgate: {named(error)} in {step}; please report it, run again with --traceback to see where"


def named(error: BaseException) -> str:
    """The name of what was raised; its traceback is logged at the level DEBUG, which --traceback shows.

    Raises `error` itself where it is no bug. A panic of a library in Rust derives from BaseException, so whoever fences
    something off catches that.
    """
    if isinstance(error, _NO_BUGS):
        raise error
    import logging

    logging.getLogger("certgate").debug("%s", type(error).__name__, exc_info=error)
    return type(error).__name__
