"""The exceptions of one run, waivers first and then the baseline, and what is to be told of them at its end."""

from collections.abc import Iterable, Sequence

from certgate.judge.baseline import Baseline
from certgate.judge.waivers import WaiverTally, waive
from certgate.model.baseline import Known
from certgate.model.finding import Severity
from certgate.model.verdict import Notice, TargetResult
from certgate.model.waiver import Waiver

__all__ = ["Exceptions"]


class Exceptions:
    """Takes the results of a run one by one and keeps none of them."""

    def __init__(
        self, waivers: Iterable[Waiver], baseline: Iterable[Known], *, fail_on: Severity, left_out: Iterable[str] = ()
    ) -> None:
        self._tally = WaiverTally(waivers, left_out)
        self._baseline = Baseline(baseline)
        self._fail_on = fail_on

    def apply(self, result: TargetResult, waivers: Sequence[Waiver]) -> TargetResult:
        """The result with what the target's `waivers` and the baseline excuse, and its verdict then."""
        waived, uses = waive(result, waivers, self._fail_on)
        self._tally.add(uses, result.clock)
        return self._baseline.apply(waived, self._fail_on)

    def notices(self) -> tuple[Notice, ...]:
        """What to tell at the end of the run."""
        return (*self._tally.notices(), *self._baseline.notices())
