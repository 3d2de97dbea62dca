"""Checks in other packages: found by the entry-point group `certgate.checks`, loaded only if a policy names them."""

import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import entry_points

from certgate.checks.framework.catalogue import checks_in
from certgate.checks.framework.registry import Check

__all__ = ["GROUP", "PluginError", "installed_plugins", "load_plugin"]

GROUP = "certgate.checks"


class PluginError(Exception):
    """Why a plugin cannot be used, as one sentence."""


def installed_plugins() -> frozenset[str]:
    """The names of all plugins that installed packages declare. Loads none of them."""
    return frozenset(point.name for point in entry_points(group=GROUP))


@lru_cache
def load_plugin(name: str) -> Mapping[str, Check]:
    """The checks of a plugin by id: those in its module and in the modules below it. Raises PluginError."""
    points = {point.value: point for point in entry_points(group=GROUP, name=name)}
    if not points:
        raise PluginError(f'no installed package has a plugin "{name}"')
    if len(points) > 1:
        raise PluginError(f'several packages have a plugin "{name}": {", ".join(sorted(points))}')
    (point,) = points.values()
    try:
        point.load()
        inside = f"{point.module}."
        found = checks_in([module for name, module in sorted(sys.modules.items()) if f"{name}.".startswith(inside)])
    except (Exception, SystemExit) as error:
        raise PluginError(f'the plugin "{name}" cannot be loaded: {type(error).__name__}: {error}') from error
    found = {id: check for id, check in found.items() if not check.run.__module__.startswith("certgate.")}
    if not found:
        raise PluginError(f'the plugin "{name}" declares no check')
    return found
