"""Labels in the path of a report: `reports/{label.team}/certgate.json` is a report for each value of the label."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen

__all__ = ["WITHOUT", "LabelPath", "Values"]

Values = tuple[str | None, ...]
"""The values of the labels in a path; None for a label that a target lacks."""

WITHOUT = "without-label"
"""The name in a path for targets that lack the label."""
_PLACE = re.compile(r"\{label\.([^{}]*)\}")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 60
"""Characters of a value that its name keeps if it is not safe as it is."""


@frozen()
class LabelPath:
    """A path with at least one `{label.NAME}`."""

    text: str

    @classmethod
    def of(cls, path: str) -> "LabelPath | None":
        """None for a path without labels. Raises UsageError for a label without a name."""
        if not _PLACE.search(path):
            return None
        if "" in _PLACE.findall(path):
            raise UsageError(f"{path}: the name of the label is missing; write {{label.team}}")
        return cls(path)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its labels, each once."""
        return tuple(dict.fromkeys(_PLACE.findall(self.text)))

    @cached_property
    def above(self) -> Path:
        """The folder above all names that labels give: it must exist."""
        parts = Path(self.text).parts
        return Path(*parts[: next(number for number, part in enumerate(parts) if _PLACE.search(part))])

    def values(self, labels: Mapping[str, str]) -> Values:
        """What a target's labels say."""
        return tuple(labels.get(name) for name in self.names)

    def paths(self, counts: Counter[Values]) -> Iterator[tuple[Values, str]]:
        """The path for each combination of values, in a fixed order; no two lead to one file."""
        spelled = [_spelled({values[place] for values in counts}) for place in range(len(self.names))]
        for values in sorted(counts, key=lambda each: [(value is None, value or "") for value in each]):
            given = {n: spelled[place][value] for place, (n, value) in enumerate(zip(self.names, values, strict=True))}
            yield values, _PLACE.sub(lambda found, given=given: given[found[1]], self.text)  # type: ignore[misc]

    def words(self, values: Values) -> str:
        """The values as `label.team=shop and without label.tier`. Foreign text."""
        pairs = zip(self.names, values, strict=True)
        return " and ".join(f"without label.{n}" if value is None else f"label.{n}={value}" for n, value in pairs)


def _spelled(values: set[str | None]) -> dict[str | None, str]:
    """A name for each value that is safe in a path on every system, and differs in more than letter case."""
    folded = Counter(value.casefold() for value in values if value is not None)
    return {value: WITHOUT if value is None else _name(value, folded[value.casefold()] == 1) for value in values}


def _name(value: str, is_alone: bool) -> str:
    is_safe = _SAFE.fullmatch(value) and not value.endswith(".") and not _RESERVED.fullmatch(value)
    if is_safe and is_alone and value.casefold() != WITHOUT:
        return value
    digest = sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    readable = _OTHER.sub("-", value).strip("-.")[:_LONGEST].strip("-.")
    return f"{readable or 'label'}-{digest}"
