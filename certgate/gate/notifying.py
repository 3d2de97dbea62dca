"""`--notify-file` and `--notify-env`: a message about the run to notification services."""

import os
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from certgate.checks.framework.registry import Extra
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.listener import Listener
from certgate.model.verdict import RunHeader, RunSummary, TargetResult, Verdict
from certgate.reports.complaint import complain
from certgate.reports.escape import for_markdown
from certgate.system.named_files import Unreadable, read_file

if TYPE_CHECKING:
    from certgate.net.notifications import Notifications

__all__ = ["Notifier", "NotifyOptions"]

_EXTRA = Extra("notify", "apprise")
_MOST_BYTES = 64 * 1024
_MOST_URLS = 100
_DOCUMENTATION = "https://github.com/caronc/apprise/wiki"


When = Literal["change", "violation", "always"]
"""What is worth a message."""


@frozen(kw_only=True)
class NotifyOptions:
    """The options of the command line. No message and no exception shows a URL, which holds secrets."""

    file: str | None = None
    env: str | None = None
    on: When | None = None

    def notifier(self, *, has_history: bool) -> "Notifier | None":
        """The notifier; None without a service. Raises UsageError."""
        if self.file is None and self.env is None:
            if self.on:
                raise UsageError("--notify-on needs --notify-file FILE or --notify-env NAME")
            return None
        if self.on == "change" and not has_history:
            raise UsageError("--notify-on change needs --history FOLDER: without one, no change is known")
        if not _EXTRA.is_installed:
            raise UsageError("notifications need an extra: run `pip install 'certgate[notify]'`")
        return Notifier(self._started([*self._from_file(), *self._from_environment()]), self.on or "violation")

    def _started(self, urls: Sequence[str]) -> "Notifications":
        if len(urls) > _MOST_URLS:
            raise UsageError(f"there are more than {_MOST_URLS} notification URLs; name fewer")
        from certgate.net.notifications import Notifications

        try:
            services = Notifications(urls)
        except OSError as error:
            raise UsageError(f"the process that sends notifications does not start: {error.strerror}") from error
        if wrong := services.unknown():
            services.close()
            raise UsageError(
                f"{_numbered(wrong, len(urls))} names no service that Apprise knows (see {_DOCUMENTATION})"
            )
        return services

    def _from_file(self) -> Sequence[str]:
        if self.file is None:
            return []
        try:
            text = read_file(self.file, _MOST_BYTES).decode()
        except Unreadable as error:
            raise UsageError(f"--notify-file: the file {error}; write URLs into a file, and name the file") from error
        except UnicodeDecodeError:
            raise UsageError("--notify-file: the file is not UTF-8") from None
        lines = (line.strip() for line in text.splitlines())
        urls = [line for line in lines if line and not line.startswith("#")]
        if not urls:
            raise UsageError("--notify-file: the file has no URL; write one on each line")
        return urls

    def _from_environment(self) -> Sequence[str]:
        if self.env is None:
            return []
        urls = os.environ.get(self.env, "").split()
        if not urls:
            raise UsageError(
                "--notify-env: the variable is not set, or is empty; write the name of a variable, not a URL"
            )
        return urls


class Notifier(Listener):
    """Collects what the message says, and sends it when the run is over. A context manager, which ends the process."""

    name = "the notification"

    def __init__(self, services: "Notifications", on: When) -> None:
        self._services = services
        self._on = on
        from certgate.reports.message import Message

        self._message = Message(for_markdown, lambda text: f"**{text}**")

    def begin(self, header: RunHeader) -> None:
        """Note the threshold, and which targets are left out."""
        self._message.begin(header)

    def add(self, result: TargetResult) -> None:
        """Note one target."""
        self._message.add(result)

    def send(self, summary: RunSummary) -> None:
        """Send the message if it is worth one. If that fails, a line on standard error says so; never raises."""
        if not self._is_worth(summary):
            return
        lost = self._services.send(f"certgate: {summary.verdict}", "\n".join(self._message.lines(summary)))
        if lost:
            complain(f"the message about this run could not be sent to {_numbered(lost, self._services.count)}")

    def _is_worth(self, summary: RunSummary) -> bool:
        """Whether to send a message. A run that cannot be compared is one: nobody knows whether something changed."""
        match self._on:
            case "always":
                return True
            case "violation":
                return summary.verdict is not Verdict.COMPLIANT
            case "change":
                return summary.difference is None or not summary.difference.is_empty

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._services.close()


def _numbered(numbers: Sequence[int], count: int) -> str:
    """`notification URL 2 of 3`."""
    return f"notification URL {', '.join(map(str, numbers))} of {count}"
