"""Install certgate from the action's own checkout into an environment of its own under RUNNER_TEMP.

What certgate depends on comes from the package index, as wheels whose hashes are pinned.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]


def install(checkout: Path, environment: Path) -> Path:
    """Make an environment with certgate in it, and return its interpreter. Raises CalledProcessError."""
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "install"]
    locks = [f"--requirement={checkout / 'requirements' / name}" for name in ("run.txt", "build.txt")]
    subprocess.run([*pip, "--no-deps", "--require-hashes", "--only-binary=:all:", *locks], check=True)
    subprocess.run([*pip, "--no-index", "--no-deps", "--no-build-isolation", str(checkout)], check=True)
    return python


if __name__ == "__main__":
    try:
        interpreter = install(_CHECKOUT, Path(tempfile.mkdtemp(prefix="certgate-", dir=os.environ["RUNNER_TEMP"])))
    except subprocess.CalledProcessError:
        sys.exit("certgate could not be installed: pip says above why; is there a wheel for this kind of runner?")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"python={interpreter}\n")
