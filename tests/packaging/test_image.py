"""The steps of the Containerfile, without a container engine: what they install is small, and runs as nobody."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("/build", "/dist", "/opt/certgate", "/source")
MOST = 120_000_000 - 50_000_000
"""Compressed bytes: an image has 120 MB, and the slim image of Python that it starts from less than 50 MB."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder with /opt/certgate, as the build stage leaves it."""
    root = tmp_path_factory.mktemp("image")
    for folder in ("source", "opt", "bin"):
        (root / folder).mkdir()
    system = shutil.which("python3", path="/usr/bin")  # one that everybody may run
    (root / "bin" / "python").symlink_to(system or sys.executable)
    _, build, _ = re.split(r"^FROM ", (ROOT / "Containerfile").read_text().replace("\\\n", " "), flags=re.MULTILINE)
    for word, rest in re.findall(r"^([A-Z]+) (.*)$", build, re.MULTILINE):
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                into = root / "source" / (target if len(sources) == 1 else source)
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, into)
        elif word == "RUN":
            line = re.sub(rf"(?<!\w)(?:{'|'.join(FOLDERS)})", lambda found: f"{root}{found[0]}", rest)
            environ = os.environ | {"PATH": f"{root}/bin:{os.environ['PATH']}"}
            subprocess.run(["bash", "-e", "-c", line], cwd=root / "source", env=environ, check=True, timeout=500)
    return root


def test_it_is_small(image):
    packed = image / "image.tar.gz"
    with tarfile.open(packed, "w:gz", compresslevel=6) as archive:
        archive.add(image / "opt", arcname="opt")
    assert packed.stat().st_size < MOST


def test_it_has_no_pip_and_no_build_backend(image):
    names = {path.name.partition("-")[0] for path in image.glob("opt/certgate/lib/*/site-packages/*")}
    assert "certgate" in names
    assert not names & {"pip", "hatchling", "setuptools"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become somebody else")
def test_nobody_can_run_it_without_a_shell_a_home_or_a_file_that_it_may_write(image, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    key, chain = work / "key.pem", work / "chain.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a.example", "-days", "30"]
    subprocess.run([*make, "-keyout", key, "-out", chain], check=True, capture_output=True, timeout=30)
    for folder in (*work.parents, *image.parents, image, work):
        if folder.stat().st_uid == os.geteuid() and folder.is_relative_to("/tmp"):
            folder.chmod(0o755)
    program = image / "opt" / "certgate" / "bin" / "certgate"
    before = sorted((path, path.stat().st_mtime_ns) for path in image.rglob("*"))

    def run(*words):
        command, nobody = [program, *words], {"user": 65532, "group": 65532, "extra_groups": []}
        return subprocess.run(
            command, cwd=work, env={}, capture_output=True, text=True, timeout=60, check=False, **nobody
        )

    assert run("--version").stdout.startswith("certgate ")
    done = run("check", "chain.pem")
    assert (done.returncode, "trust.anchor" in done.stdout) == (1, True), done.stderr
    assert before == sorted((path, path.stat().st_mtime_ns) for path in image.rglob("*"))
    assert sorted(path.name for path in work.iterdir()) == ["chain.pem", "key.pem"]


def test_the_checks_of_an_image_have_no_mistake():
    script = Path(ROOT / ".ci" / "check-image")
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True, timeout=30)
