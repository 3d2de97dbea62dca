"""Write the locks of a release into a folder: the action's input `version` installs a release by them.

python .ci/release_locks.py DIST, where DIST has the wheel.
"""

import hashlib
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements"


def write_locks(dist: Path) -> list[Path]:
    """One lock with certgate's wheel and what it needs, and one for each extra. Raises ValueError without one wheel."""
    (wheel,) = dist.glob("certgate-*.whl")
    version = wheel.name.split("-")[1]
    folder = dist / "locks"
    folder.mkdir(exist_ok=True)
    pin = f"certgate=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    written = []
    for lock in (REQUIREMENTS / "run.txt", *sorted(REQUIREMENTS.glob("extra-*.txt"))):
        written.append(folder / f"certgate-{version}-{lock.name}")
        written[-1].write_text(
            (pin if lock.name == "run.txt" else "") + lock.read_text(encoding="utf-8"), encoding="utf-8"
        )
    return written


if __name__ == "__main__":
    for path in write_locks(Path(sys.argv[1])):
        print(path)
