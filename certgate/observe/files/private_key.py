"""Private keys beside certificates, of which only the public half is kept unless a client uses the key."""

from collections.abc import Iterable

from certgate.observe.files.contents import PrivateKeyNote
from certgate.observe.files.key_material import HOW_TO_UNLOCK, load_key, noted, unlocked
from certgate.observe.files.pem import Block
from certgate.observe.files.unlock import private_key_in, unlock_key

__all__ = ["MAX_KEY_BYTES", "key_among", "private_key_among"]

MAX_KEY_BYTES = 32 * 1024
"""Largest encoded private key; RSA 16384 takes 13 kB as PEM."""


def key_among(blocks: Iterable[Block], password: bytes | None) -> PrivateKeyNote | None:
    """The note on the only private key among PEM blocks, None if there is none. Never raises."""
    keys = [block for block in blocks if block.label.endswith("PRIVATE KEY")]
    if len(keys) > 1:
        return PrivateKeyNote(problem=f"there are {len(keys)} private keys; keep the one of the certificate")
    return _note(keys[0], password) if keys else None


def private_key_among(blocks: Iterable[Block], password: bytes | None) -> bytes:
    """The only private key, which `key_among` could read, as unencrypted PKCS#8 (DER). Raises UnusableInput."""
    block = next(block for block in blocks if block.label.endswith("PRIVATE KEY"))
    return private_key_in(_text(block), password) if _is_encrypted(block) else unlocked(load_key(_text(block), None))


def _note(block: Block, password: bytes | None) -> PrivateKeyNote:
    text = _text(block)
    if len(text) > MAX_KEY_BYTES:
        return PrivateKeyNote(problem=f"the private key is larger than {MAX_KEY_BYTES} bytes")
    if not _is_encrypted(block):
        return noted(text, None)
    if password is None:
        return PrivateKeyNote(problem=f"the private key is encrypted: {HOW_TO_UNLOCK}")
    return unlock_key(text, password)


def _is_encrypted(block: Block) -> bool:
    return block.label == "ENCRYPTED PRIVATE KEY" or any(b"ENCRYPTED" in line for line in block.body[:2])


def _text(block: Block) -> bytes:
    return b"\n".join([f"-----BEGIN {block.label}-----".encode(), *block.body, f"-----END {block.label}-----".encode()])
