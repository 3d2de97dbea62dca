"""Starts a module of certgate as a separate process, isolated from the environment."""

import errno
import os
import sys
from pathlib import Path

__all__ = ["isolated"]

_BOOT = "import importlib, sys; sys.path += sys.argv[2:]; importlib.import_module(sys.argv[1]).main()"


def isolated(module: str) -> list[str]:
    """The command that runs `main()` of `module` under `python -I`: no PYTHONPATH, no PYTHONSTARTUP, no user site.

    This process's import path comes after the isolated one, so that nothing on it can shadow an installed module,
    but a certgate that is not installed is still found. Raises OSError if no interpreter is known.
    """
    if not sys.executable:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "python")
    ours = [str(Path(__file__).parents[2]), *sys.path]
    flags = ["-I", *(["-B"] if sys.dont_write_bytecode else [])]
    return [sys.executable, *flags, "-c", _BOOT, module, *(path for path in ours if Path(path).is_absolute())]
