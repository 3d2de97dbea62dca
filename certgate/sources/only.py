"""`--only`: which of the declared targets a run observes."""

from collections.abc import Sequence

from certgate.model.errors import UsageError
from certgate.model.target import Target
from certgate.model.waiver import matches

__all__ = ["Only"]

_LABEL = "label."


class Only:
    """Selects targets that match at least one word: a glob of hosts, paths or ids, or `label.NAME=GLOB`.

    Without a word, every target is kept. What hides targets is always kept: a word may match one of them.
    """

    def __init__(self, words: Sequence[str] = ()) -> None:
        """Raises UsageError for a label without a name or a value."""
        self._words = tuple(dict.fromkeys(words))
        self._idle = set(self._words)
        self._is_complete = True
        for word in self._words:
            name, equals, value = word.removeprefix(_LABEL).partition("=")
            if word.startswith(_LABEL) and not (name and equals and value):
                raise UsageError(f'--only "{word}" is not label.NAME=VALUE')

    def __bool__(self) -> bool:
        return bool(self._words)

    def keeps(self, target: Target) -> bool:
        """Whether the run observes the target. Records every word that matches it."""
        matching = [word for word in self._words if _matches(word, target)]
        self._idle.difference_update(matching)
        hides_targets = target.source.hides_targets
        self._is_complete &= not hides_targets
        return bool(matching) or hides_targets or not self

    def refuse_idle(self) -> None:
        """Raise UsageError if a word has not matched any target so far, and none was hidden."""
        if self._is_complete and (idle := next((word for word in self._words if word in self._idle), "")):
            is_label = "=" in idle and not idle.startswith(_LABEL)
            advice = f"; a label is written {_LABEL}{idle}" if is_label else ""
            raise UsageError(f'--only "{idle}" matches no target{advice}')


def _matches(word: str, target: Target) -> bool:
    if not word.startswith(_LABEL):
        return any(matches(word, text) for text in (target.source.word, target.id))
    name, _, glob = word.removeprefix(_LABEL).partition("=")
    return name in target.labels and matches(glob, target.labels[name])
