"""`--metrics-labels`: which labels of the targets monitoring sees."""

import re
from collections.abc import Iterable, Iterator, Mapping

from certgate.model.errors import UsageError
from certgate.reports.escape import for_openmetrics
from certgate.reports.spec import ReportSpec

__all__ = ["metric_labels", "sample_labels"]

_OTHER = re.compile(r"[^a-zA-Z0-9_]")


def metric_labels(said: str | None, specs: Iterable[ReportSpec]) -> tuple[str, ...]:
    """The names of the labels. Raises UsageError for an empty one, for two that are one in a metric, and for no use."""
    names = () if said is None else tuple(said.split(","))
    if not all(names):
        raise UsageError(f'--metrics-labels "{said}" has an empty name; write team,tier')
    if names and all(spec.format != "openmetrics" for spec in specs):
        raise UsageError("--metrics-labels needs --report openmetrics")
    written: dict[str, str] = {}
    for name in names:
        if (before := written.setdefault(_name(name), name)) != name:
            raise UsageError(f'--metrics-labels "{said}": {before} and {name} are both {_name(name)} in a metric')
    return tuple(written.values())


def sample_labels(names: Iterable[str], labels: Mapping[str, str]) -> str:
    """The labels of a target as they follow others in a sample; those that it lacks are left out."""
    return "".join(_each(names, labels))


def _each(names: Iterable[str], labels: Mapping[str, str]) -> Iterator[str]:
    for name in names:
        if value := labels.get(name):
            yield f',{_name(name)}="{for_openmetrics(value)}"'


def _name(label: str) -> str:
    return f"label_{_OTHER.sub('_', label)}"
