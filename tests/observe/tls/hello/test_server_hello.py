"""Facts from a ServerHello in the clear."""

import pytest

from certgate.model.observation import HandshakeFacts
from certgate.observe.tls.hello.server_hello import negotiated

RANDOM = bytes(32)


def hello(*, version=b"\x03\x03", session=b"", suite=b"\xc0\x2f", extensions=b""):
    body = version + RANDOM + bytes([len(session)]) + session + suite + b"\0"
    return body + (len(extensions).to_bytes(2) + extensions if extensions else b"")


def stream(*messages):
    body = b"".join(bytes([kind]) + len(m).to_bytes(3) + m for kind, m in messages)
    return b"\x16\x03\x03" + len(body).to_bytes(2) + body


ALPN = b"\x00\x10\x00\x05\x00\x03\x02h2"
RENEGOTIATION = b"\xff\x01\x00\x01\x00"


@pytest.mark.parametrize(
    ("messages", "facts"),
    [
        ([(2, hello())], HandshakeFacts("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", None, None)),
        ([(2, hello(version=b"\x03\x01", suite=b"\xc0\x13"))], HandshakeFacts("TLSv1", "ECDHE-RSA-AES128-SHA", None)),
        (
            [(2, hello(session=b"s" * 32, extensions=RENEGOTIATION + ALPN)), (12, b"\x03\x00\x1b")],
            HandshakeFacts("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "brainpoolP384r1", "h2"),
        ),
        ([(2, hello()), (12, b"\x01\x00\x1d")], HandshakeFacts("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")),
    ],
)
def test_what_a_server_chose_is_read(messages, facts):
    assert negotiated(stream(*messages)) == facts


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x15\x03\x03\x00\x02\x02\x28",
        stream((11, b"chain")),
        stream((2, b"")),
        stream((2, hello()[:36])),
        stream((2, hello(version=b"\x7f\x17"))),
        stream((2, hello(suite=b"\xfa\xfa"))),
    ],
)
def test_a_hello_that_is_missing_short_or_of_an_unknown_suite_says_nothing(data):
    assert negotiated(data) is None


def test_extensions_that_are_cut_short_end_the_search():
    data = stream((2, hello(extensions=b"\x00\x10\x00\xff\x00")))

    assert negotiated(data) == HandshakeFacts("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")
