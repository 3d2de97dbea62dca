"""The documents of a manifest, split like kubectl does: a stream of JSON objects, then YAML documents."""

import re
from collections.abc import Iterator
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.json_objects import JsonObjects
from certgate.observe.kubernetes.scalar import Lines
from certgate.observe.kubernetes.yaml_document import read_yaml_document

__all__ = ["MAX_MANIFEST_BYTES", "Document", "read_documents"]

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
_SEPARATOR = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_DIRECTIVES = re.compile(r"(?:[ \t]*(?:#.*)?\n)*%(?:.*\n)(?:[ \t]*(?:%.*|#.*)?\n)*")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@frozen(slots=True)
class Document:
    """A document: dicts, lists and Scalars, or why it cannot be read."""

    line: int
    """The first line of the document, from 1."""
    value: Any = None
    problem: UnusableInput | None = None


def read_documents(data: bytes, budget: Budget, lines: Lines) -> Iterator[Document]:
    """Read each non-empty document. Raises UnusableInput if they cannot be separated, or beyond a limit.

    Source: k8s.io/apimachinery, util/yaml, YAMLOrJSONDecoder.
    """
    text = _decoded(data)
    objects = JsonObjects(text, budget, lines)
    for line, value in objects:
        yield Document(line, problem=value) if isinstance(value, UnusableInput) else Document(line, value)
    passed, line = 0, 0
    for start, chunk in _chunks(text, objects.end):
        budget.spend()
        line += text.count("\n", passed, start)
        passed = start
        inner = lines.after(line)
        try:
            value = read_yaml_document(chunk, budget, inner)
        except UnusableInput as problem:
            if problem.failure.kind is FailureKind.LIMIT:
                raise
            yield Document(inner.of(1), problem=problem)
        else:
            if value is not None:
                yield Document(inner.of(1), value)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_MANIFEST_BYTES:
        limit = f"the input is larger than {MAX_MANIFEST_BYTES} bytes, the limit for a manifest; split it"
        raise UnusableInput(FailureKind.LIMIT, limit)
    if data.startswith(_UTF_16):
        raise UnusableInput(FailureKind.UNREADABLE, "the manifest is UTF-16 text: save it as UTF-8")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        detail = f"the manifest is not UTF-8 text (byte {error.start}): save it as UTF-8"
        raise UnusableInput(FailureKind.UNREADABLE, detail) from error


def _chunks(text: str, start: int) -> Iterator[tuple[int, str]]:
    """The parts between separators, each with the separator before it; directives belong to the next part."""
    begin = start
    for found in _SEPARATOR.finditer(text, start):
        if found.start() > begin and not _DIRECTIVES.fullmatch(text, begin, found.start()):
            yield begin, text[begin : found.start()]
            begin = found.start()
    if text[begin:].strip():
        yield begin, text[begin:]
