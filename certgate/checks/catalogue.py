"""Where all checks are found."""

import importlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from certgate.checks.registry import Check, checks_declared

__all__ = ["adopt", "all_checks", "check_of", "has_shipped_family"]

_FAMILIES = (
    "observed", "chain", "chain_links", "chain_issuers", "chain_constraints", "chain_age", "trust", "trust_anchor",
    "trust_engines", "validity", "name", "san", "subject_name", "spiffe", "spiffe_trust", "svid", "linkerd", "eku",
    "ku", "extensions", "extension_form", "form", "structure", "policies", "key", "weak_key", "key_pair",
    "request", "expected", "suffix", "signature", "pq", "ocsp", "ocsp_profile", "revocation", "rev_status", "crl", "ct",
    "tls", "lint", "waiver",
)  # fmt: skip
_ADOPTED: dict[str, Check] = {}


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check that comes with certgate, by id."""
    for family in _FAMILIES:
        importlib.import_module(f"certgate.checks.{family}")
    return MappingProxyType({id: c for id, c in checks_declared().items() if c.run.__module__.startswith("certgate.")})


def has_shipped_family(id: str) -> bool:
    """Whether the id, or a glob for ids, begins with the word of a family that comes with certgate."""
    return id.partition(".")[0] in {check.family for check in all_checks().values()}


def adopt(check: Check) -> None:
    """Make a check that a policy brings along known to `check_of`, in the place of an earlier one with its id."""
    _ADOPTED[check.id] = check


def check_of(id: str) -> Check:
    """The check of a rule of this run, whether it comes with certgate or with a policy. Raises KeyError."""
    return _ADOPTED.get(id) or all_checks()[id]
