"""Certificates at the wrong time."""

from datetime import timedelta

from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, unchecked, warns

__all__ = ["SCENARIOS"]

_DAY = timedelta(days=1)

SCENARIOS = (
    Scenario(
        name="expired-leaf",
        title="The leaf expired yesterday",
        leaf={"not_before": CLOCK - 91 * _DAY, "days": 90},
        gives=(fails("validity.expired"),),
    ),
    Scenario(
        name="not-yet-valid-leaf",
        title="The leaf becomes valid tomorrow",
        leaf={"not_before": CLOCK + _DAY},
        gives=(fails("validity.not-yet-valid"),),
    ),
    Scenario(
        name="expired-intermediate",
        title="The intermediate expired yesterday; the leaf has not",
        issuers=({"not_after": CLOCK - _DAY},),
        gives=(
            fails("validity.expired", "issuer 1"),
            unchecked("chain.intermediate-expiry", "path"),
            warns("chain.leaf-outlives-issuer", "path"),
        ),
    ),
    Scenario(
        name="expiring-intermediate",
        title="The intermediate has ten days left; the leaf, made for two weeks, a little less",
        leaf={"not_before": CLOCK - 5 * _DAY, "days": 14},
        issuers=({"not_after": CLOCK + 10 * _DAY},),
        gives=(fails("chain.intermediate-expiry", "path"),),
    ),
    Scenario(
        name="too-long-lifetime",
        title="The leaf is valid for 201 days, one more than the limit at its issuance",
        leaf={"days": 201},
        gives=(fails("validity.max-lifetime"),),
    ),
    Scenario(
        name="renewal-due",
        title="Less than a third of the leaf's 90 days is left",
        leaf={"not_before": CLOCK - 65 * _DAY},
        gives=(warns("validity.remaining"),),
    ),
    Scenario(
        name="nearly-expired",
        title="The leaf has five of its 90 days left",
        leaf={"not_before": CLOCK - 85 * _DAY},
        gives=(fails("validity.remaining"),),
    ),
)
