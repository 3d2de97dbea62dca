"""Where everything meets: plans a run, has targets observed and checked, and sums up."""

from certgate.gate.engine.interface import Engine
from certgate.gate.planning import Gate, prepare
from certgate.gate.run_spec import RunSpec
from certgate.gate.running import run
from certgate.gate.work import Observe

__all__ = ["Engine", "Gate", "Observe", "RunSpec", "prepare", "run"]
