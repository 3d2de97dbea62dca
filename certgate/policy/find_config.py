"""Finds the certgate.yaml of the current folder."""

import os
from pathlib import Path

__all__ = ["CONFIG_NAME", "find_config", "repository_root"]

CONFIG_NAME = "certgate.yaml"


def find_config(start: Path) -> Path | None:
    """The nearest certgate.yaml from `start` (absolute) up to the repository's root; outside a repository, in `start`.

    The path is relative to `start`, as a person there would write it.
    """
    root = repository_root(start)
    folders = [start, *start.parents]
    within = folders[: folders.index(root) + 1]
    return next((Path(os.path.relpath(f / CONFIG_NAME, start)) for f in within if (f / CONFIG_NAME).is_file()), None)


def repository_root(start: Path) -> Path:
    """The nearest folder from `start` upwards that contains `.git`, or else `start` itself."""
    return next((p for p in (start, *start.parents) if (p / ".git").exists()), start)
