"""The certgate.yaml of the place where certgate is run."""

import os
from pathlib import Path

from certgate.reports.place import repository_root

__all__ = ["CONFIG_NAME", "nearby_config"]

CONFIG_NAME = "certgate.yaml"


def nearby_config(start: Path) -> Path | None:
    """The nearest certgate.yaml from `start` (absolute) upwards to the repository's root; outside of one, in `start`.

    The path is relative to `start`, as a person there would write it.
    """
    root = repository_root(start)
    folders = [start, *start.parents]
    within = folders[: folders.index(root) + 1]
    return next((Path(os.path.relpath(f / CONFIG_NAME, start)) for f in within if (f / CONFIG_NAME).is_file()), None)
