"""What is read without a library is what the library reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import read_text, shipped_packs
from certgate.policy.plain_yaml import PlainReader, Unusual
from certgate.policy.yaml import read_yaml

PACKS = {name: read_text(path) for name, path in shipped_packs().items()}
LINES = sorted(
    {line for text in PACKS.values() for line in text.splitlines()} | {"", "...", "---", "  text", "rules: []"}
)
PARTS = (
    "#",
    " ",
    ":",
    "-",
    "'",
    '"',
    ",",
    "[",
    "]",
    "{",
    "}",
    ">",
    "|",
    "&",
    "*",
    "!",
    "%",
    "@",
    "~",
    "\t",
    "\\",
    "0",
    "é",
)
"""What changes the meaning of a line."""


@pytest.mark.parametrize("name", PACKS)
def test_every_shipped_policy_is_read_without_a_library(name):
    assert same(PACKS[name])


@pytest.mark.parametrize(
    "text",
    [
        "a: word with spaces  # comment",
        "a: b#c",
        "a: >-\n  folded text\n  # of two lines\nb: 1",
        "a: [b c, 1, 2026-03-15, true, 0.5]",
        "a:\n  - {b: c, d: [e]}\n  - f",
        'a: "1 # 2"',
        "a: b:c",
    ],
)
def test_plain_text_is_read_as_the_library_reads_it(text):
    assert same(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        "a:",
        "a: 1\na: 2",
        "a: b\n c",
        "a: >-\n  b\n# c\n  d",
        "a: >-\n  b\n\n  c",
        "a: >-\n  b\n   c",
        "a: b: c",
        "a: yes",
        "a: 010",
        "a: 2026-02-30",
        "a: 'b'",
        "a: [b,c]",
        "a: []",
        'a: ""',
        "a:\t1",
        "null: 1",
        "a: *b",
        "a: 1\n---\nb: 1",
        "a:\n- b",
        "- a\n b: 1",
        "a: " + "[" * 1000,
    ],
)
def test_everything_else_is_left_to_the_library(text):
    with pytest.raises(Unusual):
        PlainReader(text, "x")


@given(
    st.lists(st.sampled_from(LINES), max_size=12),
    st.integers(0),
    st.sampled_from(PARTS),
    st.integers(0),
)
def test_no_text_is_read_otherwise_than_by_the_library(lines, at, part, line):
    """A text of lines of policies, with something in a line that may change its meaning."""
    if lines:
        chosen = lines[line % len(lines)]
        place = at % (len(chosen) + 1)
        lines[line % len(lines)] = chosen[:place] + part + chosen[place:]
    same("\n".join(lines))


def same(text):
    """Whether the text is read without a library; then as the library reads it."""
    try:
        plain = PlainReader(text, "x")
    except Unusual:
        return False
    try:
        document = read_yaml(text, "x")
    except InvalidFile as error:
        raise AssertionError(f"{text!r}: {plain.value}") from error
    assert document.mistakes == ()
    assert (plain.value, plain.places, plain.key_places, plain.lines) == (
        document.value,
        document.places,
        document.key_places,
        document.lines,
    )
    return True
