"""What the reports look like: excerpts of those that the tests hold, and the HTML report of the lab in a browser.

`python -m docs.gallery` takes the pictures of the HTML report with Chromium.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["PAGE", "page"]

PAGE = "reference/gallery.md"
_DOCS = Path(__file__).parent
_GOLDEN = _DOCS.parent / "tests" / "reports" / "golden"
_MOST_COLUMNS = 110
_EXCERPTS: Mapping[str, tuple[str, str, int, int]] = {
    "terminal": ("terminal.txt", "text", 0, 34),
    "terminal, after an earlier run": ("since.txt", "text", 0, 16),
    "concise": ("concise.txt", "text", 0, 8),
    "markdown": ("report.md", "markdown", 0, 14),
    "github-annotations": ("annotations.txt", "text", 0, 6),
    "text": ("text.txt", "text", 0, 16),
    "slack": ("slack.json", "json", 0, 8),
    "json": ("report.json", "json", 0, 12),
    "junit": ("junit.xml", "xml", 0, 12),
    "sarif": ("report.sarif", "json", 0, 4),
    "openmetrics": ("openmetrics.txt", "text", 0, 14),
    "inventory-json": ("inventory.json", "json", 0, 8),
}
"""Of each report: its file, its language, and the first and last line that is shown."""


def page() -> str:
    """The page with all excerpts."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# What the reports look like"
    yield ""
    yield "The beginning of each report of one run over four targets; long lines are cut. [Reports](reports.md) says what is in"
    yield "them, and which other formats there are."
    yield ""
    yield "## html"
    yield ""
    yield "<picture>"
    yield '  <source media="(prefers-color-scheme: dark)" srcset="../pictures/report-dark.png">'
    yield '  <img alt="The HTML report: verdict, violations, calendar and targets" src="../pictures/report-light.png">'
    yield "</picture>"
    for name, (file, language, first, last) in _EXCERPTS.items():
        lines = (_GOLDEN / file).read_text(encoding="utf-8").splitlines()
        yield from ("", f"## {name}", "", f"````{language}")
        yield from (line if len(line) <= _MOST_COLUMNS else f"{line[:_MOST_COLUMNS]}…" for line in lines[first:last])
        if len(lines) > last:
            yield "…"
        yield "````"


def photograph() -> None:
    """Take the pictures of the HTML report of the lab's demonstration, in both colour schemes."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as tools:
        subprocess.run([sys.executable, "-m", "certgate.lab.demo", "story", folder], check=True, capture_output=True)
        browser = tools.chromium.launch(executable_path=shutil.which("chromium"))
        for scheme in ("light", "dark"):
            opened = browser.new_page(viewport={"width": 900, "height": 620}, color_scheme=scheme)
            opened.goto(Path(folder, "certgate.html").as_uri())
            opened.screenshot(path=_DOCS / "pictures" / f"report-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    photograph()
