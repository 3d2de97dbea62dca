"""A log list says whose logs there are, which are accepted, and what they take."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from certgate.lab.ct import Log, log_list
from certgate.x509.ct_log import CtLog, read_log_list
from certgate.x509.errors import Malformed

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
INTERVAL = {"start_inclusive": "2026-01-01T00:00:00Z", "end_exclusive": "2027-01-01T00:00:00Z"}


def test_every_accepted_log_is_read_with_its_operator_and_interval():
    plain = Log("one", "A", more={"state": {"usable": {"timestamp": "2020-01-01T00:00:00Z"}}})
    sharded = Log("two", "B", more={"temporal_interval": INTERVAL, "state": {"qualified": {}}})
    retired = Log("three", "B", more={"state": {"retired": {"timestamp": "2026-01-01T00:00:00Z"}}})

    found = read_log_list(log_list(plain, sharded, retired))

    assert found == {
        sha256(plain.spki).digest(): CtLog(key=plain.spki, operator="A", name="one"),
        sha256(sharded.spki).digest(): CtLog(
            key=sharded.spki, operator="B", name="two", retired_at=None, expiry_from=START, expiry_before=END
        ),
        sha256(retired.spki).digest(): CtLog(key=retired.spki, operator="B", name="three", retired_at=START),
    }


def test_tiled_logs_count_and_rejected_and_pending_ones_do_not():
    tiled, rejected, pending = (
        Log("t", "A"),
        Log("r", "A", more={"state": {"rejected": {}}}),
        Log("p", "A", more={"state": {"pending": {}}}),
    )
    document = json.loads(log_list(tiled, rejected, pending))
    entries = document["operators"][0]["logs"]
    document["operators"][0] = {"name": "A", "logs": entries[1:], "tiled_logs": entries[:1]}

    assert [log.name for log in read_log_list(json.dumps(document)).values()] == ["t"]


@pytest.mark.parametrize(
    ("moment", "takes"),
    [(START - timedelta(seconds=1), False), (START, True), (END - timedelta(seconds=1), True), (END, False)],
)
def test_a_log_takes_certificates_that_expire_within_its_interval(moment, takes):
    assert (
        CtLog(key=b"", operator="A", name="one", retired_at=None, expiry_from=START, expiry_before=END).accepts(moment)
        is takes
    )
    assert CtLog(key=b"", operator="A", name="one").accepts(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"operators": 1}',
        '{"operators": [1]}',
        '{"operators": [{"name": "A", "logs": [{}]}]}',
        '{"operators": [{"name": "A", "logs": [{"key": "?"}]}]}',
        '{"operators": [{"name": "A", "logs": [{"key": "AA==", "temporal_interval": {"start_inclusive": "x"}}]}]}',
        '{"operators": [{"name": "A", "logs": [{"key": "AA==", "state": {"retired": {}}}]}]}',
        '{"operators": [{"name": "A", "logs": [{"key": "AA==", "state": {"retired": {"timestamp": "2026-01-01"}}}]}]}',
        "[" * 100_000,
    ],
)
def test_a_log_list_that_cannot_be_read_is_malformed(text):
    with pytest.raises(Malformed, match="the log list cannot be read"):
        read_log_list(text)


def test_a_log_list_without_an_accepted_log_is_malformed():
    with pytest.raises(Malformed, match="the log list has no accepted log"):
        read_log_list(log_list(Log("r", "A", more={"state": {"rejected": {}}})))
