"""What certgate starts as processes of its own: the environment has no say in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from certgate.lab.pki import CLOCK, issue, make_key, pem
from certgate.system.child import isolated

POISON = 'open({marker!r}, "a").write(__name__ + chr(10))\n'
MODULES = ("json", "sitecustomize", "usercustomize", "certgate/__init__", "cryptography/__init__", "cel_expr_python")
POLICY = """\
name: team
rules:
  - id: acme.version
    cel: leaf.version == 3
    message: an old version
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def environ(here):
    """An environment in which every variable that Python obeys leads to code that leaves a mark."""
    poison = here / "poison"
    for name in MODULES:
        module = poison / f"{name}.py"
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(POISON.format(marker=str(here / "marker")))
    startup = str(poison / "sitecustomize.py")
    said = {"PYTHONPATH": str(poison), "PYTHONSTARTUP": startup, "PYTHONUSERBASE": str(poison), "PYTHONINSPECT": "1"}
    return {**os.environ, **said}


def run(environ, *arguments):
    command = [sys.executable, "-I", "-m", "certgate.cli.main", *arguments, "--at", CLOCK.isoformat()]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=50)


def test_the_poison_works(here, environ):
    subprocess.run([sys.executable, "-c", ""], env=environ, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    assert "sitecustomize\n" in (here / "marker").read_text()


def test_an_encrypted_key_is_opened_by_certgates_own_code(here, environ):
    root, key = issue("Root", ca=True), make_key()
    leaf = issue("a.acme.example", issuer=root, key=key)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    (here / "chain.pem").write_bytes(pem(leaf) + locked)
    (here / "root.pem").write_bytes(pem(root))
    (here / "phrase").write_text("secret")

    words = ["--trust", "root.pem", "--policy", "rfc5280-path", "--password-file", "phrase"]
    done = run(environ, "check", "chain.pem", *words)

    assert (done.returncode, done.stderr) == (0, "")
    assert not (here / "marker").exists()


def test_an_expression_is_evaluated_by_certgates_own_code(here, environ):
    pytest.importorskip("cel_expr_python")
    (here / "leaf.pem").write_bytes(pem(issue("a.acme.example")))
    (here / "team.yaml").write_text(POLICY)

    done = run(environ, "check", "leaf.pem", "--policy", "team.yaml")

    assert (done.returncode, done.stderr) == (0, "")
    assert not (here / "marker").exists()


def test_the_path_of_this_process_comes_last_and_nothing_that_depends_on_where_one_stands(monkeypatch):
    package = str(Path(__file__).parents[2])
    monkeypatch.setattr(sys, "path", ["", ".", "lib", "/opt/lib"])
    assert isolated("a.b")[-3:] == ["a.b", package, "/opt/lib"]


def test_a_module_that_only_this_processs_path_has_is_found(here, monkeypatch):
    (here / "worker.py").write_text("def main(): print('here')\n")
    (here / "json.py").write_text("raise SystemExit('not the one that is installed')\n")
    monkeypatch.syspath_prepend(str(here))
    done = subprocess.run(isolated("worker"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "here\n", "")


def test_an_interpreter_that_is_not_known_is_an_error_of_the_system(monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(FileNotFoundError):
        isolated("a.b")
