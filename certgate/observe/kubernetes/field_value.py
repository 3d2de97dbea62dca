"""The values of manifests: their bytes, and the chains, requests and keys in them."""

import re
from collections.abc import Callable
from dataclasses import field, replace
from enum import Enum

from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind
from certgate.observe.files.chain_file import read_contents
from certgate.observe.files.contents import Contents, PrivateKeyNote, UnusableInput
from certgate.observe.files.key_material import noted
from certgate.observe.files.pem import BadPem, read_blocks
from certgate.observe.files.private_key import key_among
from certgate.observe.kubernetes.appearance import SHORTEST, Appearance, appearance_of, from_base64
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.scalar import Lines, Scalar

__all__ = ["Encoding", "FieldValue", "ValueReader"]

_LINE = re.compile(r"line (\d+)((?: of [^:]*)?: )")
_PLACEHOLDER = re.compile(rb"\{\{|\$\{|\$\(|^<.*>$")


class Encoding(Enum):
    """How the API server decodes a value."""

    TEXT = "text"
    BASE64 = "base64"
    EITHER = "either"
    """Unknown."""


Within = Callable[[bytes, Lines], list[ManifestEntry]]


@frozen(slots=True, kw_only=True)
class FieldValue:
    """A value: its bytes or why they cannot be decoded, and what they look like."""

    data: bytes | None
    appearance: Appearance
    encoding: Encoding
    problem: str = ""
    is_long: bool = False
    """Whether it is long enough for a certificate."""
    lines: Lines = field(default_factory=Lines)

    @property
    def is_readable(self) -> bool:
        """Whether its bytes could be decoded."""
        return self.data is not None

    @property
    def is_template(self) -> bool:
        """Whether it has placeholders that must still be filled in."""
        return bool(self.data and b"{{" in self.data)

    @property
    def shows_certificate(self) -> bool:
        """Whether it contains a certificate, or may contain one."""
        return self.appearance.shows_certificate or (not self.is_readable and self.is_long)


class ValueReader:
    """Reads the values of one manifest. Equal values are read once."""

    def __init__(self, budget: Budget, password: bytes | None, within: Within) -> None:
        self.budget = budget
        self._password = password
        self._within = within
        self._seen: dict[tuple[str, Encoding], FieldValue] = {}
        self._read: dict[tuple[str, Encoding], Contents | UnusableInput] = {}
        self._keys: dict[tuple[str, Encoding], PrivateKeyNote | None] = {}

    def value(self, node: object, encoding: Encoding) -> FieldValue:
        """Read a node of a manifest. Never raises."""
        if not isinstance(node, Scalar):
            return FieldValue(
                data=None,
                appearance=Appearance.UNKNOWN,
                encoding=encoding,
                problem="the value is a list or a mapping, not text",
            )
        key = (node.text, encoding)
        if key not in self._seen:
            self._seen[key] = _value(*key)
        found = self._seen[key]
        lines = Lines(node.line, on_one=True) if found.encoding is Encoding.BASE64 else node.lines
        return replace(found, lines=lines)

    def contents(self, node: object, value: FieldValue) -> Contents | UnusableInput:
        """Read the chain or the request in a value. Raises only for a time limit."""
        key = (node.text if isinstance(node, Scalar) else "", value.encoding)
        if key not in self._read:
            self.budget.check_time()
            self._read[key] = self._contents(value)
        found = self._read[key]
        if isinstance(found, UnusableInput):
            return UnusableInput(found.failure.kind, _placed(found.failure.detail, value.lines))
        return replace(found, lines=tuple(value.lines.of(line) for line in found.lines))

    def within(self, value: FieldValue) -> list[ManifestEntry]:
        """Read the text of a value as a nested manifest. Raises UnusableInput beyond a limit."""
        return self._within(value.data or b"", value.lines)

    def _contents(self, value: FieldValue) -> Contents | UnusableInput:
        if value.data is None:
            return UnusableInput(FailureKind.UNREADABLE, value.problem)
        if value.appearance is Appearance.EMPTY:
            return UnusableInput(FailureKind.NO_CERTIFICATE, "the value is empty")
        if value.appearance is Appearance.ENCODED:
            return UnusableInput(FailureKind.UNREADABLE, _ENCODED[value.encoding])
        if value.appearance is Appearance.WITHIN:
            detail = "the text contains a certificate that certgate cannot read there; check it separately"
            return UnusableInput(FailureKind.UNREADABLE, detail)
        data = value.data
        if value.appearance is Appearance.UNKNOWN and (hint := _hint(data)):
            return UnusableInput(FailureKind.UNREADABLE, hint)
        return _usable(lambda: read_contents(data, self._password))

    def private_key(self, node: object, value: FieldValue) -> PrivateKeyNote | None:
        """The note on the private key in a value, None if there is none. Raises only for a time limit."""
        key = (node.text if isinstance(node, Scalar) else "", value.encoding)
        if key not in self._keys:
            self.budget.check_time()
            self._keys[key] = self._private_key(value)
        return self._keys[key]

    def _private_key(self, value: FieldValue) -> PrivateKeyNote | None:
        if value.data is None:
            return PrivateKeyNote(problem=value.problem)
        if value.appearance is Appearance.OTHER and b"-----BEGIN" not in value.data:
            return noted(value.data, None)
        try:
            return key_among(read_blocks(value.data), self._password)
        except BadPem as bad:
            return PrivateKeyNote(problem=str(bad))


_ENCODED = {
    Encoding.BASE64: "the value is base64 of base64, so readers find no certificate: encode it once",
    Encoding.TEXT: "the value is base64 where plain text is expected: write the PEM text itself",
    Encoding.EITHER: "the value is base64 of base64: encode it once",
}


def _value(text: str, encoding: Encoding) -> FieldValue:
    plain = text.encode("utf-8", "surrogatepass")
    is_long = len(plain) >= SHORTEST
    if encoding is not Encoding.BASE64:
        appearance = appearance_of(plain)
        if encoding is Encoding.TEXT or appearance is not Appearance.ENCODED:
            return FieldValue(data=plain, appearance=appearance, encoding=Encoding.TEXT, is_long=is_long)
    data = from_base64(text)
    if data is not None:
        return FieldValue(data=data, appearance=appearance_of(data), encoding=Encoding.BASE64, is_long=is_long)
    return FieldValue(
        data=None,
        appearance=appearance_of(plain),
        encoding=Encoding.BASE64,
        problem=_why_no_base64(text),
        is_long=is_long,
    )


def _why_no_base64(text: str) -> str:
    if "-----BEGIN" in text:
        return "the value is PEM text where base64 is expected: encode it (base64 -w0 FILE), or move it to stringData"
    if hint := _hint(text.encode("utf-8", "surrogatepass")):
        return hint
    if any(character.isspace() and character not in "\r\n" for character in text.strip("\r\n")):
        return (
            "the value is not base64: it holds blanks; write it on one line, or in a block of text that begins with |"
        )
    return "the value is not base64"


def _hint(data: bytes) -> str:
    """Explain a value that other programs write in place of a certificate; empty if it is not one of these."""
    if data.startswith(b"ENC["):
        return "the value is encrypted by SOPS: decrypt it first (sops -d FILE | certgate check -)"
    if _PLACEHOLDER.search(data):
        return "the value is a placeholder: fill the template in first (helm template . | certgate check -)"
    return ""


def _usable(read: Callable[[], Contents]) -> Contents | UnusableInput:
    try:
        return read()
    except UnusableInput as unusable:
        return unusable
    except BadPem as bad:
        return UnusableInput(FailureKind.UNREADABLE, str(bad))


def _placed(detail: str, lines: Lines) -> str:
    """The message with the line in the manifest instead of the line in the value."""
    found = _LINE.match(detail)
    if found is None:
        return detail
    if lines.on_one:
        return f"line {found[1]} of the value{found[2]}{detail[found.end() :]}"
    return f"line {lines.of(int(found[1]))}{found[2]}{detail[found.end() :]}"
