"""The report for people."""


def test_the_whole_report_at_80_columns_without_colour(results, render, same_as_golden):
    same_as_golden("terminal.txt", render("terminal", *results))


def test_verbose_shows_every_outcome(results, render, same_as_golden):
    same_as_golden("terminal-verbose.txt", render("terminal", *results, verbose=True))
