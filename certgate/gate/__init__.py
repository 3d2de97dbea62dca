"""Where everything meets: plans a run, has it observed and judged, and sums up."""

from certgate.gate.planned import Gate
from certgate.gate.planning import prepare
from certgate.gate.running import Emit, Observe, forecast, run

__all__ = ["Emit", "Gate", "Observe", "forecast", "prepare", "run"]
