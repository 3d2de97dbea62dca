"""Completes observations in rounds: fetches what a plan names, until it names nothing more."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from certgate.model.evidence import Evidence
from certgate.model.frozen import frozen
from certgate.model.observation import Observation, Observed
from certgate.trust.evidence_request import EvidenceRequest, MissingEvidence

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["MAX_ROUNDS", "Answers", "Completion", "with_answers"]

MAX_ROUNDS = 8
"""Rounds of fetching for one target."""

Answers = Sequence[Sequence["Future[Evidence]"]]
"""The pending fetches for each observation of a target; empty if there are none."""


@frozen(slots=True)
class Completion:
    """A plan and its collector. Use it from one thread."""

    plan: MissingEvidence
    fetch: Callable[[Iterable[EvidenceRequest]], Sequence["Future[Evidence]"]]

    def missing(self, observed: Observed) -> Answers:
        """Start to fetch the evidence that the observations lack."""
        answers = [self.fetch(requests) for requests in self.plan(observed)]
        return answers if any(answers) else ()

    def complete(self, observed: Observed) -> Observed:
        """The observations with the missing evidence, failed fetches included. Waits for the fetches."""
        for _ in range(MAX_ROUNDS):
            answers = self.missing(observed)
            if not answers:
                break
            observed = with_answers(observed, answers)
        return observed


def with_answers(observed: Observed, answers: Answers) -> Observed:
    """Each observation with its fetched evidence; waits for the fetches. Raises only if fetching has a bug."""
    if not answers:
        return observed
    completed = map(_completed, observed.observations, answers)
    return Observed(observed.target, tuple(completed))


def _completed(observation: Observation, answers: Iterable["Future[Evidence]"]) -> Observation:
    found = tuple(answer.result() for answer in answers)
    return replace(observation, evidence=(*observation.evidence, *found)) if found else observation
