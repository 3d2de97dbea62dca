"""A chain or a request in PEM, with a private key beside it or not."""

from dataclasses import replace

from certgate.model.observation import FailureKind
from certgate.observe.contents import MAX_CERTIFICATES, Contents, Unusable
from certgate.observe.der_file import is_cut_short
from certgate.observe.pem import BadPem, Block, read_blocks
from certgate.observe.pkcs import read_pkcs7
from certgate.observe.private_key import key_among

__all__ = ["read_pem"]

_REQUESTS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
_PKCS7 = ("PKCS7", "PKCS #7 SIGNED DATA", "CMS")


def read_pem(data: bytes, password: bytes | None) -> Contents:
    """The certificates in file order; without one, the only request, or else the only PKCS#7 container.

    Raises Unusable, BadPem.
    """
    blocks = list(read_blocks(data))
    chain = _chain([block for block in blocks if block.label == "CERTIFICATE"])
    for block in blocks:
        _refuse_ambiguous(block)
    contents = chain or _only([block for block in blocks if block.label in (*_REQUESTS, *_PKCS7)])
    if contents is None:
        found = ", ".join(dict.fromkeys(f"a {block.label} block" for block in blocks))
        found = found or "PEM boundaries that do not start their line"
        raise Unusable(FailureKind.NO_CERTIFICATE, f"the input holds only {found}, no certificate")
    return replace(contents, key=key_among(blocks, password) or contents.key)


def _chain(blocks: list[Block]) -> Contents | None:
    if len(blocks) > MAX_CERTIFICATES:
        detail = f"the input holds more than {MAX_CERTIFICATES} certificates, the limit of one chain"
        raise Unusable(FailureKind.LIMIT, detail)
    if not blocks:
        return None
    return Contents(tuple(_whole(block) for block in blocks), tuple(block.line for block in blocks))


def _only(blocks: list[Block]) -> Contents | None:
    if not blocks:
        return None
    if len(blocks) > 1:
        detail = f"the input holds {len(blocks)} requests or PKCS#7 containers: write each into a file of its own"
        raise Unusable(FailureKind.UNREADABLE, detail)
    block = blocks[0]
    return read_pkcs7(_whole(block)) if block.label in _PKCS7 else Contents(request=_whole(block), lines=(block.line,))


def _whole(block: Block) -> bytes:
    der = block.decode()
    if is_cut_short(der):
        raise BadPem(f"line {block.line}: the {block.label} block is truncated: the end of its contents is missing")
    return der


def _refuse_ambiguous(block: Block) -> None:
    if block.label in ("X509 CERTIFICATE", "TRUSTED CERTIFICATE"):
        raise BadPem(
            f"line {block.line}: some servers read a {block.label} block and others skip it; "
            "write it as CERTIFICATE (openssl x509 -in FILE)"
        )
