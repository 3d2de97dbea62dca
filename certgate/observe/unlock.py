"""What a pass phrase opens, opened in a process of its own: the container decides how long that takes.

Key derivation runs as many rounds as the (foreign) container says, and cannot be stopped from within.
"""

import json
import subprocess
import sys
import warnings
from base64 import b64decode, b64encode
from typing import Any

from certgate.model.observation import FailureKind
from certgate.observe.contents import PrivateKeyNote, Unusable

__all__ = ["MAX_SECONDS", "unlock_key", "unlock_pkcs12"]

MAX_SECONDS = 20.0
_LIMIT = f"takes longer than {MAX_SECONDS:.0f} seconds to open, the limit: write it again with fewer rounds"


def unlock_key(text: bytes, password: bytes) -> PrivateKeyNote:
    """What is kept of an encrypted private key (PEM). Never raises."""
    try:
        answer = _ask("key", text, password)
    except subprocess.TimeoutExpired:
        return PrivateKeyNote(problem=f"the private key {_LIMIT}")
    return PrivateKeyNote(answer["public_key"], answer["problem"])


def unlock_pkcs12(data: bytes, password: bytes | None) -> tuple[tuple[bytes, ...], bytes | None]:
    """The certificates of a PKCS#12 container, its key's own first if there is one, and the key's public half.

    Raises Unusable.
    """
    try:
        answer = _ask("pkcs12", data, password)
    except subprocess.TimeoutExpired:
        raise Unusable(FailureKind.LIMIT, f"the PKCS#12 container {_LIMIT}") from None
    if answer["problem"]:
        raise Unusable(FailureKind.UNREADABLE, answer["problem"])
    return tuple(answer["certificates"]), answer["public_key"]


def _ask(kind: str, data: bytes, password: bytes | None) -> dict[str, Any]:
    """The child's answer; it gets the pass phrase through a pipe. Raises subprocess.TimeoutExpired."""
    question = {"kind": kind, "data": _text(data), "password": None if password is None else _text(password)}
    child = subprocess.run(
        [sys.executable, "-P", "-m", __name__],
        input=json.dumps(question).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=MAX_SECONDS,
        check=False,
    )
    if child.returncode:
        return {"certificates": [], "public_key": None, "problem": "the container or key cannot be opened"}
    answer: dict[str, Any] = json.loads(child.stdout)
    answer["certificates"] = [b64decode(text) for text in answer["certificates"]]
    answer["public_key"] = b64decode(answer["public_key"]) if answer["public_key"] else None
    return answer


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


# --- in the child ---


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    data = b64decode(question["data"])
    password = None if question["password"] is None else b64decode(question["password"])
    if question["kind"] == "key":
        from certgate.observe.private_key import noted

        note = noted(data, password)
        return {"certificates": [], "public_key": note.public_key and _text(note.public_key), "problem": note.problem}
    return _open_pkcs12(data, password)


def _open_pkcs12(data: bytes, password: bytes | None) -> dict[str, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

    from certgate.observe.private_key import HOW_TO_UNLOCK

    found = None
    for attempt in (None, b"") if password is None else (password,):
        try:
            found = pkcs12.load_pkcs12(data, attempt)
            break
        except Exception:  # noqa: S112 (which of its reasons it was, the library does not tell)
            continue
    if found is None:
        problem = f"the PKCS#12 container is encrypted, or damaged: {HOW_TO_UNLOCK}"
        if password is not None:
            problem = (
                "the pass phrase does not open the PKCS#12 container, or it is damaged, or uses algorithms that are "
                "no longer read (write it again: openssl pkcs12 -legacy -in FILE -nodes | openssl pkcs12 -export)"
            )
        return {"certificates": [], "public_key": None, "problem": problem}
    certificates = [c.certificate for c in [found.cert, *found.additional_certs] if c is not None]
    public = found.key and found.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "certificates": [_text(c.public_bytes(Encoding.DER)) for c in certificates],
        "public_key": public and _text(public),
        "problem": "",
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.stdout.write(json.dumps(_answer(json.load(sys.stdin))))
