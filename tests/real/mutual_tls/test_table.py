"""Whom the servers that people run let in: measured, and the same in every version of TLS but for the alert's time.

H40: refused in the handshake with alert 40. P116: refused after it with alert 116. A: refused by the application with
HTTP status 400. `.`: let in.
"""

import pytest

from certgate.model.mutual_tls import Expect
from certgate.model.probe import ProbeOutcome

pytestmark = pytest.mark.slow

OTHER = "shop.corp.example"
CLIENTS = ("none", "control", "self-signed", "expired")
_MARKS = {
    ProbeOutcome.ACCEPTED: ".",
    ProbeOutcome.REFUSED: "H",
    ProbeOutcome.REFUSED_AFTER_HANDSHAKE: "P",
    ProbeOutcome.REFUSED_BY_APPLICATION: "A",
    ProbeOutcome.SILENT: "silent",
    ProbeOutcome.CLOSED: "closed",
    ProbeOutcome.FAILED: "failed",
}
_STRICT = {"TLSv1.2": "H40 . H48 H45", "TLSv1.3": "P116 . P48 P45"}
_IF_GIVEN = {"TLSv1.2": ". . H48 H45", "TLSv1.3": ". . P48 P45"}
_ALL = dict.fromkeys(("TLSv1.2", "TLSv1.3"), ". . . .")

versions = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


def told(answers):
    """The table's row."""
    row = []
    for client in CLIENTS:
        answer = answers[client]
        number = "" if answer.outcome is ProbeOutcome.ACCEPTED else answer.alert
        row.append(f"{_MARKS[answer.outcome]}{'' if number is None else number}")
    return " ".join(row)


@versions
@pytest.mark.parametrize(
    ("way", "row"),
    [("on", "A . A A"), ("optional", ". . A A"), ("optional_no_ca", ". . . A")],
)
def test_nginx(nginx, probe, way, version, row):
    answers = probe(nginx[way, version], app="/")

    assert told(answers) == row
    assert {answer.status for answer in answers.values() if answer.outcome is not ProbeOutcome.ACCEPTED} == {400}
    assert all(answer.requested and answer.ca_names == ("CN=Clients",) for answer in answers.values())


@versions
@pytest.mark.parametrize("mode", ["http", "tcp"])
@pytest.mark.parametrize(("way", "rows"), [("required", _STRICT), ("optional", _IF_GIVEN), ("ignoring", _ALL)])
def test_haproxy(haproxy, probe, mode, way, version, rows):
    answers = probe(haproxy[mode, way, version], app="/" if mode == "http" else "none")

    assert told(answers) == rows[version]
    assert all(answer.requested and answer.ca_names == ("CN=Clients",) for answer in answers.values())


@versions
def test_s_server(s_server, probe, version):
    assert told(probe(s_server[version], app="/")) == _STRICT[version]


@versions
def test_a_certificate_that_the_server_cannot_take_is_not_shown_and_tells_nothing(s_server, probe, version):
    answers = probe(s_server[version, "RSA"], app="/")

    assert {answers[client].outcome for client in ("control", "self-signed", "expired")} == {ProbeOutcome.FAILED}
    assert "takes no certificate with a key of this kind" in answers["self-signed"].detail


@pytest.mark.slow
@versions
@pytest.mark.parametrize(
    ("way", "rows"),
    [
        ("Request", _ALL),
        ("RequireAny", {"TLSv1.2": "H40 . . .", "TLSv1.3": "P116 . . ."}),
        ("VerifyIfGiven", _IF_GIVEN),
        ("RequireAndVerify", _STRICT),
        (
            "RequireAndVerify without ClientCAs",
            {"TLSv1.2": "H40 H48 H48 H45", "TLSv1.3": "P116 P48 P48 P45"},
        ),
    ],
)
def test_go(go, probe, way, version, rows):
    answers = probe(go[way, version], app="/")

    assert told(answers) == rows[version]
    names = () if way.endswith("ClientCAs") else ("CN=Clients",)
    assert all(answer.requested and answer.ca_names == names for answer in answers.values())


@versions
def test_a_lookalike_is_refused_by_who_verifies(nginx, haproxy, probe, version):
    assert probe(nginx["on", version], app="/")["lookalike"].status == 400
    assert probe(haproxy["http", "required", version], app="/")["lookalike"].alert is not None


@versions
def test_without_a_request_nothing_is_known_of_a_server_that_says_nothing(haproxy, probe, version):
    answers = probe(haproxy["tcp", "optional", version], expect=Expect.OPTIONAL)

    assert {answers[client].outcome for client in ("none", "control")} == {ProbeOutcome.SILENT}


@pytest.mark.slow
def test_postgres(postgres, probe):
    """It asks for the certificate of a client in the startup message, so that silence is all that TLS 1.3 gives."""
    version, port = postgres
    answers = probe(port, app="none", protocol="postgres")

    rows = {"TLSv1.2": ". . H48 H45", "TLSv1.3": "silent silent P48 P45"}
    assert told(answers) == rows[version]
    assert all(answer.requested and answer.ca_names == ("CN=Clients",) for answer in answers.values())


@versions
def test_nginx_does_not_resume_a_session_under_another_name(nginx, probe, version):
    answer = probe(nginx["on", version], app="/", also=(OTHER,))[f"resumed under {OTHER}"]

    refusal = ProbeOutcome.REFUSED_BY_APPLICATION if version == "TLSv1.2" else ProbeOutcome.REFUSED
    assert (answer.outcome, answer.status, answer.alert) == (
        refusal,
        421 if version == "TLSv1.2" else None,
        None if version == "TLSv1.2" else 49,
    )


@versions
def test_haproxy_resumes_the_sessions_of_all_names_of_a_port(haproxy, probe, version):
    answer = probe(haproxy["http", "required", version], app="/", also=(OTHER,))[f"resumed under {OTHER}"]

    assert (answer.outcome, answer.status) == (ProbeOutcome.ACCEPTED, 200)
