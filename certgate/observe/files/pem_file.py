"""A chain or a request in PEM, with a private key beside it or not."""

from dataclasses import replace

from certgate.model.observation import FailureKind
from certgate.observe.files.contents import MAX_CERTIFICATES, Contents, UnusableInput
from certgate.observe.files.pem import CERTIFICATES, CONTAINERS, REQUESTS, BadPem, Block, only, read_blocks
from certgate.observe.files.pkcs import read_pkcs7
from certgate.observe.files.private_key import key_among

__all__ = ["read_pem"]


def read_pem(data: bytes, password: bytes | None) -> Contents:
    """The certificates in file order; without one, the only request, or else the only PKCS#7 container.

    Raises UnusableInput, BadPem.
    """
    blocks = list(read_blocks(data))
    chain = _chain([block for block in blocks if block.label == "CERTIFICATE"])
    for block in blocks:
        _refuse_ambiguous(block)
    contents = chain or _only([block for block in blocks if block.label in (*REQUESTS, *CONTAINERS)])
    if contents is None:
        raise UnusableInput(FailureKind.NO_CERTIFICATE, f"the input holds {only(blocks)}, no certificate")
    return replace(contents, key=key_among(blocks, password) or contents.key)


def _chain(blocks: list[Block]) -> Contents | None:
    if len(blocks) > MAX_CERTIFICATES:
        detail = f"the input holds more than {MAX_CERTIFICATES} certificates, the limit for one chain"
        raise UnusableInput(FailureKind.LIMIT, detail)
    if not blocks:
        return None
    return Contents(certificates=tuple(block.whole() for block in blocks), lines=tuple(block.line for block in blocks))


def _only(blocks: list[Block]) -> Contents | None:
    if not blocks:
        return None
    if len(blocks) > 1:
        detail = f"the input holds {len(blocks)} requests or PKCS#7 containers: write each to its own file"
        raise UnusableInput(FailureKind.UNREADABLE, detail)
    block = blocks[0]
    return (
        read_pkcs7(block.whole()) if block.label in CONTAINERS else Contents(request=block.whole(), lines=(block.line,))
    )


def _refuse_ambiguous(block: Block) -> None:
    if block.label in CERTIFICATES[1:]:
        raise BadPem(
            f"line {block.line}: some servers read {block.label} blocks and others skip them; "
            "write it as CERTIFICATE (openssl x509 -in FILE)"
        )
