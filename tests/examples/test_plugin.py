"""The example of a plugin installs, passes its own tests, and judges by a policy that names it."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from certgate.lab.pki import CLOCK, issue, pem

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An environment that sees this one's packages, with the example installed and nothing downloaded."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False, symlinks=True)
    built = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(built), cwd=PLUGIN)
    (wheel,) = built.glob("*.whl")
    found = folder / "bin" / "python"
    site = run(str(found), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    here = [path for path in sys.path if path and "site-packages" in path] + [str(PLUGIN.parents[1])]
    Path(site, "outer.pth").write_text("\n".join(here))
    run(sys.executable, "-m", "zipfile", "-e", str(wheel), site)
    return str(found)


def run(*command, cwd=None, code=0):
    clean = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "COV_CORE_SOURCE"}}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=clean, timeout=50)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def chain(tmp_path):
    root = issue("Root", ca=True, days=3650)
    (tmp_path / "root.pem").write_bytes(pem(root))
    leaf = issue("a.acme.example", issuer=root, sans=["a.acme.example"], days=90)
    (tmp_path / "a.pem").write_bytes(pem(leaf))
    return tmp_path


def check(python, folder, *options, code):
    arguments = [
        "check",
        "a.pem",
        "--trust",
        "root.pem",
        "--at",
        CLOCK.isoformat(),
        "--report",
        "json=r.json",
        *options,
    ]
    return run(python, "-m", "certgate.cli.main", *arguments, cwd=folder, code=code)


@pytest.mark.slow
def test_its_rule_judges_where_a_policy_names_it(python, chain):
    check(python, chain, "--policy", str(PLUGIN / "policy.yaml"), "--select", "acme.*", code=0)
    report = json.loads((chain / "r.json").read_text())
    assert report["rules"]["acme.ends-on-workday"] == {
        "title": "A server certificate does not expire on one of the `days_off`",
        "citation": "Acme PKI handbook, 4.2",
        "why": "on a day off nobody is there to fix a renewal that failed.",
        "fix": "renew a day earlier or later, so that the certificate expires on a workday.",
    }
    week = "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"
    strict = f"extends: {PLUGIN / 'policy.yaml'}\nrules:\n  - rule: acme.ends-on-workday\n    severity: error\n"
    (chain / "strict.yaml").write_text(f"{strict}    days_off: [{week}]\n")
    assert "expires on a " in check(python, chain, "--policy", "strict.yaml", "--select", "acme.*", code=1)


def test_a_word_that_its_rule_does_not_know_is_a_mistake(python, chain):
    typo = f"extends: {PLUGIN / 'policy.yaml'}\nrules:\n  - rule: acme.ends-on-workday\n    days_off: [Fryday]\n"
    (chain / "typo.yaml").write_text(typo)
    assert 'did you mean "Friday"?' in check(python, chain, "--policy", "typo.yaml", code=2)


@pytest.mark.slow
def test_it_is_not_loaded_unless_it_is_named(python, chain):
    (chain / "unnamed.yaml").write_text("rules:\n  - rule: acme.ends-on-workday\n")
    assert 'there is no rule "acme.ends-on-workday"' in check(python, chain, "--policy", "unnamed.yaml", code=2)
    (chain / "near.yaml").write_text("plugins: [acme_cheks]\nrules: []\n")
    told = check(python, chain, "--policy", "near.yaml", code=2)
    assert 'near.yaml:1:11: no installed package has a plugin "acme_cheks"; did you mean "acme_checks"?' in told


def test_its_own_tests_pass(python):
    assert "5 passed" in run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=PLUGIN)
