"""Other tools on the same endpoints, for comparison only."""

import subprocess
import sys
import venv
from pathlib import Path

from farm import HOST, Farm
from measure import Cost, run

__all__ = ["openssl_loop", "sslyze"]

_HOME = Path(__file__).parent.parent / "build" / "bench-sslyze"


def openssl_loop(farm: Farm, count: int) -> Cost:
    """`openssl s_client`, a process for each endpoint."""
    script = f"""while read -r address; do
        openssl s_client -connect "$address:{farm.port}" -servername {HOST} -status -showcerts </dev/null 2>/dev/null
    done"""
    return run(["sh", "-c", script], "\n".join(farm.addresses[:count]) + "\n")


def sslyze(farm: Farm, count: int) -> Cost | None:
    """sslyze's certificate scan in an environment of its own, None where it cannot be installed."""
    python = _HOME / "bin" / "python"
    if not python.exists():
        venv.create(_HOME, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "sslyze"]
        if subprocess.run(install, capture_output=True, check=False).returncode:
            return None
    targets = [f"{HOST}:{farm.port}{{{address}}}" for address in farm.addresses[:count]]
    try:
        return run([python, "-m", "sslyze", "--certinfo", "--mozilla_config=disable", *targets])
    except SystemExit as failed:
        print(failed, file=sys.stderr)
        return None
