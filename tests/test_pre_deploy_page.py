"""The page on what is checked before a deployment shows what works."""

import re
import shlex
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from certgate.checks.framework.catalogue import all_rules
from certgate.cli import main as cli
from certgate.gate import prepare
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.target import Endpoint, Target

PAGE = (Path(__file__).parent.parent / "docs/guides/pre-deploy.md").read_text()
ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("api.example.com", issuer=ROOT, sans=["api.example.com"])


def commands(mark):
    shown = re.search(rf"<!-- tested: {mark} -->\n```console\n(.*?)```", PAGE, re.DOTALL)[1]
    return [line.removeprefix("$ ") for line in shown.splitlines()]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = request.add_extension(x509.SubjectAlternativeName([x509.DNSName("api.example.com")]), critical=True)
    text = "".join(f"    {line}\n" for line in pem(LEAF).decode().splitlines())
    key = "".join(f"    {line}\n" for line in LEAF.key_pem.decode().splitlines())
    secret = "kind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: web, namespace: shop}\nstringData:\n"
    Path("deploy").mkdir()
    for name, content in {
        "root.pem": pem(ROOT),
        "fullchain.pem": pem(LEAF),
        "privkey.pem": LEAF.key_pem,
        "pass.txt": b"open sesame\n",
        "server.p12": pkcs12.serialize_key_and_certificates(
            b"x", LEAF.key, LEAF.native, None, BestAvailableEncryption(b"open sesame")
        ),
        "request.csr": request.sign(LEAF.key, hashes.SHA256()).public_bytes(Encoding.PEM),
        "manifests.yaml": f"{secret}  tls.crt: |\n{text}  tls.key: |\n{key}".encode(),
        "deploy/chain.pem": pem(LEAF),
    }.items():
        Path(name).write_bytes(content)


@pytest.mark.parametrize("command", commands("check"))
def test_the_commands_that_check_are_compliant_as_written(command, monkeypatch):
    words = shlex.split(command)
    if "<" in words:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(Path(words[-1]).read_bytes())))
        words = words[: words.index("<")]

    code = cli.run([*words[1:], "--policy", "internal-pki", "--trust", "root.pem", "--at", CLOCK.isoformat()])

    assert code == 0


@pytest.mark.parametrize("command", commands("scan"))
def test_the_chains_that_scans_expect_are_found_as_written(command):
    words = shlex.split(command)
    assert words[:4] == ["certgate", "scan", "api.example.com", "--expect"]

    target = Target(
        id="x:443", ordinal=0, source=Endpoint("x", 443), policy="internal-pki", trust=("root.pem",), expect=words[4]
    )

    assert [c.der for c in prepare([target]).judges.expected[words[4]]] == [LEAF.der]


def test_every_rule_that_the_page_names_exists():
    named = set(re.findall(r"`((?:key|request|expected|validity)\.[a-z-]+)`", PAGE))

    assert len(named) >= 7
    assert named - {"key.pem"} <= all_rules().keys()


def test_the_page_states_the_limits_that_there_are():
    from certgate.observe.files import unlock
    from certgate.observe.kubernetes import budget, documents, manifest
    from certgate.system import named_files as files

    assert f"{documents.MAX_MANIFEST_BYTES // 1024 // 1024} MiB, {budget.MAX_PARTS:,} keys and values" in PAGE
    assert (
        f"{manifest.MAX_ENTRIES:,} chains, and {budget.MAX_DEPTH} levels; it may take {budget.MAX_SECONDS:.0f} seconds"
        in PAGE
    )
    assert f"{unlock.MAX_SECONDS:.0f} seconds" in PAGE
    assert f"writes to within {files.WRITER_SECONDS:.0f} seconds" in PAGE
    assert f"end within {files.PIPE_SECONDS:.0f} seconds" in PAGE
