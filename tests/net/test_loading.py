"""Runs load only what they need: the HTTP library takes a tenth of a second, histories half of that."""

import subprocess
import sys

import pytest
from cryptography import x509

from certgate.lab.pki import issue, pem

POINT = x509.DistributionPoint([x509.UniformResourceIdentifier("http://127.0.0.1/1.crl")], None, None, None)
NEAR = {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([POINT]), False)}
"""A CRL at an address that is refused, so that nothing leaves the machine."""
SCRIPT = """
import sys
from certgate.cli.main import run
code = run(sys.argv[1:])
loaded = sorted({"requests", "urllib3", "charset_normalizer", "certgate.gate.history.folder"} & set(sys.modules))
sys.stderr.write(f"{code} {loaded}")
"""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--version"], "0 []"),
        (["rules"], "0 []"),
        (["scan", "127.0.0.1:1", "--policy", "p.yaml", "--quiet"], "3 []"),
        (["check", "leaf.pem", "--policy", "p.yaml", "--trust", "root.pem", "--quiet"], "0 []"),
        (
            ["check", "leaf.pem", "--policy", "p.yaml", "--trust", "root.pem", "--quiet", "--revocation", "soft"],
            "0 ['charset_normalizer', 'requests', 'urllib3']",
        ),
        (
            ["check", "leaf.pem", "--policy", "p.yaml", "--trust", "root.pem", "--quiet", "--history", "runs"],
            "0 ['certgate.gate.history.folder']",
        ),
    ],
)
def test_only_a_run_that_uses_it_loads_it(tmp_path, arguments, told):
    root = issue("Root", ca=True, days=36500)
    (tmp_path / "root.pem").write_bytes(pem(root))
    (tmp_path / "leaf.pem").write_bytes(pem(issue("a.example", issuer=root, days=36500, extensions=NEAR)))
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}]")

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr.splitlines()[-1].endswith(told)
