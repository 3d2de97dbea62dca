"""The report for the page of a GitHub job: the Markdown report within the runner's limit, added to its file."""

from certgate.reports.markdown import MarkdownReport

__all__ = ["GitHubSummaryReport"]


class GitHubSummaryReport(MarkdownReport):
    """A step's summary may have 1 MiB; the advice needs less than what the tables leave."""

    appends = True
    most_bytes = (512 << 10, 192 << 10, 128 << 10)
