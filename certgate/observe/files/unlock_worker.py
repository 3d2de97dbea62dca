"""The process that opens a private key or a PKCS#12 container: one question and one answer as JSON."""

import json
import sys
import warnings
from base64 import b64decode, b64encode
from typing import Any

from certgate.observe.files.key_material import HOW_TO_UNLOCK, load_key, noted, unlocked

__all__ = ["main"]


def main() -> None:
    """Answer the request on standard input."""
    warnings.simplefilter("ignore")
    sys.stdout.write(json.dumps(_answer(json.load(sys.stdin))))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    data = b64decode(request["data"])
    password = None if request["password"] is None else b64decode(request["password"])
    if request["kind"] == "key":
        note = noted(data, password)
        return {"certificates": [], "public_key": note.public_key and _text(note.public_key), "problem": note.problem}
    if request["kind"] == "private key":
        return {"private_key": _text(unlocked(load_key(data, password)))}
    if request["kind"] == "private key of PKCS#12":
        return {"private_key": _text(unlocked(_loaded_pkcs12(data, password).key))}
    return _open_pkcs12(data, password)


def _open_pkcs12(data: bytes, password: bytes | None) -> dict[str, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    found = _loaded_pkcs12(data, password)
    if found is None:
        problem = f"the PKCS#12 container is encrypted, or damaged: {HOW_TO_UNLOCK}"
        if password is not None:
            problem = (
                "the pass phrase does not open the PKCS#12 container, or it is damaged, or uses algorithms that are "
                "no longer read (write it again: openssl pkcs12 -legacy -in FILE -nodes | openssl pkcs12 -export)"
            )
        return {"certificates": [], "public_key": None, "problem": problem, "locked": True}
    certificates = [c.certificate for c in [found.cert, *found.additional_certs] if c is not None]
    public = found.key and found.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "certificates": [_text(c.public_bytes(Encoding.DER)) for c in certificates],
        "public_key": public and _text(public),
        "problem": "",
    }


def _loaded_pkcs12(data: bytes, password: bytes | None) -> Any:
    from cryptography.hazmat.primitives.serialization import pkcs12

    for attempt in (None, b"") if password is None else (password,):
        try:
            return pkcs12.load_pkcs12(data, attempt)
        except Exception:  # noqa: S112 (the library does not tell the reason)
            continue
    return None


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
