"""Forecasts the results of a plan: every target is observed once, and judged at future times."""

from collections.abc import Iterable
from datetime import datetime

from certgate.gate.engine.inline import Inline
from certgate.gate.engine.interface import Engine
from certgate.gate.judges import Judges
from certgate.gate.ledger import Ledger
from certgate.gate.planning import Gate
from certgate.gate.work import Observe, fenced, interrupted
from certgate.judge.exceptions import waive
from certgate.judge.forecast.forecast_run import Forecast, TargetForecast, forecast_target
from certgate.model.frozen import frozen
from certgate.model.observation import Failure, Observed
from certgate.model.target import Target
from certgate.model.verdict import NoEndpoint, TargetResult
from certgate.system.stop import Stop

__all__ = ["Forecasting", "forecast"]

_INLINE = Inline()


def forecast(
    gate: Gate,
    targets: Iterable[Target],
    observe: Observe,
    *,
    start: datetime,
    end: datetime,
    stop: Stop | None = None,
    engine: Engine = _INLINE,
) -> Forecast:
    """Observe every target once, and judge the observations at the times from `start` to `end`."""
    stop = stop or Stop()
    judges = gate.judges
    outlook = Forecast(start=start, end=end)
    ledger = Ledger[TargetForecast | NoEndpoint](gate.targets)
    for result in engine.run(Forecasting(judges, stop, observe, start, end), map(judges.decided, targets), ledger):
        if not isinstance(result, NoEndpoint):
            outlook.add(result)
    outlook.interrupted = stop.wanted
    outlook.missing = ledger.missing
    return outlook


@frozen()
class Forecasting:
    """Forecasts the result of every target from `start` to `end`."""

    judges: Judges
    stop: Stop
    observe: Observe
    start: datetime
    end: datetime

    def judge(self, observed: Observed) -> TargetForecast | NoEndpoint:
        """The forecast for the target; none once the run is stopping."""
        if observed.has_no_endpoint:
            return NoEndpoint(observed.connections)
        found = fenced(self.stop, self._forecast, observed, "forecasting")
        return _no_forecast(observed, found) if isinstance(found, Failure) else found

    def unseen(self, observed: Observed) -> TargetForecast:
        """The missing forecast for a target that was not observed."""
        return _no_forecast(observed, interrupted(observed))

    def _forecast(self, observed: Observed) -> TargetForecast:
        policy, fail_on = self.judges.of(observed.target).policy, self.judges.fail_on

        def judge(at: datetime) -> TargetResult:
            return waive(self.judges.judge(observed, at), self.judges.waivers(observed.target), fail_on)[0]

        return forecast_target(observed, judge, policy, fail_on, start=self.start, end=self.end)


def _no_forecast(observed: Observed, failure: Failure) -> TargetForecast:
    return TargetForecast(observed.target.id, unseen=(f"{failure.kind}: {failure.detail}",))
