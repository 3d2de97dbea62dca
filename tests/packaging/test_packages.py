"""What is released installs from its wheel, with the oldest dependencies that are allowed and with the newest."""

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import certgate
from certgate.policy.packs import shipped_packs

ROOT = Path(__file__).parents[2]
SCENARIOS = ("good-rsa", "good-svid", "good-ed25519", "expired-leaf", "missing-intermediate", "forged")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command, cwd=ROOT):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "--directory", folder)
    return folder


@pytest.fixture
def wheel(packages):
    (found,) = packages.glob("*.whl")
    return found


@pytest.fixture
def environment(tmp_path, wheel):
    """Makes an environment with the wheel and with dependencies of a resolution; returns its folder of programs."""

    def make(resolution):
        folder = tmp_path / resolution
        uv = Path(sys.executable).with_name("uv")
        run(uv, "venv", "--python", sys.executable, folder)
        install = (uv, "pip", "install", "--python", folder)
        run(*install, "--resolution", resolution, "-r", ROOT / "pyproject.toml")
        run(*install, "--no-deps", wheel)
        return folder / "bin"

    return make


def test_the_wheel_holds_policies_schemas_licence_and_no_tests(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"certgate/policies/{name}.yaml" for name in shipped_packs()} <= names
    schemas = {"reports/report.schema.json", "observe/saved/saved.schema.json", "observe/journal/journal.schema.json"}
    assert {"certgate/py.typed", *(f"certgate/{name}" for name in schemas)} <= names
    assert f"certgate-{certgate.__version__}.dist-info/licenses/LICENSE" in names
    assert {name.split("/")[0] for name in names} == {"certgate", f"certgate-{certgate.__version__}.dist-info"}


def test_a_wheel_built_from_the_source_distribution_is_the_same(packages, wheel, tmp_path):
    (source,) = packages.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=tmp_path / source.name[:-7])
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_the_wheel_works_with_the_dependencies_that_it_allows(environment, resolution, tmp_path):
    programs = environment(resolution)
    said = run(programs / "certgate", "--version", cwd=tmp_path)
    assert said.startswith(f"certgate {certgate.__version__} (cryptography ")
    assert "OpenSSL" in said
    assert "exactly the expected findings" in run(programs / "certgate", "lab", "verify", *SCENARIOS, cwd=tmp_path)
    assert len(json.loads(run(programs / "certgate", "rules", "--format", "json", cwd=tmp_path))) > 100
