"""Properties that are worked out once, without the lock that Python 3.11 takes for each reading."""

import sys
from typing import TYPE_CHECKING, Any

__all__ = ["cached_property"]

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:

    class cached_property:  # noqa: N801 (as in the standard library)
        """As in Python 3.12: two threads may work it out at the same time, so it must be the same for both."""

        def __init__(self, work_out: Any) -> None:
            self._work_out = work_out
            self.__doc__ = work_out.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            """The value, kept among the attributes, where Python finds it the next time."""
            if instance is None:
                return self
            value = instance.__dict__[self._name] = self._work_out(instance)
            return value
