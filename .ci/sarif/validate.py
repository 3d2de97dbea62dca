"""Hold the SARIF report of the whole lab to Microsoft's validator, with the rules of the format and those of GitHub."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_TOOL = Path("node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool")
_ACCEPTED = {"Warning_ProvideToolnformationUri"}
"""certgate has no home page that it could name."""
_CI = {
    "GITHUB_REPOSITORY": "team/edge",
    "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
    "GITHUB_REF_NAME": "main",
}


def complaints(tool: Path, report: Path) -> list[str]:
    """What the validator calls an error or a warning."""
    output = report.with_name("validation.sarif")
    rules = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"]
    environ = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    command = [str(tool), "validate", str(report), *rules, "--log", "ForceOverwrite", "--output", str(output)]
    subprocess.run(command, check=True, env=environ, stdout=subprocess.DEVNULL, timeout=300)
    (run,) = json.loads(output.read_text(encoding="utf-8-sig"))["runs"]
    if not run["invocations"][0]["executionSuccessful"]:
        return [json.dumps(run["invocations"])]
    return [json.dumps(result) for result in run["results"] if result["message"]["id"] not in _ACCEPTED]


def main(tool: Path) -> None:
    """Validate a run of the lab; then, that the validator is awake, the same without locations."""
    with tempfile.TemporaryDirectory() as folder:
        demo = [sys.executable, "-m", "certgate.lab.demo", "all", folder]
        subprocess.run(demo, check=True, env=os.environ | _CI, stdout=subprocess.DEVNULL, timeout=300)
        report = Path(folder, "certgate.sarif")
        found = complaints(tool, report)
        if found:
            sys.exit("\n".join(["the validator complains of the SARIF report:", *found]))
        document = json.loads(report.read_text(encoding="utf-8"))
        number = len(document["runs"][0]["results"])
        for result in document["runs"][0]["results"]:
            del result["locations"]
        report.write_text(json.dumps(document), encoding="utf-8")
        if not complaints(tool, report):
            sys.exit("the validator does not complain of a report without locations: it validates nothing")
        print(f"the validator has nothing to say against {number} results")


if __name__ == "__main__":
    main(Path(__file__).parent / _TOOL)
