"""Certificates with embedded SCTs of three logs of two operators."""

from datetime import timedelta
from typing import Any

from certgate.lab.ct import Log, issue_logged, log_list
from certgate.lab.pki import CLOCK, Credential, issue
from tests.checks.tables.row import key

__all__ = ["A1", "A2", "B1", "CA", "LISTED", "START", "logged"]

CA = issue("CA", ca=True)
A1, A2, B1 = Log("a1", "A"), Log("a2", "A"), Log("b1", "B")
LISTED = log_list(A1, A2, B1)
START = CLOCK - timedelta(days=30)


def logged(*logs: Log, **options: Any):
    """A certificate with an SCT from each log, if there are any."""

    def made() -> Credential:
        usual: dict[str, Any] = {"subject": "leaf", "issuer": CA, "key": key()}
        return issue_logged(logs=logs, **(usual | options)) if logs else issue(**(usual | options))

    return made
