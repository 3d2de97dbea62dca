"""Completes observations in rounds: fetches what a plan names, until it names nothing more."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from certgate.model.evidence import Evidence
from certgate.model.observation import Observation, Observed
from certgate.trust.evidence_request import EvidenceRequest, MissingEvidence

__all__ = ["MAX_ROUNDS", "Answers", "Completion", "with_answers"]

MAX_ROUNDS = 8
"""Rounds of fetching for one target."""

Answers = Sequence[Sequence[Future[Evidence]]]
"""What is being fetched for each observation of a target; empty where nothing is for any."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A plan, and what begins to fetch. It belongs to one thread."""

    plan: MissingEvidence
    fetch: Callable[[Iterable[EvidenceRequest]], Sequence[Future[Evidence]]]

    def missing(self, observed: Observed) -> Answers:
        """What is being fetched now because the observations lack it."""
        answers = [self.fetch(requests) for requests in self.plan(observed)]
        return answers if any(answers) else ()

    def complete(self, observed: Observed) -> Observed:
        """The observations with the evidence that the plan finds missing, failures included. Waits for it."""
        for _ in range(MAX_ROUNDS):
            answers = self.missing(observed)
            if not answers:
                break
            observed = with_answers(observed, answers)
        return observed


def with_answers(observed: Observed, answers: Answers) -> Observed:
    """Each observation with what was fetched for it; waits for that. Raises what is a bug in the fetching."""
    if not answers:
        return observed
    completed = map(_completed, observed.observations, answers)
    return Observed(observed.target, tuple(completed))


def _completed(observation: Observation, answers: Iterable[Future[Evidence]]) -> Observation:
    found = tuple(answer.result() for answer in answers)
    return replace(observation, evidence=(*observation.evidence, *found)) if found else observation
