"""Which observations of a journal need not be made again."""

import pytest

from certgate.lab.pki import CLOCK
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Endpoint, Target
from certgate.observe.journal.journal_lines import is_settled

AGAIN = {"interrupted", "not-visited", "worker-lost", "internal"}
TRANSPORT = {
    "name-not-resolved", "refused", "unreachable", "timed-out", "reset", "proxy-failed", "greeting-missing",
}  # fmt: skip


@pytest.mark.parametrize("kind", FailureKind)
def test_only_what_the_network_or_certgate_failed_at_is_observed_again(kind):
    target = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443))
    seen = Observation(observed_at=CLOCK, failure=Failure(kind, Phase.HANDSHAKE, "whatever"))
    assert is_settled(Observed(target, (seen,))) == (kind not in AGAIN | TRANSPORT)
