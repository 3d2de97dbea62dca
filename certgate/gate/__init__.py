"""Where everything meets: plans a run, has it observed and judged, and sums up."""

from certgate.gate.engine import Engine
from certgate.gate.planned import Gate
from certgate.gate.planning import prepare
from certgate.gate.running import forecast, run
from certgate.gate.work import Observe

__all__ = ["Engine", "Gate", "Observe", "forecast", "prepare", "run"]
