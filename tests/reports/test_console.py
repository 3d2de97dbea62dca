"""What a stream can show."""

import io

import pytest

from certgate.reports.console import wants_colour, width_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "environ", "colour"),
    [
        ("auto", Terminal(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", io.StringIO(), {"GITHUB_ACTIONS": "true"}, False),
        ("auto", Terminal(), {"TERM": "dumb"}, False),
        ("auto", Terminal(), {"NO_COLOR": "1"}, False),
        ("auto", Terminal(), {"NO_COLOR": ""}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1"}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
        ("never", Terminal(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_by_choice_then_by_environment_then_by_stream(choice, stream, environ, colour):
    assert wants_colour(choice, stream, environ) is colour


@pytest.mark.parametrize(
    ("columns", "width"),
    [("", 80), ("100", 100), ("39", 40), ("121", 120), ("0", 40), ("-5", 80), ("x", 80), ("9" * 5000, 80), ("²", 80)],
)
def test_the_width_is_what_columns_says_within_bounds(columns, width):
    assert width_of(io.StringIO(), {"COLUMNS": columns}) == width
