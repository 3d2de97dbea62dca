"""Files of a folder that belong together: a chain, its parts, its key.

ACME clients (certbot, acme.sh, lego, dehydrated) and mounted Secrets write a chain whole and in parts. A part is judged
where it stands in the whole, so it is not a chain itself: it would lack its issuers, or be a CA instead of a server.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from certgate.model.frozen import changeable, frozen
from certgate.observe.files.chain_file import read_input
from certgate.observe.files.contents import MAX_CERTIFICATES, PrivateKeyNote, UnusableInput
from certgate.observe.files.formats import Form, form_of
from certgate.observe.files.key_material import noted
from certgate.observe.files.pem import BadPem, looks_like_pem, read_blocks
from certgate.observe.files.private_key import key_among
from certgate.trust.links import may_issue, verify_link
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["KEY_SUFFIX", "FileGroup", "belonging_together"]

KEY_SUFFIX = ".key"
"""Suffix of files that may contain the key of a chain in the same folder; they are never judged by themselves."""
_PARAMETERS = "EC PARAMETERS"


@changeable(slots=True)
class FileGroup:
    """A file to judge, and the files that belong to it."""

    path: str
    key: str = ""
    """The file with its private key."""
    parts: list[str] = field(default_factory=list)
    """Files that contain only some of its certificates, or its key again."""
    issued: str = ""
    """A file with a chain from this file's CA; set only if this file contains just that CA and its issuers."""


@frozen(slots=True)
class _Contents:
    """The certificates and the private key in a file; empty for other contents."""

    path: str
    certificates: tuple[bytes, ...] = ()
    key: PrivateKeyNote | None = None

    @property
    def is_key(self) -> bool:
        return self.key is not None and not self.certificates


def belonging_together(paths: Sequence[str], password: bytes | None) -> list[FileGroup]:
    """Group the files of one folder, in their order. Every file that is not certainly a part is judged.

    A part repeats contents of a judged file: the same certificates, or a key with the same public half. A file whose
    certificates are not a single chain has no parts.
    """
    files = [path for path in paths if not _is_key_file(path)]
    if len(paths) < 2:
        return [FileGroup(path) for path in files]
    contents = {path: _read(path, password) for path in paths}
    wholes = _wholes([contents[path] for path in files if contents[path].certificates])
    belonging = {part for whole in wholes for part in whole.parts}
    belonging |= _give_keys(
        [contents[path] for path in paths if contents[path].is_key or _is_key_file(path)], wholes, contents
    )
    judged = {whole.path: whole for whole in wholes}
    return [judged.get(path) or FileGroup(path) for path in files if path not in belonging]


def _is_key_file(path: str) -> bool:
    return path.lower().endswith(KEY_SUFFIX)


def _read(path: str, password: bytes | None) -> _Contents:
    try:
        data = read_input(path)
        if not looks_like_pem(data):
            return _of_der(path, data)
        blocks = [block for block in read_blocks(data) if block.label != _PARAMETERS]
        certificates = tuple(block.whole() for block in blocks if block.label == "CERTIFICATE")
    except (UnusableInput, BadPem):
        return _Contents(path)
    others = [block for block in blocks if block.label != "CERTIFICATE"]
    if any(not block.label.endswith("PRIVATE KEY") for block in others):
        return _Contents(path)
    return _Contents(path, certificates, key_among(others, password))


def _of_der(path: str, data: bytes) -> _Contents:
    if form_of(data) is Form.KEY:
        return _Contents(path, key=noted(data, None))
    return _Contents(path, (data,)) if _parsed((data,)) else _Contents(path)


# --- chains and their parts ---


def _wholes(chains: Sequence[_Contents]) -> list[FileGroup]:
    """The chains that are not parts of others, the longest first, each with its parts."""
    found: list[FileGroup] = []
    by_certificate = defaultdict[bytes, list[tuple[_Contents, FileGroup]]](list)
    for one in sorted(chains, key=lambda contents: -len(contents.certificates)):
        whole = next((judged for other, judged in by_certificate[one.certificates[0]] if _is_part(one, other)), None)
        if whole:
            whole.parts.append(one.path)
            continue
        found.append(FileGroup(one.path))
        for der in dict.fromkeys(one.certificates):
            by_certificate[der].append((one, found[-1]))
    _mark_cas(found, {one.path: one for one in chains})
    return found


def _is_part(one: _Contents, whole: _Contents) -> bool:
    return set(one.certificates) < set(whole.certificates) and one.key is None and _is_chain(whole.certificates)


def _mark_cas(wholes: Sequence[FileGroup], contents: Mapping[str, _Contents]) -> None:
    """Set `issued` for each file that contains only a chain of CAs."""
    issued = defaultdict[bytes, list[tuple[str, Certificate]]](list)
    for whole in wholes:
        for certificate in _parsed(contents[whole.path].certificates):
            issued[certificate.issuer.der].append((whole.path, certificate))
    for whole in wholes:
        cas = _parsed(contents[whole.path].certificates)
        if cas and _is_chain(contents[whole.path].certificates) and _is_ca(cas[0]):
            others = (path for path, c in issued[cas[0].subject.der] if path != whole.path and _has_issued(cas[0], c))
            whole.issued = next(others, "")


def _parsed(ders: Sequence[bytes]) -> list[Certificate]:
    """The certificates; none if one of them cannot be read."""
    try:
        certificates = [parse_certificate(der) for der in ders]
        _ = [(certificate.subject.der, certificate.issuer.der) for certificate in certificates]
    except Malformed:
        return []
    return certificates


def _is_chain(ders: tuple[bytes, ...]) -> bool:
    """Whether each certificate after the first is a CA's and issued another one, and there are no duplicates."""
    if len(set(ders)) < len(ders) or len(ders) > MAX_CERTIFICATES:
        return False
    certificates = _parsed(ders)
    return bool(certificates) and all(
        _is_ca(issuer) and any(_has_issued(issuer, other) for other in certificates if other != issuer)
        for issuer in certificates[1:]
    )


def _is_ca(certificate: Certificate) -> bool:
    try:
        return certificate.is_ca
    except Malformed:
        return False


def _has_issued(issuer: Certificate, other: Certificate) -> bool:
    return may_issue(issuer, other) and verify_link(other, issuer) is None


# --- keys ---


def _give_keys(keys: Sequence[_Contents], wholes: Sequence[FileGroup], contents: Mapping[str, _Contents]) -> set[str]:
    """Assign keys to chains by file name, by public key, or if there is only one of each; returns the assigned paths.

    The name comes first, as for servers: a rule then decides whether the key fits.
    """
    keyless = [whole for whole in wholes if contents[whole.path].key is None]
    assigned = set()
    named = [(partner, one) for one in keys if (partner := _namesake(one.path, keyless))]
    for partner, one in sorted(named, key=lambda pair: not _fits(pair[1], contents[pair[0].path])):
        if not partner.key:
            partner.key = one.path
            assigned.add(one.path)
    for one in keys:
        for owner in [whole for whole in wholes if _fits(one, contents[whole.path])]:
            assigned.add(one.path)
            if owner in keyless and not owner.key:
                owner.key = one.path
            elif owner.key != one.path:
                owner.parts.append(one.path)
    servers = [whole for whole in wholes if not whole.issued]
    if len(keys) == len(servers) == 1 and not assigned and servers[0] in keyless:
        servers[0].key = keys[0].path
        assigned.add(keys[0].path)
    return assigned


def _namesake(key: str, chains: Sequence[FileGroup]) -> FileGroup | None:
    """The only chain with a file whose name differs just in the suffix, as in tls.key and tls.crt."""
    stem = Path(key).stem
    named = [chain for chain in chains if stem in {Path(path).stem for path in (chain.path, *chain.parts)}]
    return named[0] if len(named) == 1 else None


def _fits(key: _Contents, chain: _Contents) -> bool:
    leaf = _parsed(chain.certificates[:1])
    return bool(leaf and key.key and key.key.public_key == leaf[0].spki)
