"""The demo: the gate against the built-in lab, with every report.

python examples/demo.py [FOLDER FOR THE REPORTS]
"""

import sys
from pathlib import Path

from certgate.cli.main import run
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK


def main(folder: Path) -> None:
    """Start the lab, scan it as a pipeline would, and say what the pipeline would do."""
    folder.mkdir(parents=True, exist_ok=True)
    reports = {"junit": folder / "junit.xml", "sarif": folder / "certgate.sarif", "json": folder / "certgate.json"}
    with Lab() as lab:
        arguments = ["scan", "--config", str(lab.config_file), "--at", CLOCK.isoformat()]
        for name, path in reports.items():
            arguments += ["--report", f"{name}={path}"]
        code = run(arguments)
    print(f"\nThe gate's exit code is {code}: a pipeline would {'go on' if code == 0 else 'stop here'}.")
    for name, path in reports.items():
        print(f"  {name:6} {path} ({path.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-reports"))
