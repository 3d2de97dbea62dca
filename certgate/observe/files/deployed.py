"""The deployed chain that an endpoint is expected to serve."""

from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.observation import FailureKind
from certgate.observe.files.chain_file import read_contents, read_input
from certgate.observe.files.contents import Contents, UnusableInput
from certgate.observe.files.pem import BadPem
from certgate.observe.kubernetes.manifest import is_manifest, read_manifest
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["load_deployed"]


def load_deployed(words: str) -> tuple[Certificate, ...]:
    """The certificates of FILE, the leaf first, or of the chain FILE#ID in a manifest. Raises UsageError."""
    try:
        certificates = _chain(words)
        chain = tuple(parse_certificate(der) for der in certificates)
        for certificate in chain:
            _ = certificate.not_before, certificate.subject.rdns
    except (UnusableInput, BadPem, Malformed) as error:
        raise UsageError(f"the expected chain {words}: {error}") from error
    return chain


def _chain(words: str) -> tuple[bytes, ...]:
    file, _, id = (words, "", "") if Path(words).exists() else words.rpartition("#")
    path = file or words
    data = read_input(path)
    contents: Contents | UnusableInput
    if is_manifest(path):
        found = {entry.id: entry.contents for entry in read_manifest(data)}
        chosen = [key for key in found if key == id or not id]
        if len(chosen) != 1:
            raise UsageError(f"the expected chain {words}: name one of its chains: {path}#{'|'.join(found)}")
        contents = found[chosen[0]]
    else:
        contents = read_contents(data, None)
    if isinstance(contents, UnusableInput):
        raise contents
    if not contents.certificates:
        raise UnusableInput(FailureKind.NO_CERTIFICATE, "is a certificate request, not a chain")
    return contents.certificates
