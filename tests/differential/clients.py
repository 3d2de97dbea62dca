"""What OpenSSL and Go make of a chain: `ok`, or why not."""

import json
import re
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from certgate.lab.pki import CLOCK, pem
from tests.differential.cases import Case

HERE = Path(__file__).parent


def openssl(case: Case) -> str:
    """What `openssl verify` says, with the anchors alone, as certgate takes them."""
    with TemporaryDirectory() as folder:
        files = {"leaf": case.sent[:1], "others": case.sent[1:], "anchors": case.anchors}
        for name, ders in files.items():
            (Path(folder) / name).write_bytes(pem(*ders))
        words = ["openssl", "verify", "-no-CApath", "-no-CAstore", "-partial_chain", "-CAfile", "anchors"]
        words += ["-attime", str(int(CLOCK.timestamp()))]
        words += ["-untrusted", "others"] if case.sent[1:] else []
        words += ["-purpose", f"ssl{case.purpose}"] if case.purpose != "any" else []
        done = subprocess.run([*words, "leaf"], cwd=folder, capture_output=True, text=True, check=False)
    said = re.findall(r"error \d+ at .*|[Uu]nable to load .*", done.stderr + done.stdout)
    return "ok" if done.returncode == 0 else "; ".join(said) or "refused"


def build_go(folder: Path) -> Path:
    """The verifier beside this file, built."""
    subprocess.run(["go", "build", "-o", folder / "verify", HERE / "verify.go"], check=True, capture_output=True)
    return folder / "verify"


def go(verifier: Path, cases: Sequence[Case]) -> list[str]:
    """What crypto/x509 says of each case."""
    lines = "".join(json.dumps(_question(case)) + "\n" for case in cases)
    done = subprocess.run([verifier], input=lines, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _question(case: Case) -> dict[str, object]:
    leaf, *others = (b64encode(der).decode() for der in case.sent)
    anchors = [b64encode(der).decode() for der in case.anchors]
    return {"Leaf": leaf, "Others": others, "Roots": anchors, "Now": CLOCK.isoformat(), "Purpose": case.purpose}
