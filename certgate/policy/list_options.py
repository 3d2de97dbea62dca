"""Lists named on the command line: denied keys, and certificate transparency logs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from certgate.checks.framework.needs import Setting
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.policy.packs import read_text
from certgate.policy.references import without_comment

__all__ = ["ListOptions"]


@frozen(kw_only=True)
class ListOptions:
    """The names of the files."""

    deny: Sequence[str] | None = None
    ct_logs: str | None = None

    def settings(self) -> Mapping[Setting, Any]:
        """The settings that the files contain. Raises UsageError for a file that is not such a list."""
        found: dict[Setting, Any] = {}
        if self.deny:
            found[Setting.DENIED_KEYS] = tuple(key for path in self.deny for key in _denied(path))
        if self.ct_logs:
            found[Setting.CT_LOGS] = _log_list(self.ct_logs)
        return found


def _denied(path: str) -> Iterator[str]:
    from certgate.checks.path.trust import key_digest

    empty = True
    for number, line in enumerate(read_text(Path(path)).splitlines(), 1):
        text = without_comment(line).strip()
        if text and key_digest(text) is None:
            raise UsageError(f"{path}:{number}: is not the SHA-256 of a key, as 64 hexadecimal digits or Base64")
        if text:
            empty = False
            yield text
    if empty:
        raise UsageError(f"{path}: holds no key")


def _log_list(path: str) -> str:
    from certgate.x509.ct_log import read_log_list
    from certgate.x509.errors import Malformed

    text = read_text(Path(path))
    try:
        read_log_list(text)
    except Malformed as error:
        raise UsageError(f"{path}: {error}") from error
    return text
