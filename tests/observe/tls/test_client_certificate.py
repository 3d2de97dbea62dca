"""A client certificate is read whole, with its key, before anything is observed; its key is never shown."""

import os
import threading

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from certgate.lab.pki import issue, make_key, pem
from certgate.model.errors import UsageError
from certgate.observe.tls.client_certificate import load_client_certificate

CA = issue("CA", ca=True)
CLIENT = issue("robot", issuer=CA, ekus=["1.3.6.1.5.5.7.3.2"])
PLAIN, LOCKED = NoEncryption(), BestAvailableEncryption(b"secret")


@pytest.fixture
def file(tmp_path):
    """`file(data)` is the path of a file with it."""
    written = []

    def write(data):
        path = tmp_path / f"file{len(written)}"
        path.write_bytes(data)
        written.append(path)
        return str(path)

    return write


def key_of(credential, encoding=Encoding.PEM, form=PrivateFormat.PKCS8, encryption=PLAIN):
    return credential.key.private_bytes(encoding, form, encryption)


def load(cert, key="", password=None):
    return load_client_certificate(cert, key, password)


def refusal(*arguments):
    with pytest.raises(UsageError) as refused:
        load(*arguments)
    return str(refused.value)


def test_one_file_may_hold_chain_and_key(file):
    loaded = load(file(pem(CLIENT, CA) + key_of(CLIENT)))

    assert loaded.chain == (CLIENT.der, CA.der)
    assert loaded.key == key_of(CLIENT, Encoding.DER)


@pytest.mark.parametrize(
    "key",
    [
        key_of(CLIENT),
        key_of(CLIENT, Encoding.DER),
        key_of(CLIENT, form=PrivateFormat.TraditionalOpenSSL),
        key_of(CLIENT, encryption=LOCKED),
        key_of(CLIENT, form=PrivateFormat.TraditionalOpenSSL, encryption=LOCKED),
    ],
    ids=["PKCS#8", "DER", "SEC1", "encrypted PKCS#8", "encrypted SEC1"],
)
def test_the_key_may_have_a_file_of_its_own_in_any_form(file, key):
    loaded = load(file(pem(CLIENT)), file(key), b"secret")

    assert loaded.chain == (CLIENT.der,)
    assert loaded.key == key_of(CLIENT, Encoding.DER)


@pytest.mark.parametrize("encryption", [PLAIN, LOCKED], ids=["plain", "encrypted"])
def test_a_pkcs12_container_holds_all_of_it(file, encryption):
    container = pkcs12.serialize_key_and_certificates(b"x", CLIENT.key, CLIENT.native, [CA.native], encryption)
    loaded = load(file(container), "", None if encryption is PLAIN else b"secret")

    assert loaded.chain == (CLIENT.der, CA.der)
    assert loaded.key == key_of(CLIENT, Encoding.DER)


@pytest.mark.parametrize("kind", ["RSA-1024", "RSA-2048", "Ed25519", "P-521"])
def test_every_kind_of_key_that_tls_knows_is_taken(file, kind):
    client = issue("robot", issuer=CA, key=make_key(kind))

    assert load(file(pem(client) + client.key_pem)).chain == (client.der,)


def test_the_key_is_not_shown(file):
    loaded = load(file(pem(CLIENT) + key_of(CLIENT)))

    assert "key=" not in repr(loaded)


def test_a_pipe_serves_as_a_file(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(pem(CLIENT) + key_of(CLIENT),))
    writer.start()

    assert load(str(path)).chain == (CLIENT.der,)
    writer.join()


def test_what_cannot_be_used_is_refused_with_the_reason(file):
    other = issue("other", issuer=CA)
    chain, own_key = file(pem(CLIENT)), file(key_of(CLIENT))
    request = b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n"

    assert refusal(chain) == f"the client certificate {chain}: it holds no private key; name the file that does"
    assert refusal("gone.pem").startswith("the client certificate gone.pem: the file ")
    assert refusal(chain, "gone.key").startswith(f"the client certificate {chain} with the key gone.key: the key file ")
    wrong = file(key_of(other))
    assert refusal(chain, wrong).endswith(
        f"{wrong}: the private key does not belong to the certificate, which must come first in its file"
    )
    assert refusal(file(pem(CA, CLIENT)), own_key).endswith("which must come first in its file")
    assert refusal(file(request + key_of(CLIENT))).endswith(": it holds a request, not a certificate")
    assert refusal(own_key).endswith(": the input holds only a PRIVATE KEY block, no certificate")
    assert refusal(file(pem(CLIENT) + key_of(CLIENT) + key_of(other))).endswith(
        ": there are 2 private keys; keep the one of the certificate"
    )
    assert refusal(chain, chain).endswith(": the key file holds no private key")
    assert refusal(file(pkcs7.serialize_certificates([CLIENT.native], Encoding.DER))).endswith(
        "name the file that does"
    )
    assert refusal(file(b"")).endswith(": the file is empty")


def test_an_encrypted_key_needs_the_right_pass_phrase(file):
    chain, key = file(pem(CLIENT)), file(key_of(CLIENT, encryption=LOCKED))
    container = file(pkcs12.serialize_key_and_certificates(b"x", CLIENT.key, CLIENT.native, None, LOCKED))

    assert refusal(chain, key).endswith(
        "the private key is encrypted: give its pass phrase with --password-file, --password-fd or --password-env"
    )
    for told in (refusal(chain, key, b"wrong-phrase"), refusal(container, "", b"wrong-phrase")):
        assert "the pass phrase does not open the" in told
        assert "wrong-phrase" not in told


def test_a_key_that_no_handshake_can_use_is_refused(file):
    from cryptography.hazmat.primitives.asymmetric import x25519

    key = x25519.X25519PrivateKey.generate()
    spki = key.public_key().public_bytes_raw()
    client = issue("robot", issuer=CA, spki=bytes.fromhex("302a300506032b656e032100") + spki, signing_key=CA.key)
    key_file = file(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PLAIN))

    assert refusal(file(pem(client)), key_file).endswith(": the TLS library cannot use this certificate or its key")
