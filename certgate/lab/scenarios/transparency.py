"""Public leaves that are not logged as they should be."""

from datetime import timedelta

from certgate.lab.chain import Chain
from certgate.lab.ct import Log, sct_list
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, unchecked, warns
from certgate.model.finding import Severity
from certgate.x509.sct import EMBEDDED_SCTS, STAPLED_SCTS

__all__ = ["SCENARIOS"]


def _timestamps_in_staple(chain: Chain) -> bytes:
    timestamps = sct_list([Log("Lab log", "Lab operator").sign(chain.leaf.der, chain.issuer, CLOCK)])
    return make_staple(chain.leaf, chain.issuer, single_extensions=[(STAPLED_SCTS, False, timestamps)])


SCENARIOS = (
    Scenario(
        name="not-logged",
        title="The leaf is in no CT log",
        logs=0,
        gives=(fails("ct.sct-count"),),
    ),
    Scenario(
        name="logged-once",
        title="The leaf is in one CT log, where two are needed",
        logs=1,
        gives=(fails("ct.sct-count"),),
    ),
    Scenario(
        name="timestamps-unreadable",
        title="The leaf's signed certificate timestamps are damaged",
        leaf={"raw_extensions": [(EMBEDDED_SCTS, False, b"\x04\x02\x00\x09")]},
        logs=0,
        gives=(
            fails("ct.sct-valid", "path"),
            unchecked("ct.sct-count"),
            unchecked("validity.backdated")._replace(severity=Severity.WARNING),
        ),
    ),
    Scenario(
        name="timestamps-in-staple",
        title="The signed certificate timestamps come in the staple alone",
        logs=0,
        staple=_timestamps_in_staple,
        gives=(fails("ct.sct-count"), warns("ct.delivery", "staple")),
    ),
    Scenario(
        name="good-timestamps-in-both",
        title="The signed certificate timestamps stand in the leaf, and one more comes in the staple",
        staple=_timestamps_in_staple,
    ),
    Scenario(
        name="backdated",
        title="The leaf was logged three days after its notBefore",
        logged=timedelta(days=3),
        gives=(warns("validity.backdated"),),
    ),
)
