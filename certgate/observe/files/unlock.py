"""Opens encrypted keys and containers in a separate process, because key derivation may take long.

Key derivation runs as many rounds as the (foreign) container says, and cannot be stopped from within.
"""

import json
import subprocess
from base64 import b64decode, b64encode
from typing import Any

from certgate.model.observation import FailureKind
from certgate.observe.files.contents import PrivateKeyNote, UnusableInput
from certgate.system.child import isolated

__all__ = ["MAX_SECONDS", "private_key_in", "unlock_key", "unlock_pkcs12"]

MAX_SECONDS = 20.0
_LIMIT = f"takes longer than {MAX_SECONDS:.0f} seconds to open, the limit; write it again with fewer rounds"


def unlock_key(text: bytes, password: bytes) -> PrivateKeyNote:
    """The note on an encrypted private key (PEM). Never raises."""
    try:
        answer = _ask("key", text, password)
    except subprocess.TimeoutExpired:
        return PrivateKeyNote(problem=f"the private key {_LIMIT}")
    return PrivateKeyNote(answer["public_key"], answer["problem"])


def unlock_pkcs12(data: bytes, password: bytes | None) -> tuple[tuple[bytes, ...], bytes | None]:
    """The certificates of a PKCS#12 container, the key's certificate first if there is a key, and its public half.

    Raises UnusableInput.
    """
    try:
        answer = _ask("pkcs12", data, password)
    except subprocess.TimeoutExpired:
        raise UnusableInput(FailureKind.LIMIT, f"the PKCS#12 container {_LIMIT}") from None
    if answer["problem"]:
        kind = FailureKind.LOCKED if answer["locked"] else FailureKind.UNREADABLE
        raise UnusableInput(kind, answer["problem"])
    return tuple(answer["certificates"]), answer["public_key"]


def private_key_in(data: bytes, password: bytes | None, *, is_container: bool = False) -> bytes:
    """The private key (PKCS#8, DER) in PEM or in a PKCS#12 container that was opened before. Raises UnusableInput."""
    try:
        answer = _ask("private key of PKCS#12" if is_container else "private key", data, password)
    except subprocess.TimeoutExpired:
        raise UnusableInput(FailureKind.LIMIT, f"the private key {_LIMIT}") from None
    if "private_key" not in answer:
        raise UnusableInput(FailureKind.UNREADABLE, answer["problem"])
    return b64decode(answer["private_key"])


def _ask(kind: str, data: bytes, password: bytes | None) -> dict[str, Any]:
    """The answer of the child process, which gets the pass phrase by a pipe. Raises subprocess.TimeoutExpired."""
    request = {"kind": kind, "data": _text(data), "password": None if password is None else _text(password)}
    try:
        child = subprocess.run(
            isolated("certgate.observe.files.unlock_worker"),
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            check=False,
        )
    except OSError as error:
        return _unopened(f"it cannot be opened because no process can be started: {error.strerror}")
    if child.returncode:
        return _unopened("the container or key cannot be opened")
    answer: dict[str, Any] = json.loads(child.stdout)
    answer["certificates"] = [b64decode(text) for text in answer.get("certificates", ())]
    answer["public_key"] = b64decode(answer["public_key"]) if answer.get("public_key") else None
    return answer


def _unopened(problem: str) -> dict[str, Any]:
    return {"certificates": [], "public_key": None, "problem": problem, "locked": False}


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
