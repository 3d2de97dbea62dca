"""What a stream can show."""

import io

import pytest

from certgate.reports.console import wants_colour, wants_links, width_of


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
    ("stream", "environ", "colour", "links"),
    [
        (Terminal(), {}, True, True),
        (Terminal(), {"TERM": "xterm-256color"}, True, True),
        (Terminal(), {}, False, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True, False),
        (Terminal(), {"CI": "true"}, True, False),
        (Terminal(), {"TERM": "linux"}, True, False),
        (Terminal(), {"TERM": "eterm-color"}, True, False),
        (Terminal(), {"VTE_VERSION": "4803"}, True, False),
        (Terminal(), {"VTE_VERSION": "6800"}, True, True),
    ],
)
def test_links_are_for_people_at_a_terminal_that_is_known_not_to_garble_them(stream, environ, colour, links):
    assert wants_links(stream, environ, colour=colour) is links


@pytest.mark.parametrize(
    ("columns", "width"),
    [("", 80), ("100", 100), ("39", 40), ("121", 120), ("0", 40), ("-5", 80), ("x", 80), ("9" * 5000, 80), ("²", 80)],
)
def test_the_width_is_what_columns_says_within_bounds(columns, width):
    assert width_of(io.StringIO(), {"COLUMNS": columns}) == width
