"""Runs load only what they need: the HTTP library takes a tenth of a second, histories half of that."""

import json
import subprocess
import sys

from cryptography import x509

from certgate.lab.pki import issue, pem

POINT = x509.DistributionPoint([x509.UniformResourceIdentifier("http://127.0.0.1/1.crl")], None, None, None)
NEAR = {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([POINT]), False)}
"""A CRL at an address that is refused, so that nothing leaves the machine."""
SCRIPT = """
import json, sys
from certgate.cli.main import run
for arguments in json.loads(sys.argv[1]):
    before = set(sys.modules)
    code = run(arguments)
    new = {"requests", "urllib3", "charset_normalizer", "certgate.gate.history.folder"} & (set(sys.modules) - before)
    sys.stderr.write(f"\\nloaded: {code} {sorted(new)}\\n")
"""
CHECK = ["check", "leaf.pem", "--policy", "p.yaml", "--trust", "root.pem", "--quiet"]
LOADED = [
    (["--version"], "0 []"),
    (["rules"], "0 []"),
    (["scan", "127.0.0.1:1", "--policy", "p.yaml", "--quiet"], "3 []"),
    (CHECK, "0 []"),
    ([*CHECK, "--history", "runs"], "0 ['certgate.gate.history.folder']"),
    ([*CHECK, "--revocation", "soft"], "0 ['charset_normalizer', 'requests', 'urllib3']"),
]
"""One after the other in one process: what each is the first to load."""


def test_only_a_run_that_uses_it_loads_it(tmp_path):
    root = issue("Root", ca=True, days=36500)
    (tmp_path / "root.pem").write_bytes(pem(root))
    (tmp_path / "leaf.pem").write_bytes(pem(issue("a.example", issuer=root, days=36500, extensions=NEAR)))
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}]")

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps([arguments for arguments, _ in LOADED])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert [line.removeprefix("loaded: ") for line in lines if line.startswith("loaded: ")] == [
        new for _, new in LOADED
    ]
