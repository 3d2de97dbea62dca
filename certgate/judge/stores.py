"""What several trust stores say of one chain, as one."""

from collections.abc import Sequence
from dataclasses import replace

from certgate.model.finding import Finding, Outcome

__all__ = ["by_all_stores"]

_WRONG = frozenset({Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.CRASHED})


def by_all_stores(judged: Sequence[tuple[str, tuple[Finding, ...]]]) -> tuple[Finding, ...]:
    """What all agree on, once, and whatever is wrong by some, with the name of the store. `judged`: (store, findings).

    Of a rule that no store finds anything wrong with, the first store's findings are kept.
    """
    found: list[Finding] = []
    for store, findings in judged:
        for finding in findings:
            if all(finding in others for _, others in judged):
                found += [] if finding in found else [finding]
            elif finding.outcome in _WRONG:
                key = f"{finding.key} {store}".lstrip()
                found.append(replace(finding, message=f"by the trust store {store}: {finding.message}", key=key))
    heard = {finding.rule for finding in found}
    return (*found, *(finding for finding in judged[0][1] if finding.rule not in heard))
