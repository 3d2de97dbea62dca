"""`certgate inspect`: what is there, as text, JSON and PEM, judged by nothing."""

import json
import os
import re
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certgate.cli import main as cli
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import chosen

ROOT = issue("Corp Root", ca=True, days=3650)
MIDDLE = issue("Corp Issuing CA", issuer=ROOT, ca=True, days=1800)
LEAF = issue("db.corp.example", issuer=MIDDLE, sans=["db.corp.example", "www.corp.example"], days=90)
GOLDEN = Path(__file__).parent / "golden" / "inspect.txt"
STAPLED = "staple-good"
AT = ["--at", CLOCK.isoformat()]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("chain.pem").write_bytes(pem(LEAF, MIDDLE))
    Path("root.pem").write_bytes(pem(ROOT))


@pytest.fixture
def inspect(capsys):
    """`inspect(*arguments)`: exit code, standard output, standard error."""

    def run(*arguments):
        code = cli.run(["inspect", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_whole_text_of_a_file_at_80_columns(inspect):
    code, out, _ = inspect("chain.pem", "--trust", "root.pem", "--trust", "mozilla", *AT)

    text = re.sub(r"[0-9a-f]{20,}", lambda found: f"({len(found[0])} digits)" if len(found[0]) > 40 else "(hex)", out)
    if os.environ.get("CERTGATE_REGENERATE"):
        GOLDEN.write_text(text)
    assert code == 0
    assert text == GOLDEN.read_text()
    assert max(map(len, out.splitlines())) <= 80


def test_json_has_every_fact(inspect):
    code, out, _ = inspect("chain.pem", "--trust", "root.pem", "--json", *AT)

    (seen,) = json.loads(out)["observations"]
    leaf, middle, anchor = seen["certificates"]
    assert code == 0
    assert leaf["names"] == ["DNS:db.corp.example", "DNS:www.corp.example"]
    assert (leaf["sha256"], leaf["days_left"], leaf["extended_key_usage"]) == (
        sha256(LEAF.der).hexdigest(),
        59,
        ["serverAuth"],
    )
    assert (middle["label"], middle["basic_constraints"]) == ("issuer 1", ["CA"])
    assert [one["sent"] for one in (leaf, middle, anchor)] == [True, True, False]
    assert seen["stores"] == [{"store": "root.pem", "state": "holds", "reason": ""}]


def test_pem_is_what_was_sent_in_its_order_without_the_anchor(inspect):
    assert inspect("chain.pem", "--trust", "root.pem", "--pem") == (0, pem(LEAF, MIDDLE).decode(), "")


def test_each_store_sees_the_chain_in_its_own_way_and_none_changes_the_exit_code(inspect):
    code, out, _ = inspect("chain.pem", "--trust", "root.pem", "--trust", "mozilla", *AT)

    assert code == 0
    assert re.search(r"trust +root\.pem  trusted\n", out)
    assert re.search(r"trust +mozilla  not trusted: trust\.anchor", out)


def test_an_expired_chain_is_shown_too(inspect):
    code, out, _ = inspect("chain.pem", "--at", "2027-01-01")

    assert code == 0
    assert "expired 139 days ago" in out


@pytest.fixture(scope="module")
def lab():
    with Lab(chosen((STAPLED,))) as running:
        yield running


def test_a_host_shows_what_was_negotiated_and_the_staple(inspect, lab):
    (one,) = lab.endpoints
    root = str(next(lab.folder.glob("*-root.pem")))
    code, out, _ = inspect(one.address, "--name", f"{STAPLED}.lab.example", "--trust", root, *AT)

    assert code == 0
    assert out.startswith(f"{one.address}#{STAPLED}.lab.example  {one.address}\n")
    assert "TLSv1.3, TLS_" in out
    assert re.search(r"staple +good, from ", out)
    assert re.search(r"trust +\S+ +trusted\n", out)


def test_a_request_is_shown_too(inspect):
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.example")])
    names = x509.SubjectAlternativeName([x509.DNSName("a.example")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(named).add_extension(names, critical=False)
    Path("a.csr").write_bytes(builder.sign(LEAF.key, SHA256()).public_bytes(Encoding.PEM))
    code, out, _ = inspect("a.csr")

    assert code == 0
    assert out.startswith("a.csr\n\nrequest  ")
    assert "DNS:a.example" in out


def test_a_certificate_that_cannot_be_read_is_named_and_the_others_are_shown(inspect):
    Path("bad.pem").write_bytes(pem(LEAF, b"\x30\x03\x02\x01\x00"))
    code, out, _ = inspect("bad.pem", *AT)

    assert code == 0
    assert "CN=db.corp.example" in out
    assert re.search(r"sent 2\n +subject +\(unreadable\)\n +unreadable +certificate 2: ", out)


def test_nothing_to_see_is_incomplete(inspect):
    code, out, _ = inspect("127.0.0.1:1")
    assert (code, "refused in connect" in out) == (3, True)

    code, out, err = inspect("127.0.0.1:1", "--pem")
    assert (code, out) == (3, "")
    assert "refused" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chain.pem", "--json", "--pem"], "--json and --pem exclude each other"),
        (["chain.pem", "--name", "a.example"], "chain.pem is a file: --name, --starttls and --resolve are for hosts"),
        (["a.example#b.example", "--name", "c.example"], "the server name is set twice: after # and by --name"),
        (["chain.pem", "--trust", "gone.pem"], "gone.pem"),
        (["gopher://a.example"], "gopher"),
        ([], "Missing argument"),
    ],
)
def test_mistakes_are_named(inspect, arguments, message):
    code, _, err = inspect(*arguments)

    assert code == 2
    assert message in err


def test_a_pass_phrase_for_a_host_is_a_mistake(inspect, monkeypatch):
    monkeypatch.setenv("WORD", "secret")
    code, _, complaint = inspect("api.example.com", "--password-env", "WORD")
    assert code == 2
    assert "api.example.com is not a file: the pass phrase options are for encrypted keys in files" in complaint
