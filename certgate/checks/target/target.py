"""The reserved rule target.observed."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotChecked, check
from certgate.checks.framework.subjects import Observations
from certgate.model.observation import FailureKind
from certgate.model.reserved import TARGET_OBSERVED

__all__: list[str] = []


@check(TARGET_OBSERVED, citation="certgate: nothing unknown is ever a pass")
def observed(target: Observations) -> Iterator[Answer]:
    """The target could be observed.

    This rule belongs to every policy and cannot be left out. A peer that demands a client certificate has shown its
    chain and proved that it owns the key before it refuses: that counts as observed.

    Why: a target that was not seen may be anything, so it is never a pass.

    Fix: correct what the message names, so that the gate can reach and read the target, or take it off the list.
    """
    for observation in target.observations:
        failure = observation.failure
        if failure is None:
            continue
        if failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED and observation.presented:
            continue
        yield NotChecked(f"{failure.kind}: {failure.detail}")
        return
