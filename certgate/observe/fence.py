"""A fence around the observation of each target: an unforeseen error affects that target alone."""

from dataclasses import replace

from certgate.model.bug import bug
from certgate.model.observation import Failure, FailureKind, Observation, Phase

__all__ = ["incomplete_by"]


def incomplete_by(error: BaseException, observation: Observation, phase: Phase) -> Observation:
    """The observation so far, ended by an unforeseen exception. Raises it again if it is not a bug."""
    step = "naming and fetching what is missing" if phase is Phase.PLAN else "observing"
    return replace(observation, failure=Failure(FailureKind.INTERNAL, phase, bug(error, step)))
