"""Install certgate into an environment of its own under RUNNER_TEMP, from wheels whose hashes are pinned.

The wheels come from the runner's cache or from the package index. Their hashes are checked in both cases, so that a
cache that somebody else wrote can make the installation slower, but cannot put anything into it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # -I leaves it out

from inputs import INCOMPLETE, nothing_observed, set_outputs, tell

_CHECKOUT = Path(__file__).parents[2]
_LOCKED = ("--no-deps", "--require-hashes", "--only-binary=:all:")


def install(environment: Path, locks: Sequence[Path], wheels: Path, *, is_release: bool) -> tuple[Path, bool]:
    """The interpreter of an environment with certgate, and whether wheels were fetched. Raises CalledProcessError."""
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    found = [f"--find-links={folder}" for folder in (wheels, locks[0].parent)]
    pinned = [*_LOCKED, *found, *(f"--requirement={lock}" for lock in locks)]
    offline = [*pip, "install", "--no-compile", "--no-index", *pinned]
    is_cached = wheels.is_dir() and subprocess.run(offline, check=False).returncode == 0
    if not is_cached:
        shutil.rmtree(wheels, ignore_errors=True)
        subprocess.run([*pip, "download", f"--dest={wheels}", *pinned], check=True)
        subprocess.run(offline, check=True)
    if not is_release:
        subprocess.run([*pip, "install", "--no-index", "--no-deps", "--no-build-isolation", str(_CHECKOUT)], check=True)
    return python, not is_cached


def main(environ: Mapping[str, str]) -> int:
    """Install, set the outputs, and return the exit code of the step."""
    environment = Path(tempfile.mkdtemp(prefix="certgate-", dir=environ["RUNNER_TEMP"]))
    locks = [Path(lock) for lock in environ["LOCKS"].splitlines()]
    try:
        python, is_fetched = install(environment, locks, Path(environ["WHEELS"]), is_release=environ["RELEASE"] != "")
    except subprocess.CalledProcessError:
        why = "pip says above why; is there a wheel for this kind of runner?"
        tell(environ, INCOMPLETE, f"certgate: certgate could not be installed: {why}")
        nothing_observed(environ, INCOMPLETE)
        return INCOMPLETE
    set_outputs(environ, {"python": str(python), "wheels-key": environ["WHEELS_KEY"] if is_fetched else ""})
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
