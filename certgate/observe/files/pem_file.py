"""A chain, a request, a CRL or an OCSP response in PEM, with a private key beside it or not."""

from dataclasses import replace

from certgate.model.observation import FailureKind
from certgate.model.published import Published
from certgate.model.target import Role
from certgate.observe.files.contents import MAX_CERTIFICATES, Contents, UnusableInput
from certgate.observe.files.pem import CERTIFICATES, CONTAINERS, REQUESTS, BadPem, Block, only, read_blocks
from certgate.observe.files.pkcs import read_pkcs7
from certgate.observe.files.private_key import key_among

__all__ = ["read_pem"]

_PUBLISHED = {"X509 CRL": Role.CRL, "OCSP RESPONSE": Role.OCSP}


def read_pem(data: bytes, password: bytes | None) -> Contents:
    """The certificates in file order; without one, the only request, PKCS#7 container, CRL or OCSP response.

    Raises UnusableInput, BadPem.
    """
    blocks = list(read_blocks(data))
    chain = _chain([block for block in blocks if block.label == "CERTIFICATE"])
    for block in blocks:
        _refuse_ambiguous(block)
    alone = [block for block in blocks if block.label in (*REQUESTS, *CONTAINERS)]
    contents = chain or _only(alone or [block for block in blocks if block.label in _PUBLISHED])
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
    block = blocks[0]
    if len(blocks) > 1:
        what = "CRLs or OCSP responses" if block.label in _PUBLISHED else "requests or PKCS#7 containers"
        detail = f"the input holds {len(blocks)} {what}: write each to its own file"
        raise UnusableInput(FailureKind.UNREADABLE, detail)
    if block.label in CONTAINERS:
        return read_pkcs7(block.whole())
    if role := _PUBLISHED.get(block.label):
        return Contents(published=Published(role, block.whole()), lines=(block.line,))
    return Contents(request=block.whole(), lines=(block.line,))


def _refuse_ambiguous(block: Block) -> None:
    if block.label in CERTIFICATES[1:]:
        raise BadPem(
            f"line {block.line}: some servers read {block.label} blocks and others skip them; "
            "write it as CERTIFICATE (openssl x509 -in FILE)"
        )
