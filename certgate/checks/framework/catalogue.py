"""The catalogue of all checks."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType, ModuleType

import certgate.checks
from certgate.checks.framework.registry import Check
from certgate.model.reserved import EXCEPTION_RULES
from certgate.model.rule_doc import RuleDoc

__all__ = ["all_checks", "all_rules", "check_of", "checks_in", "has_shipped_family"]


@cache
def all_checks() -> Mapping[str, Check]:
    """Every built-in check, by id."""
    return MappingProxyType(dict(sorted(checks_in(map(importlib.import_module, _modules())).items())))


@cache
def check_of(id: str) -> Check:
    """The built-in check with this id; imports modules of its family until one has it. Raises KeyError."""
    for name in _of_family(id.partition(".")[0]):
        if check := _in_module(name).get(id):
            return check
    raise KeyError(id)


@cache
def _of_family(family: str) -> tuple[str, ...]:
    """The modules that are named after the family, as all modules of checks are."""
    stems = {name: name.rpartition(".")[2] for name in _modules()}
    return tuple(name for name, stem in stems.items() if stem == family or stem.startswith(f"{family}_"))


@cache
def _in_module(name: str) -> Mapping[str, Check]:
    return checks_in([importlib.import_module(name)])


@cache
def _modules() -> tuple[str, ...]:
    found = pkgutil.walk_packages(certgate.checks.__path__, f"{certgate.checks.__name__}.")
    return tuple(module.name for module in found)


@cache
def all_rules() -> Mapping[str, RuleDoc]:
    """The documentation of every built-in rule, by id, including rules without a check."""
    docs = {**{id: check.doc for id, check in all_checks().items()}, **EXCEPTION_RULES}
    return MappingProxyType(dict(sorted(docs.items())))


def checks_in(modules: Iterable[ModuleType]) -> dict[str, Check]:
    """The checks in the modules, by id. Raises TypeError for a duplicate id."""
    found: dict[str, Check] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Check) and found.setdefault(value.id, value) is not value:
                raise TypeError(f"check {value.id} is declared twice")
    return found


def has_shipped_family(id: str) -> bool:
    """Whether the id, or a glob for ids, begins with the name of a built-in family."""
    return id.partition(".")[0] in {doc.family for doc in all_rules().values()}
