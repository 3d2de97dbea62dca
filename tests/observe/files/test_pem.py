"""Blocks of PEM are read as the servers read them: the table, and what goes beyond it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from certgate.observe.files.chain_file import read_contents
from certgate.observe.files.pem import BadPem, looks_like_pem, read_blocks
from tests.observe.files.pem_cases import CA, CASES, LEAF, ONE, OTHER


@pytest.mark.parametrize("name", CASES)
def test_a_chain_is_read_or_refused_with_its_line_and_what_to_do(name):
    case = CASES[name]
    if isinstance(case.ours, int):
        assert read_contents(case.text, None).certificates == (LEAF.der, CA.der)[: case.ours]
    else:
        with pytest.raises(BadPem) as caught:
            read_contents(case.text, None)
        assert str(caught.value).startswith(f"line {case.ours}")


def openssl_reads(text, path):
    path.write_bytes(text)
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    try:
        context.use_certificate_chain_file(str(path))
    except SSL.Error:
        return False
    return True


@pytest.mark.parametrize("name", CASES)
def test_the_openssl_that_is_linked_agrees(name, tmp_path):
    assert openssl_reads(CASES[name].text, tmp_path / "chain.pem") == CASES[name].servers


@st.composite
def changed(draw):
    lines = (ONE + OTHER).splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line, column = lines[at], draw(st.integers(0, len(lines[at])))
        more = draw(st.sampled_from([b" ", b"-", b"=", b"\r", b"\n", b":", line]))
        lines[at] = draw(st.sampled_from([b"", line[:column], line[column:], line[:column] + more + line[column:]]))
    return b"".join(lines)


@given(text=changed())
def test_no_changed_file_is_read_that_openssl_refuses(tmp_path_factory, text):
    try:
        found = [block.whole() for block in read_blocks(text) if block.label == "CERTIFICATE"]
    except BadPem:
        return
    if found and not set(found) - {LEAF.der, CA.der}:
        assert openssl_reads(text, tmp_path_factory.getbasetemp() / "changed.pem")


@pytest.mark.parametrize(
    "text", [b"", b"no PEM", b"-----BEGINNING", b"--- BEGIN CERTIFICATE CHAIN ---", b"# -----BEGIN CERTIFICATE-----"]
)
def test_what_names_no_block_holds_none(text):
    assert list(read_blocks(text)) == []


def test_text_that_only_names_a_boundary_behind_a_comment_sign_does_not_look_like_pem():
    assert not looks_like_pem(b"# BEGIN CERTIFICATE-----\n")
    assert looks_like_pem(b"----BEGIN CERTIFICATE----\n")


def test_neither_key_nor_body_is_shown_by_a_block():
    (block,) = read_blocks(LEAF.key_pem)
    assert repr(block) == "Block(label='PRIVATE KEY', line=1)"
