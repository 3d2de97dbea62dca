"""Lines of styled text are folded where they are too long, whatever characters they have."""

import io
import sys

from rich.cells import cell_len

from certgate.reports.page import Page


def written(text: str, width: int) -> str:
    sink = io.StringIO()
    Page(sink, width=width + 1, colour=False).line(text)
    return sink.getvalue()


def test_no_character_has_more_columns_than_bytes() -> None:
    """By this, a line is known to fit without the library that measures it."""
    characters = map(chr, range(sys.maxunicode + 1))

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
