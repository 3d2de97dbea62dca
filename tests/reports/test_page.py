"""Lines of styled text are folded where they are too long, whatever characters they have."""

import io
import sys
from random import Random

import pytest
from rich.cells import cell_len

from certgate.reports.page import Page
from certgate.reports.typesetter import Typesetter


def written(text: str, width: int) -> str:
    sink = io.StringIO()
    Page(sink, width=width + 1, colour=False).line(text)
    return sink.getvalue()


@pytest.mark.parametrize("last", [0x3000, pytest.param(sys.maxunicode, marks=pytest.mark.slow)])
def test_no_character_has_more_columns_than_bytes(last: int) -> None:
    """By this, a line is known to fit without the library that measures it. All of Unicode takes seconds."""
    characters = map(chr, range(last + 1))

    assert [c for c in characters if cell_len(c) > len(c.encode(errors="surrogatepass"))] == []


def test_certgates_own_signs_have_one_column() -> None:
    assert [cell_len(sign) for sign in "…✓✗§"] == [1, 1, 1, 1]


def test_a_line_that_just_fits_is_not_folded() -> None:
    for text in ("ab cd ef", "✓ ✓ ✓ ✓ ✓", "日本 語日 本", "a\u0301b cd"):
        columns = cell_len(text)

        assert written(text, columns) == f"{text}\n"
        assert len(written(text, columns - 1).splitlines()) > 1


def test_what_fits_and_has_no_colour_needs_no_library() -> None:
    page = Page(io.StringIO(), width=80, colour=False)
    page.line(("✓ compliant", "bold green"), "  34 days left")

    assert "_typesetter" not in vars(page)


@pytest.mark.parametrize("hang", [0, 2, 7])
def test_plain_words_are_folded_without_the_library_as_with_it(hang: int) -> None:
    random, library = Random(hang), Typesetter(io.StringIO(), 80, colour=False)
    for _ in range(300):
        words = [
            "x" * random.choice((1, 1, 2, 3, 5, 8, 11, 17, 25)) + random.choice(("", "", "…", "✓")) for _ in range(9)
        ]
        text = random.choice(("", "", "  ")) + "".join(
            word + " " * random.choice((1, 1, 1, 2, 6)) for word in words
        ).strip(random.choice((" ", "")))
        width = random.choice((12, 20, 26, 40))
        sink = io.StringIO()
        Page(sink, width=width + 1, colour=False).line(text, hang=hang)
        by_library = [line.plain for line in library.folded([(text, "")], width, width - hang)]
        if cell_len(text) > width:
            assert sink.getvalue() == "".join(" " * hang * bool(n) + f"{line}\n" for n, line in enumerate(by_library))


def test_words_in_plain_text_are_folded_without_the_library() -> None:
    page = Page(sink := io.StringIO(), width=9, colour=False)
    page.line("✓ ", ("abc", "bold green"), " def ", ("ghi", "dim"), " jkl", indent=1, hang=2)

    assert sink.getvalue() == " ✓ abc\n   def\n   ghi\n   jkl\n"
    assert "_typesetter" not in vars(page)
