"""Certificates, and manifests that hold them."""

import json
from base64 import b64encode

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.lab.pki import issue, pem
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.manifest import read_manifest

ROOT = issue("Root", ca=True)
OTHER_ROOT = issue("Other Root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
SPKI = LEAF.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def b64(data):
    return b64encode(data).decode()


def block(data, indent=4):
    return "|\n" + "".join(f"{' ' * indent}{line}\n" for line in data.decode().splitlines())


def read(text, **options):
    return read_manifest(text.encode() if isinstance(text, str) else text, **options)


def tls_secret(crt, key, name="web", **more):
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": name, "namespace": "shop"},
        "data": {"tls.crt": crt, "tls.key": key} | more,
    }


def secret(data, kind="Opaque", name="web", **more):
    """An Opaque Secret whose values are bytes, encoded, or text as it stands."""
    encoded = {key: b64(value) if isinstance(value, bytes) else value for key, value in data.items()}
    return tls_secret("", "", name) | {"type": kind, "data": encoded} | more


def tell(manifest, **options):
    """By id: what each entry is, in short, or why it cannot be judged."""
    found = read(manifest if isinstance(manifest, str | bytes) else json.dumps(manifest, indent=1), **options)
    assert len({entry.id for entry in found}) == len(found)
    return {entry.id: _short(entry) for entry in found}


def _short(entry):
    contents = entry.contents
    if isinstance(contents, UnusableInput):
        return str(contents)
    if contents.request:
        return f"{entry.role} request"
    key = {None: "", LEAF_SPKI: ", its key"}.get(contents.key.public_key, ", another key")
    return f"{entry.role} chain of {len(contents.certificates)}{key}{contents.key.problem and ', bad key'}"


LEAF_SPKI = SPKI
LEAF_PEM, CA_PEM, ROOT_PEM = pem(LEAF), pem(CA), pem(ROOT)
