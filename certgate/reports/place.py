"""Source locations of findings: the file and line that a finding is about, relative to the repository."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from certgate.model.finding import Finding
from certgate.model.target import Place, Target
from certgate.model.verdict import TargetResult

__all__ = ["Places", "uri_of", "written_at"]

_FALLBACKS = ("certgate.yaml", "README.md")
"""For targets given as arguments: files that most repositories have; the first even if it is not there."""


def uri_of(file: str, root: Path) -> str | None:
    """Relative URI reference of `file` (RFC 3986 §4.2) as seen from `root`; None for a file outside of it."""
    try:
        inside = Path(os.path.abspath(file)).relative_to(os.path.abspath(root))  # noqa: PTH100 (resolve() follows links)
    except ValueError:
        return None
    return quote(inside.as_posix(), errors="replace")


class Places:
    """Finds the file and line of findings within the repository."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._workflow = _workflow(environ)

    def of(self, result: TargetResult, finding: Finding) -> Place:
        """The checked file at its certificate; else the line that declares the target; else an existing file.

        The place's file is a relative URI, its line at least 1. A target that no file declares is looked for in the
        workflow that runs certgate; without one, its place is the first line of `certgate.yaml` or `README.md`.
        """
        for place in (_checked_file(result, finding), result.target.place):
            uri = uri_of(place.file, self._root) if place else None
            if place and uri:
                return Place(uri, max(place.line, 1))
        if self._workflow_lines:
            return Place(quote(self._workflow), self._line_that_names(result.target))
        return self._fallback

    def of_file(self, file: str) -> Place:
        """The first line of a file of the repository, else of an existing one."""
        uri = uri_of(file, self._root)
        return Place(uri, 1) if uri else self._fallback

    @cached_property
    def _workflow_lines(self) -> list[str]:
        path = self._root / self._workflow
        return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []

    def _line_that_names(self, target: Target) -> int:
        word = target.source.word
        return next((number for number, line in enumerate(self._workflow_lines, 1) if word in line), 1)

    @cached_property
    def _fallback(self) -> Place:
        return Place(next((f for f in _FALLBACKS if (self._root / f).is_file()), _FALLBACKS[0]), 1)


def written_at(result: TargetResult, finding: Finding) -> Place | None:
    """The checked file at its certificate, else the line that declares the target, as the user named the file."""
    return _checked_file(result, finding) or result.target.place


def _checked_file(result: TargetResult, finding: Finding) -> Place | None:
    location = result.target.source.location
    if location is None:
        return None
    line = next((certificate.line for certificate in result.certificates_of(finding)), 0)
    first = next((seen.lines[0] for seen in result.observations if seen.lines), location.line)
    return Place(location.file, line or first)


def _workflow(environ: Mapping[str, str]) -> str:
    """Path of the running workflow: GITHUB_WORKFLOW_REF is `owner/repository/path@ref`."""
    path = environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].split("/", 2)[-1]
    return path if path.startswith(".github/workflows/") and ".." not in path else ""
