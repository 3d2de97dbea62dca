"""The action installs extras and releases by locks with hashes, and a release only if its provenance holds."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import certgate
from tests.action.conftest import ACTION, ROOT, Runner

LOCKS = ROOT / "requirements"
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
GH = """#!{python}
import json, os, shutil, sys
from pathlib import Path
with open("{log}", "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
options = [word.partition("=")[::2] for word in sys.argv[1:] if word.startswith("--")]
if sys.argv[1:3] == ["release", "download"]:
    for name in [value for option, value in options if option == "--pattern"]:
        if not Path("{release}", name).is_file():
            sys.exit(f"no assets match {{name}}")
        shutil.copy(Path("{release}", name), dict(options)["--dir"])
elif Path(sys.argv[3]).name in "{forged}".split():
    sys.exit("Error: no attestations found")
"""


def pins(path):
    return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """What the release workflow attaches to a release: the wheel and its locks."""
    folder = tmp_path_factory.mktemp("release")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    spec = importlib.util.spec_from_file_location("release_locks", ROOT / ".ci" / "release_locks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for lock in module.write_locks(folder):
        shutil.move(lock, folder)
    return folder


@pytest.fixture
def with_gh(tmp_path, release):
    """Makes a runner that has `gh`, with a release of which some files were not made by the release workflow."""

    def runner(python=sys.executable, forged=""):
        made = Runner(tmp_path, python)
        (tmp_path / "bin").mkdir()
        log = tmp_path / "gh.log"
        program = tmp_path / "bin" / "gh"
        program.write_text(GH.format(python=sys.executable, log=log, release=release, forged=forged))
        program.chmod(0o755)
        made.environ["PATH"] = f"{program.parent}:{os.environ['PATH']}"
        made.gh = lambda: [json.loads(line) for line in log.read_text().splitlines()]
        return made

    return runner


def test_each_extra_has_a_lock_that_agrees_with_the_others_and_the_action_names_it():
    assert {path.name for path in LOCKS.glob("extra-*.txt")} == {f"extra-{name}.txt" for name in EXTRAS}
    together = pins(LOCKS / "run.txt") | pins(LOCKS / "build.txt")
    for extra, wanted in EXTRAS.items():
        locked = pins(LOCKS / f"extra-{extra}.txt")
        assert {re.split("[<>=]", name)[0].lower() for name in wanted} <= set(locked)
        assert {name: version for name, version in locked.items() if together.get(name, version) != version} == {}
        together |= locked
        text = (LOCKS / f"extra-{extra}.txt").read_text()
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")
        assert re.search(rf"\b{extra}\b", ACTION["inputs"]["extras"]["description"])
    (written,) = re.findall(r"^EXTRAS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert written.split() == list(EXTRAS)


def test_an_extra_that_does_not_exist_is_a_mistake(runner, inputs):
    done = runner(**inputs("violated"), extras="cel, lnt")
    assert (done.exit_code, done.outputs["verdict"]) == (2, "misconfigured")
    assert 'the input extras has "lnt"; write some of cel, dask, lint, notify' in done.commands[0]


def test_a_release_is_downloaded_and_each_of_its_files_verified_before_anything_is_installed(with_gh, inputs):
    runner = with_gh()
    done = runner(**inputs("violated"), version=certgate.__version__, extras="cel")
    assert (done.exit_code, done.outputs["verdict"]) == (1, "violated"), done.log
    download, *verified = runner.gh()
    tag = f"v{certgate.__version__}"
    names = [f"{tag[1:]}-{name}" for name in ("py3-none-any.whl", "run.txt", "extra-cel.txt")]
    assert download[:4] == ["release", "download", tag, "--repo=OWNER/certgate"]
    assert [Path(words[2]).name for words in verified] == [f"certgate-{name}" for name in names]
    for words in verified:
        assert words[:2] == ["attestation", "verify"]
        assert words[3:] == [
            "--repo=OWNER/certgate",
            "--signer-workflow=OWNER/certgate/.github/workflows/release.yml",
            f"--source-ref=refs/tags/{tag}",
            "--deny-self-hosted-runners",
        ]
    locks = [Path(lock) for lock in done.steps["prepare"]["locks"].splitlines()]
    assert f"certgate=={tag[1:]}" in locks[0].read_text()


@pytest.mark.parametrize("forged", ["certgate-{}-py3-none-any.whl", "certgate-{}-run.txt"])
def test_a_file_that_the_release_workflow_did_not_make_is_not_installed(with_gh, inputs, forged):
    done = with_gh(forged=forged.format(certgate.__version__))(**inputs("compliant"), version=certgate.__version__)
    assert (done.exit_code, done.outputs["verdict"], done.outputs["exit-code"]) == (3, "incomplete", "3")
    assert "gh attestation verify failed, so nothing was installed: Error: no attestations found" in done.commands[0]
    assert "install" not in done.steps


def test_a_release_that_does_not_exist_is_not_a_pass(with_gh, inputs):
    done = with_gh()(**inputs("compliant"), version="9.9.9")
    assert (done.exit_code, done.outputs["verdict"]) == (3, "incomplete")
    assert "gh release download failed" in done.commands[0]


@pytest.mark.parametrize("version", ["1", "v1.2.3", "1.2.3 --repo=x", "../1.2.3", "1.2.3rc1", "latest"])
def test_a_version_is_that_of_a_release(with_gh, inputs, version):
    done = with_gh()(**inputs("compliant"), version=version)
    assert (done.exit_code, done.outputs["verdict"]) == (2, "misconfigured")


def test_a_runner_without_gh_cannot_install_a_release(runner, inputs, tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("bash", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    runner.environ["PATH"] = str(tmp_path / "bin")
    done = runner(**inputs("compliant"), version="1.2.3")
    assert (done.exit_code, done.outputs["verdict"]) == (3, "incomplete")
    assert "gh is not installed on this runner" in done.commands[0]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_release_is_installed_by_its_locks_and_again_from_the_cache(with_gh, inputs):
    runner = with_gh(python=None)
    given = inputs("violated") | {"version": certgate.__version__, "extras": "cel"}
    done = runner(**given)
    assert (done.exit_code, done.outputs["verdict"]) == (1, "violated"), done.log
    python = done.steps["install"]["python"]
    imported = "import cel_expr_python, certgate; print(certgate.__file__)"
    assert str(runner.temp) in subprocess.check_output([python, "-I", "-c", imported], text=True)
    (key,) = runner.caches

    shutil.rmtree(runner.temp / "certgate-wheels")
    runner.environ |= {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    again = runner(**given)
    assert (again.exit_code, again.steps["install"]["wheels-key"]) == (1, ""), again.log

    for wheel in runner.caches[key].glob("cryptography*.whl"):
        wheel.write_bytes(wheel.read_bytes() + b" ")
    shutil.rmtree(runner.temp / "certgate-wheels")
    forged = runner(**given)
    assert (forged.exit_code, forged.outputs["verdict"]) == (3, "incomplete")
    assert "certgate could not be installed" in forged.commands[-1]
