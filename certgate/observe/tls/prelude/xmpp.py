"""XMPP between client and server: a stream, its features, then `<starttls/>` (RFC 6120 §5)."""

import re
from xml.sax.saxutils import quoteattr

from certgate.model.frozen import frozen
from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer, Until

__all__ = ["PRELUDES", "talk"]

_STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
_TAG = re.compile(rb"<([/?]?)(?:[\w.-]+:)?([\w.-]+)(?=[\s/?>])")
_VERSION = re.compile(rb"\sversion\s*=\s*[\"']1\.")
_QUOTES = b"\"'"


@frozen(slots=True)
class _Tag:
    name: str
    """Without prefix; begins with `/` if it closes an element, with `?` if it is the declaration of XML."""
    source: bytes
    text: bytes
    """What stands before it."""

    @property
    def is_whole(self) -> bool:
        """Whether it is an element without content."""
        return self.source.endswith(b"/>")


def talk(name: str, namespace: str = "jabber:client") -> Talk[None]:
    """Also between servers, who speak in another namespace. The stream is for `name`: a domain, not a host."""
    head = (
        f"<?xml version='1.0'?><stream:stream to={quoteattr(name)} xmlns='{namespace}' "
        "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
    )
    yield Send(head.encode())
    stream = yield from _tag()
    if stream.name == "?xml":
        stream = yield from _tag()
    if stream.name != "stream":
        raise UnexpectedAnswer(stream.text + stream.source)
    if not _VERSION.search(stream.source):
        raise NotOffered(stream.source)  # from before there were features
    features = yield from _expect("features")
    listed = [] if features.is_whole else (yield from _names_until("/features"))
    if b"starttls" not in listed:
        raise NotOffered(b" ".join([b"features", *listed]))
    yield Send(_STARTTLS)
    proceed = yield from _expect("proceed")
    if not proceed.is_whole:
        yield from _expect("/proceed")


def _expect(name: str) -> Talk[_Tag]:
    """The next tag. Raises Refused for an error, a failure or the end of the stream."""
    tag = yield from _tag()
    if tag.name in {"error", "failure"} and not tag.is_whole:
        raise Refused(b" ".join((yield from _names_until(f"/{tag.name}"))))
    if tag.name in {"error", "failure", "/stream"}:
        raise Refused(tag.source)
    if tag.name != name:
        raise UnexpectedAnswer(tag.text + tag.source)
    return tag


def _names_until(end: str) -> Talk[list[bytes]]:
    """Names and words on the way to a tag."""
    found: list[bytes] = []
    while True:
        tag = yield from _tag()
        if text := tag.text.strip():
            found.append(text)
        if tag.name == end:
            return found
        if not tag.name.startswith("/"):
            found.append(tag.name.encode())


def _tag() -> Talk[_Tag]:
    """The next tag, whole. Comments, processing instructions and document types are no part of XMPP (§11.1)."""
    text, begun, source, quote = bytearray(), b"", bytearray(), 0
    while not source or quote:
        piece = yield Until(b">")
        if not source:
            before, begun, piece = piece.partition(b"<")
            text += before
        source += begun + piece
        begun = b""
        for byte in piece:
            if byte == quote:
                quote = 0
            elif not quote and byte in _QUOTES:
                quote = byte
    found = _TAG.match(source)
    if found is None:
        raise UnexpectedAnswer(bytes(text + source))
    return _Tag((found[1] + found[2]).decode(), bytes(source), bytes(text))


PRELUDES = (Prelude(talk),)
