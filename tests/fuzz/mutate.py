"""Damage done to bytes, blindly and along the structure of DER; the same for the same random numbers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from certgate.x509.der import NotDer, elements, encoded

__all__ = ["Node", "damaged", "restructured", "tree"]

_TAGS = (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1C, 0x1E, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86, 0x87, 0xA0, 0xA1, 0xA3, 0xA4, 0x1F, 0xBF)  # fmt: skip
_OCTETS = (0x00, 0x01, 0x20, 0x2A, 0x30, 0x7F, 0x80, 0xFF)
_CONTENTS = (
    b"", b"\0", b"\xff", b"\x80", b"\x01", b"\0\x80", b"\xff\x7f", b"*", b"a", b"\xc3\xa4", b"\xff" * 21, b"0" * 40,
    b"00000101000000Z", b"99991231235959Z", b"2601010000Z", b"20260101000000+0100", b"300230000000Z", b"\x05\0", b"\x30\0",
    b"\x03\x02\x00\x00", b"\x2a\x03", b"\x55\x1d\x0f", b"\x06\x03\x55\x1d\x11",
)  # fmt: skip


@dataclass
class Node:
    """An element that can be taken apart: its tag octet, and its children or its content."""

    tag: int
    content: bytes = b""
    children: list["Node"] = field(default_factory=list)
    prefix: bytes = b""
    """What stands before the children in the content: the unused bits of a BIT STRING."""

    def encode(self) -> bytes:
        """The DER of the element."""
        inner = self.prefix + b"".join(child.encode() for child in self.children) if self.children else self.content
        return encoded(bytes([self.tag]), inner)

    def all(self) -> list["Node"]:
        """The element and all below it."""
        return [self, *(node for child in self.children for node in child.all())]


def tree(der: bytes, depth: int = 20) -> list[Node]:
    """The elements in `der`, strings that hold DER taken apart too. Raises NotDer."""
    found = []
    for element in elements(der):
        node = Node(element.tag, element.content)
        prefix = element.content[:1] if element.tag == 0x03 else b""
        if depth and (element.tag & 0x20 or element.tag in {0x03, 0x04}):
            try:
                node.children, node.prefix = tree(element.content[len(prefix) :], depth - 1), prefix
            except NotDer:
                node.children = []
        found.append(node)
    return found


def restructured(random: Random, der: bytes) -> bytes:
    """DER with one to three elements of it changed; lengths around them stay right."""
    (root,) = tree(der)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        random.choice(_CHANGES)(random, root)
    return root.encode()


def _replace(random: Random, root: Node) -> None:
    node = random.choice(root.all())
    node.children, node.content = [], random.choice(_CONTENTS)


def _retag(random: Random, root: Node) -> None:
    random.choice(root.all()).tag = random.choice(_TAGS)


def _touch(random: Random, root: Node) -> None:
    node = random.choice([n for n in root.all() if not n.children])
    node.content = damaged(random, node.content)


def _with_siblings(change: Callable[[Random, list[Node]], None]) -> Callable[[Random, Node], None]:
    def changed(random: Random, root: Node) -> None:
        parents = [n for n in root.all() if n.children]
        if parents:
            change(random, random.choice(parents).children)

    return changed


def _remove(random: Random, siblings: list[Node]) -> None:
    if len(siblings) > 1:
        siblings.pop(random.randrange(len(siblings)))


def _repeat(random: Random, siblings: list[Node]) -> None:
    siblings.insert(random.randrange(len(siblings) + 1), random.choice(siblings))


def _shuffle(random: Random, siblings: list[Node]) -> None:
    random.shuffle(siblings)


def _add(random: Random, siblings: list[Node]) -> None:
    siblings.insert(random.randrange(len(siblings) + 1), Node(random.choice(_TAGS), random.choice(_CONTENTS)))


_CHANGES: tuple[Callable[[Random, Node], None], ...] = (
    _replace,
    _retag,
    _touch,
    _touch,
    _with_siblings(_remove),
    _with_siblings(_repeat),
    _with_siblings(_shuffle),
    _with_siblings(_add),
)


def damaged(random: Random, data: bytes) -> bytes:
    """Bytes with a few octets changed, taken away, repeated or added."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4, 8))):
        at, size = random.randrange(len(found) + 1), random.choice((1, 1, 2, 4, 16))
        match random.randrange(6):
            case 0 | 1 if at < len(found):
                found[at] = random.choice((random.randrange(256), random.choice(_OCTETS)))
            case 2 if at < len(found):
                found[at] ^= 1 << random.randrange(8)
            case 3:
                del found[at : at + size]
            case 4:
                found[at:at] = found[at : at + size] * random.choice((1, 1, 2, 50))
            case _:
                found[at:at] = random.choice(_CONTENTS)
    return bytes(found)
