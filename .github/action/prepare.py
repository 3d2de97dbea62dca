"""Check the inputs, and say what is installed and which caches are used. A release is fetched and verified here."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # -I leaves it out

from command_line import asked_reports, command_line
from inputs import INCOMPLETE, MISCONFIGURED, Inputs, Misconfigured, nothing_observed, set_outputs, tell

_LOCKS = Path(__file__).parents[2] / "requirements"
_SAVES = ("push", "schedule", "workflow_dispatch")
"""The events of the default branch whose history is kept: nothing that a fork can start."""


class Unverified(Exception):
    """A release cannot be had, or its provenance does not hold."""


def prepare(environ: Mapping[str, str]) -> dict[str, str]:
    """The outputs of the step. Raises Misconfigured and Unverified."""
    inputs = Inputs(environ)
    asked_reports(inputs)
    command_line(inputs, [])
    inputs.switch("annotations")
    if not Path(inputs.one("working-directory") or ".").is_dir():
        raise Misconfigured(f'the input working-directory is "{inputs["working-directory"]}"; there is no such folder')
    extras, version = _extras(inputs), inputs.one("version")
    if version:
        locks = _release(environ, version, extras)
    else:
        locks = [_LOCKS / name for name in ("run.txt", "build.txt", *(f"extra-{extra}.txt" for extra in extras))]
    wheels = Path(environ["RUNNER_TEMP"]) / "certgate-wheels"
    return {
        "locks": "\n".join(str(lock) for lock in locks),
        "release": "true" if version else "",
        "wheels": str(wheels),
        "wheels-key": f"certgate-wheels-{_digest(locks)}",
        **(_history(environ, inputs) if inputs.switch("history") else {}),
    }


def _extras(inputs: Inputs) -> list[str]:
    known = sorted(path.stem.removeprefix("extra-") for path in _LOCKS.glob("extra-*.txt"))
    extras = [extra for extra in re.split(r"[\s,]+", inputs["extras"]) if extra]
    for extra in extras:
        if extra not in known:
            raise Misconfigured(f'the input extras has "{extra}"; write some of {", ".join(known)}')
    return extras


def _release(environ: Mapping[str, str], version: str, extras: Sequence[str]) -> list[Path]:
    """The locks of a release, in a folder with its wheel; each was made by the release workflow, as GitHub attests."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise Misconfigured(f'the input version is "{version}"; write a release, such as 1.2.3, or nothing')
    repository = environ["ACTION_REPOSITORY"]
    if not repository:
        raise Misconfigured("the input version is only for an action that is used as OWNER/certgate@REF")
    if shutil.which("gh") is None:
        raise Unverified("gh is not installed on this runner; the input version needs it to verify the release")
    folder = Path(tempfile.mkdtemp(prefix="certgate-release-", dir=environ["RUNNER_TEMP"]))
    locks = [f"certgate-{version}-{name}.txt" for name in ("run", *(f"extra-{extra}" for extra in extras))]
    files = [f"certgate-{version}-py3-none-any.whl", *locks]
    tag, patterns = f"v{version}", [f"--pattern={file}" for file in files]
    _gh(["release", "download", tag, f"--repo={repository}", f"--dir={folder}", *patterns])
    signer = [f"--repo={repository}", f"--signer-workflow={repository}/.github/workflows/release.yml"]
    for file in files:
        if not (folder / file).is_file():
            raise Unverified(f"the release {tag} of {repository} has no {file}")
        source = [f"--source-ref=refs/tags/{tag}", "--deny-self-hosted-runners"]
        _gh(["attestation", "verify", str(folder / file), *signer, *source])
    return [folder / lock for lock in locks]


def _gh(words: Sequence[str]) -> None:
    done = subprocess.run(["gh", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Unverified(f"gh {' '.join(words[:2])} failed, so nothing was installed: {done.stderr.strip()[-2000:]}")


def _digest(locks: Sequence[Path]) -> str:
    """What tells one set of wheels from another: the locks, Python, system and processor."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.platform}\n{platform.machine()}".encode())
    for lock in locks:
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def _history(environ: Mapping[str, str], inputs: Inputs) -> dict[str, str]:
    """Folder and cache of the history. Only runs of the default branch keep it, so that these are what is restored."""
    name = f"certgate-history-{hashlib.sha256(inputs['category'].encode()).hexdigest()[:16]}"
    key = f"{name}-{environ['GITHUB_RUN_ID']}-{environ['GITHUB_RUN_ATTEMPT']}"
    event, branch = environ["GITHUB_EVENT_NAME"], environ["DEFAULT_BRANCH"]
    is_default = event == "schedule" or (branch and environ["GITHUB_REF"] == f"refs/heads/{branch}")
    return {
        "history": str(Path(environ["RUNNER_TEMP"]) / name),
        "history-restore": f"{name}-",
        "history-key": key,
        "history-save": key if event in _SAVES and is_default else "",
    }


if __name__ == "__main__":
    try:
        set_outputs(os.environ, prepare(os.environ))
    except (Misconfigured, Unverified) as error:
        result = MISCONFIGURED if isinstance(error, Misconfigured) else INCOMPLETE
        tell(os.environ, result, f"certgate: {error}")
        nothing_observed(os.environ, result)
        sys.exit(result)
