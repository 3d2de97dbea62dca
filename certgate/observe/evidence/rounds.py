"""Completes an observation in rounds: what a plan names is fetched, until it names nothing more."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from certgate.model.evidence import Evidence
from certgate.model.observation import Observation
from certgate.model.target import Target
from certgate.trust.evidence_request import EvidenceRequest, MissingEvidence

__all__ = ["MAX_ROUNDS", "Completion", "with_answers"]

MAX_ROUNDS = 8
"""Rounds of fetching for one observation."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A plan, and what begins to fetch. It belongs to one thread."""

    plan: MissingEvidence
    fetch: Callable[[Iterable[EvidenceRequest]], Sequence[Future[Evidence]]]

    def missing(self, target: Target, observation: Observation) -> Sequence[Future[Evidence]]:
        """What is being fetched now because the observation lacks it."""
        return self.fetch(self.plan(target, observation))

    def complete(self, target: Target, observation: Observation) -> Observation:
        """The observation with the evidence that the plan finds missing, failures included. Waits for it."""
        for _ in range(MAX_ROUNDS):
            answers = self.missing(target, observation)
            if not answers:
                break
            observation = with_answers(observation, answers)
        return observation


def with_answers(observation: Observation, answers: Iterable[Future[Evidence]]) -> Observation:
    """The observation with what was fetched for it; waits for that. Raises what is a bug in the fetching."""
    found = tuple(answer.result() for answer in answers)
    return replace(observation, evidence=(*observation.evidence, *found)) if found else observation
