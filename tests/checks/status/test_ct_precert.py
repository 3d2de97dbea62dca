"""Precertificates."""

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue

SCTS = ("1.3.6.1.4.1.11129.2.4.2", False, b"\x04\x02\x00\x00")
NOT_ONE = [NotApplicable("the certificate is not a precertificate")]


def precertificate(*extensions, critical=True, value=b"\x05\x00"):
    return issue("a", raw_extensions=[("1.3.6.1.4.1.11129.2.4.3", critical, value), *extensions])


def test_timestamps_come_after_the_precertificate(ask):
    assert ask("ct.precert-scts", precertificate()) == []
    assert ask("ct.precert-scts", precertificate(SCTS)) == [Problem("the precertificate has a list of SCTs")]
    assert ask("ct.precert-scts", issue("a", raw_extensions=[SCTS])) == NOT_ONE


def test_the_mark_is_critical_and_null(ask):
    assert ask("ct.poison-form", precertificate()) == []
    assert ask("ct.poison-form", precertificate(critical=False)) == [
        Problem("the CT poison extension is not critical", key="critical")
    ]
    assert ask("ct.poison-form", precertificate(value=b"\x30\x00")) == [
        Problem("the value of the CT poison extension is not NULL", key="value")
    ]
    assert ask("ct.poison-form", issue("a")) == NOT_ONE


def test_missing_timestamps_are_no_second_cause(ask):
    (missing,) = ask("ct.sct-count", precertificate())
    assert missing.cause == "ext.precert-poison"
    (missing,) = ask("ct.sct-count", issue("a"))
    assert missing.cause == ""
