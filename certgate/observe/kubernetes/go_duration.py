"""Durations as Go writes them: `2160h0m0s` (source: Go, time.ParseDuration)."""

import re
from datetime import timedelta

__all__ = ["go_duration"]

_WHOLE = re.compile(r"([-+]?)((?:(?:[0-9]{1,9}\.?[0-9]{0,9}|\.[0-9]{1,9})(?:ns|us|µs|μs|ms|s|m|h))+|0)")
_PART = re.compile(r"([0-9.]+)([a-zµμ]+)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_LONGEST = 9_223_372_036.0
"""Seconds: 2^63 nanoseconds, about 292 years."""


def go_duration(text: str) -> timedelta:
    """Parse the duration. Raises ValueError."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:80]}" is not a duration such as 2160h; the units are h, m and s')
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(found[2]))
    if seconds > _LONGEST:
        raise ValueError(f'"{text[:80]}" is longer than 292 years')
    return timedelta(seconds=-seconds if found[1] == "-" else seconds)
