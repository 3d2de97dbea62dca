"""Foreign text on its way out."""

import json
import sys
from xml.etree import ElementTree as ET

import pytest

from certgate.reports.escape import cut, for_json, for_sarif, for_terminal, for_xml


def every_character():
    return map(chr, range(sys.maxunicode + 1))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CN=a, O=Ünï / 中", "CN=a, O=Ünï / 中"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\r\nb\tc\0", r"a\x0d\x0ab\x09c\x00"),
        ("\x85\xa0\xad", r"\x85\xa0\xad"),
        ("\u202e\u2066\u200b\ufeff", r"\u202e\u2066\u200b\ufeff"),
        ("\ufffe\uffff\ud800\udfff", r"\ufffe\uffff\ud800\udfff"),
        ("\U000e0041", r"\U000e0041"),
        ("[link=x]y[/link]", "[link=x]y[/link]"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_shown(text, shown):
    assert for_terminal(text) == shown


def test_no_character_at_all_reaches_a_terminal_unprintable():
    assert all(for_terminal(c).isprintable() for c in every_character())


@pytest.mark.slow
def test_every_character_makes_well_formed_xml():
    text = "".join(for_xml(c) for c in every_character())
    element = ET.Element("a", b=text)
    element.text = text
    read = ET.fromstring(ET.tostring(element, encoding="us-ascii"))
    assert (read.text, read.get("b")) == (text, text)


def test_json_keeps_text_and_shows_only_what_is_no_text():
    assert for_json("\x1b\u202e\ud800é😀") == "\x1b\u202e\\ud800é😀"
    json.dumps([for_json(c) for c in every_character()], ensure_ascii=False).encode()


def test_sarif_messages_have_no_links_and_no_placeholders():
    assert for_sarif(r"[a](http://b) {0} \x") == r"\[a\](http://b) {{0}} \\x"


@pytest.mark.parametrize(("length", "shown"), [(5, "AAAAA"), (6, "AAAAA… (6 characters)")])
def test_text_beyond_the_limit_is_cut_and_its_length_told(length, shown):
    assert cut("A" * length, 5) == shown
