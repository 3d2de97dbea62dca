"""What is said in the clear before TLS begins."""

from certgate.checks.framework.subjects import Observations
from certgate.lab.pki import CLOCK
from certgate.model.observation import Observation, PreludeFacts
from tests.checks.tables.row import Table, na, nc, problem, row


def said(prelude, **more):
    return Observations((Observation(observed_at=CLOCK, prelude=prelude, **more),))


NO_GO_AHEAD = "the server gave no go-ahead for TLS"

TABLE: Table = {
    "starttls.injection": (
        row("nothing", said(PreludeFacts("smtp"))),
        row("one byte", said(PreludeFacts("smtp", injected="x")), problem("bytes in the clear over smtp, between the go-ahead and TLS: 'x'", key="injected")),
        row("no go-ahead", said(None), na(NO_GO_AHEAD)),
        row("no go-ahead, but a chain", said(None, presented=(b"0",)), nc(NO_GO_AHEAD)),
    ),
}  # fmt: skip
