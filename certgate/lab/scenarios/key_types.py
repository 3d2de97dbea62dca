"""Servers with a certificate for each of several types of keys."""

from datetime import timedelta

from OpenSSL import SSL

from certgate.lab.pki import CLOCK
from certgate.lab.prelude.database_servers import mysql
from certgate.lab.scenario import Scenario, fails, unchecked

__all__ = ["SCENARIOS"]

_DAY = timedelta(days=1)
_RULE = {"tls.certificates": {"severity": "error"}}


def _tls_1_3(context: SSL.Context) -> None:
    context.set_min_proto_version(SSL.TLS1_3_VERSION)


SCENARIOS = (
    Scenario(
        name="good-two-key-types",
        title="A good RSA certificate beside a good ECDSA one",
        second_leaf={"key": "RSA-2048"},
        adds=_RULE,
    ),
    Scenario(
        name="expired-second-key-type",
        title="An RSA certificate that expired yesterday beside a good ECDSA one",
        second_leaf={"key": "RSA-2048", "not_before": CLOCK - 91 * _DAY, "days": 90},
        adds=_RULE,
        gives=(fails("validity.expired"),),
    ),
    Scenario(
        name="wrong-name-second-key-type",
        title="A server of TLS 1.3 alone with an RSA certificate for another name beside a good ECDSA one",
        second_leaf={"key": "RSA-2048", "subject": "other.lab.example", "sans": ("other.lab.example",)},
        configure=_tls_1_3,
        adds=_RULE,
        gives=(fails("name.host-match"),),
    ),
    Scenario(
        name="key-types-unasked",
        title="A MySQL server, which is not asked for certificates with other types of keys",
        protocol="mysql",
        opening=mysql,
        adds=_RULE,
        gives=(unchecked("tls.certificates", "target"),),
    ),
)
