"""Chains in files, and what is said of files that hold none."""

import io
import os
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.lab.pki import issue, pem
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.published import Published
from certgate.model.target import FileSource, Role, Target
from certgate.observe.files.chain_file import MAX_CERTIFICATES, observe_file, read_contents
from certgate.observe.files.contents import UnusableInput

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def observe(tmp_path):
    """`observe(bytes)` is the observation of a file with these contents."""

    def run(contents, **options):
        path = tmp_path / "chain.pem"
        path.write_bytes(contents)
        return observe_file(Target(id="chain.pem", ordinal=0, source=FileSource(str(path))), now=lambda: NOW, **options)

    return run


def failed(kind, detail):
    return Observation(observed_at=NOW, failure=Failure(kind, Phase.READ, detail))


def test_a_bundle_is_a_chain_in_file_order_with_the_line_of_each_block(observe, pki):
    leaf, middle, root = pki

    observation = observe(pem(leaf, middle, root))

    length = pem(leaf).count(b"\n"), pem(middle).count(b"\n")
    assert observation == Observation(
        observed_at=NOW,
        presented=(leaf.der, middle.der, root.der),
        lines=(1, 1 + length[0], 1 + sum(length)),
    )


def test_keys_and_text_around_the_blocks_do_no_harm(observe, pki):
    leaf, middle, _ = pki
    text = b"subject=CN = x\n# -----BEGIN CERTIFICATE-----\n----- my chain -----\n"

    observation = observe(text + leaf.key_pem + pem(leaf) + b"\n\nissuer:\n" + pem(middle) + b"trailing words")

    assert observation.failure is None
    assert observation.presented == (leaf.der, middle.der)
    assert observation.lines[0] == 4 + leaf.key_pem.count(b"\n")


def test_windows_line_ends_and_a_missing_last_one_are_read(observe, pki):
    leaf, middle, _ = pki

    observation = observe(pem(leaf, middle).replace(b"\n", b"\r\n").strip())

    assert (observation.presented, observation.failure) == ((leaf.der, middle.der), None)


def test_der_is_one_certificate(observe, pki):
    leaf, *_ = pki

    assert observe(leaf.der) == Observation(observed_at=NOW, presented=(leaf.der,))


def test_a_dash_is_standard_input(pki):
    leaf, *_ = pki
    target = Target(id="standard input", ordinal=0, source=FileSource("-"))

    observation = observe_file(target, stdin=io.BytesIO(pem(leaf)), now=lambda: NOW)

    assert observation == Observation(observed_at=NOW, presented=(leaf.der,), lines=(1,))


@pytest.mark.parametrize("contents", [b"", b" \n\n"])
def test_an_empty_file_holds_no_certificate(observe, contents):
    assert observe(contents) == failed(FailureKind.NO_CERTIFICATE, "the input is empty")


def test_a_file_with_only_a_key_says_so_and_never_shows_it(observe, pki):
    leaf, *_ = pki

    observation = observe(leaf.key_pem)

    assert observation == failed(FailureKind.NO_CERTIFICATE, "the input holds only a PRIVATE KEY block, no certificate")


def test_a_der_key_says_so_too(observe, pki):
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    leaf, *_ = pki
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        observation = observe(leaf.key.private_bytes(Encoding.DER, form, NoEncryption()))

        detail = "the input holds only a private key, no certificate"
        assert observation == failed(FailureKind.NO_CERTIFICATE, detail)


def test_text_without_a_block_holds_no_certificate(observe):
    detail = "the input holds neither a PEM block nor DER"
    assert observe(b"hello\n") == failed(FailureKind.NO_CERTIFICATE, detail)


def test_a_damaged_block_makes_the_whole_file_unreadable_and_is_named_with_its_line(observe, pki):
    leaf, middle, _ = pki

    observation = observe(pem(leaf) + pem(middle).replace(b"\n", b"\n%", 1))

    line = 1 + pem(leaf).count(b"\n")
    detail = f"line {line}: the CERTIFICATE block is damaged: line {line + 1} is not base64; write the file again"
    assert observation == failed(FailureKind.UNREADABLE, detail)


def test_an_ocsp_response_is_no_certificate(observe):
    answer = b"\x30\x03\x0a\x01\x03"

    assert observe(answer).published == Published(Role.OCSP, answer)
    with pytest.raises(UnusableInput, match="the input holds only an OCSP response, no certificate"):
        read_contents(answer, None)


def test_a_truncated_key_makes_the_file_unreadable_too(observe, pki):
    leaf, *_ = pki

    observation = observe(pem(leaf) + b"".join(leaf.key_pem.splitlines(keepends=True)[:-1]))

    assert observation.failure.kind is FailureKind.UNREADABLE
    assert "the PRIVATE KEY block is truncated" in observation.failure.detail


def test_truncated_der_and_der_with_something_behind_it_are_unreadable(observe, pki):
    leaf, middle, _ = pki
    size = len(leaf.der)

    assert observe(leaf.der[:-1]) == failed(
        FailureKind.UNREADABLE, f"the input is truncated: {size} bytes of DER are announced, {size - 1} are there"
    )
    assert observe(leaf.der + middle.der) == failed(
        FailureKind.UNREADABLE,
        f"{len(middle.der)} bytes follow the certificate: a DER file holds one certificate; use PEM for a chain",
    )


@pytest.mark.parametrize("label", [b"TRUSTED CERTIFICATE", b"X509 CERTIFICATE"])
def test_labels_that_only_some_servers_read_are_refused(observe, pki, label):
    observation = observe(pem(pki[0]).replace(b"CERTIFICATE", label))

    detail = f"line 1: some servers read {label.decode()} blocks and others skip them; "
    assert observation == failed(FailureKind.UNREADABLE, detail + "write it as CERTIFICATE (openssl x509 -in FILE)")


@pytest.mark.parametrize("magic", [b"\xfe\xed\xfe\xed\x00\x00\x00\x02", b"\xce\xce\xce\xce\x00\x00\x00\x02"])
def test_a_java_key_store_is_named_with_the_command_that_converts_it(observe, magic):
    assert observe(magic) == failed(
        FailureKind.UNSUPPORTED,
        "the input is a Java key store, which certgate does not read: convert it to PKCS#12 (keytool -importkeystore "
        "-srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12)",
    )


def test_utf_16_is_named(observe, pki):
    contents = pem(pki[0]).decode().encode("utf-16")

    assert observe(contents) == failed(FailureKind.UNSUPPORTED, "the input is UTF-16 text: save it as ASCII")


def test_a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not(observe, pki):
    contents = pem(pki[0])

    assert observe(contents, max_bytes=len(contents)).failure is None
    assert observe(contents + b"\n", max_bytes=len(contents)) == failed(
        FailureKind.LIMIT, f"the input is larger than {len(contents)} bytes, the limit"
    )


def test_a_huge_file_is_not_read_whole():
    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def read(self, size=-1):
            assert 0 < size <= 11 * 1024 * 1024
            return b"x" * size

    observation = observe_file(Target(id="-", ordinal=0, source=FileSource("-")), stdin=Endless())

    assert observation.failure.kind is FailureKind.LIMIT


def test_as_many_certificates_as_the_limit_are_a_chain_and_one_more_is_not(observe, pki):
    block = pem(pki[0])

    assert len(observe(block * MAX_CERTIFICATES).presented) == MAX_CERTIFICATES
    assert observe(block * (MAX_CERTIFICATES + 1)) == failed(
        FailureKind.LIMIT, f"the input holds more than {MAX_CERTIFICATES} certificates, the limit for one chain"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.pem", "cannot be read: No such file or directory"),
        (".", "is a folder, not a file"),
        ("a\0b", "cannot be read: its name holds a null byte"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, name, reason):
    path = os.path.join(tmp_path, name)  # noqa: PTH118 (keeps the path as it was written)
    observation = observe_file(Target(id=name, ordinal=0, source=FileSource(path)), now=lambda: NOW)

    kind = FailureKind.NOT_FOUND if "No such file" in reason else FailureKind.UNREADABLE
    failure = Failure(kind, Phase.READ, f"the input {reason}")
    assert observation == Observation(observed_at=NOW, failure=failure)


def test_a_closed_standard_input_is_told(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)

    observation = observe_file(Target(id="standard input", ordinal=0, source=FileSource("-")), now=lambda: NOW)

    assert observation.failure == Failure(FailureKind.UNREADABLE, Phase.READ, "the standard input is closed")


def test_a_key_in_a_file_of_its_own_that_cannot_be_read_is_named_as_the_key(tmp_path, pki):
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(pem(pki[0]))
    target = Target(id="chain.pem", ordinal=0, source=FileSource(str(chain), str(key)))

    assert observe_file(target).failure.detail == "the key file cannot be read: No such file or directory"
    key.write_bytes(b"x" * 40_000)
    assert observe_file(target).failure.detail == "the key file is larger than 32 KiB, the limit"
    key.write_bytes(b"")
    assert observe_file(target).failure.detail == "the key file is empty"


def test_a_certificate_that_cannot_be_parsed_stays_a_part_of_the_chain(observe, pki):
    leaf, *_ = pki
    nonsense = b"\x30\x03\x02\x01\x01"

    assert observe(pem(leaf, nonsense)).presented == (leaf.der, nonsense)


def test_a_certificate_of_version_1_is_no_key(observe):
    old = issue("Old", version=1)

    assert observe(old.der).presented == (old.der,)
