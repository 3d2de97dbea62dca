"""JSON reports, read again to be compared."""

import json
from dataclasses import replace

import pytest

from certgate.judge.seen import seen_target
from certgate.model.errors import UsageError
from certgate.model.finding import Outcome, Severity
from certgate.model.verdict import Verdict
from certgate.reports.json_report import REPORT_VERSION
from certgate.reports.report_file import read_report


@pytest.fixture
def written(results, render):
    return json.loads(render("json", *results))


def read(document):
    return read_report("r.json", json.dumps(document).encode())


def test_what_is_read_is_what_the_run_saw(results, render):
    for verbose in (False, True):
        snapshot = read_report("r.json", render("json", *results[:5], verbose=verbose).encode())
        seen = {result.target.id: seen_target(result, Severity.ERROR) for result in results[:5]}
        assert snapshot.targets == seen
        assert snapshot.targets["mail.example:443"].unreachable == "timed-out: no answer to connect within 10 s"
        assert snapshot.run.rules >= {"key.rsa-min", "target.observed"}


def test_a_hostile_report_is_read_too(hostile, render):
    assert len(read_report("r.json", render("json", hostile).encode()).targets) == 1


def test_what_is_excused_or_not_required_does_not_count(endpoint, finding, render):
    known = finding("validity.expired", Outcome.FAIL, "ended", known=True)
    optional = finding("rev.status", Outcome.NOT_CHECKED, "no answer", required=False)
    target = endpoint("a.example", 1, Verdict.COMPLIANT, known, optional)
    (seen,) = read_report("r.json", render("json", target).encode()).targets.values()
    assert [(one.rule, one.is_excused, one.violates) for one in seen.findings] == [("validity.expired", True, False)]


def test_an_older_report_lacks_key_and_names_which_is_not_the_same_as_none(written):
    for target in written["targets"]:
        for certificate in target["certificates"]:
            for name in ("spki_sha256", "names", "key", "key_bits", "signature"):
                del certificate[name]
    del written["only"]
    written["report_version"] = 1
    (leaf, _) = read(written).targets["api.example:443"].certificates
    assert (leaf.spki_sha256, leaf.names) == ("", None)


def test_protocols_of_probes_are_left_out(results, written):
    target = written["targets"][0]
    target["observations"].append(
        {**target["observations"][0], "probe": "no-sni", "tls": {"version": "TLSv1.2", "group": None}}
    )
    assert read(written).targets["api.example:443"].protocols == ("TLSv1.3",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["summary"].update(interrupted=True), "r.json: is the report of an incomplete run"),
        (lambda r: r["summary"].update(missing=1), "r.json: is the report of an incomplete run"),
        (lambda r: r["targets"].append(r["targets"][0]), "r.json: has a target twice"),
        (
            lambda r: r.update(report_version=REPORT_VERSION + 1),
            "r.json: is not a JSON report that this version reads: report_version: ",
        ),
        (lambda r: r.pop("summary"), "r.json: is not a JSON report that this version reads: summary: Field required"),
        (lambda r: r["targets"][2]["findings"][0].update(violation="no"), "findings.0.violation: "),
        (lambda r: r["targets"][2]["findings"][0].update(fingerprint="../x"), "findings.0.fingerprint: "),
        (lambda r: r["targets"][0]["certificates"][0].update(not_after="soon"), "certificates.0.not_after: "),
    ],
)
def test_what_is_no_whole_report_is_refused_with_the_place(written, change, message):
    change(written)
    with pytest.raises(UsageError) as caught:
        read(written)
    assert message in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"null", b"\xff", b'{"a": 1, "a": 2}', b"[" * 100_000])
def test_what_is_no_report_at_all_is_refused(data):
    with pytest.raises(UsageError, match=r"^r\.json: "):
        read_report("r.json", data)


def test_a_report_that_was_cut_off_is_refused(results, render):
    text = render("json", *results[:2])
    for length in range(0, len(text) - 2, 97):
        with pytest.raises(UsageError):
            read_report("r.json", text[:length].encode())


def test_an_address_stands_beside_its_finding(results, render):
    at = replace(results[2], findings=(replace(results[2].findings[1], vantage="192.0.2.7:443"),))
    (seen,) = read_report("r.json", render("json", at).encode()).targets.values()
    assert seen.findings[0].subject == "leaf at 192.0.2.7:443"
