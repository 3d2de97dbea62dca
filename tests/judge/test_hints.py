"""Hints: which command judges a target as what it is, and which options of the run it repeats."""

from dataclasses import replace

import pytest

from certgate.judge.hints import RunHints, hint_of
from certgate.lab.pki import CLOCK, issue
from certgate.model.cluster_source import ClusterSource
from certgate.model.hint import HintCause
from certgate.model.observation import Observation
from certgate.model.proxy import Proxy
from certgate.model.target import ClientFiles, Endpoint, FileSource, ManifestSource, Target, Visit
from certgate.model.verdict import TargetResult, Verdict
from certgate.trust.store import TrustStore

MOZILLA = TrustStore("mozilla", ())
OWN = ("--policy", "internal-pki", "--trust", "root.pem")
LEAF = issue("db", issuer=issue("Corp Root", ca=True), sans=["db.example"])
MAIL = Endpoint("db.example", 25, "mx.example", "smtp")
TARGET = Target(id="db.example:25/smtp#mx.example", ordinal=0, source=MAIL, policy="webpki-public", trust=("mozilla",))


def hint(target=TARGET, policy="webpki-public", der=LEAF.der):
    return hint_of(target, policy, [Observation(observed_at=CLOCK, presented=(der,))], [MOZILLA])


def result(target, verdict=Verdict.VIOLATED):
    return TargetResult(
        target=target,
        verdict=verdict,
        findings=(),
        policy="webpki-public",
        stores=(),
        certificates=(),
        clock=CLOCK,
        observations=(),
        hint=hint(target),
    )


def test_the_id_of_an_endpoint_names_it_with_protocol_and_server_name():
    assert hint().command == ("certgate", "scan", TARGET.id, *OWN)


def test_client_certificate_and_proxy_are_repeated():
    visit = Visit(client=ClientFiles("me.pem", "me.key"), proxy=Proxy("http", "proxy.example", 3128))
    found = hint(replace(TARGET, source=replace(MAIL, visit=visit)))
    assert found.command[3:-4] == ("--cert", "me.pem", "--key", "me.key", "--proxy", "http://proxy.example:3128")


@pytest.mark.parametrize(
    ("source", "path"),
    [
        (FileSource("-a.pem"), "./-a.pem"),
        (FileSource("-"), "-"),
        (ManifestSource("deploy/s.yaml", "shop/web/tls.crt"), "deploy/s.yaml"),
    ],
)
def test_files_and_manifests_are_checked_with_the_names_that_are_expected(source, path):
    target = replace(TARGET, source=source, names=("db.example",))
    assert hint(target).command == ("certgate", "check", path, "--name", "db.example", *OWN)


@pytest.mark.parametrize(("policy", "cause"), [("webpki-public@2026-11-27", HintCause.OWN_CA), ("internal-pki", None)])
def test_an_edition_of_the_public_policy_is_the_public_policy(policy, cause):
    found = hint(policy=policy)
    assert (found.cause if found else None) == cause


def test_a_server_that_shows_a_ca_certificate_gets_no_hint_at_a_role_that_it_cannot_have():
    root = issue("Corp Root", ca=True)
    assert hint(policy="internal-pki", der=root.der) is None


def test_what_no_command_can_name_has_no_hint():
    assert hint(replace(TARGET, source=ClusterSource("prod", "Secret/shop/web", "tls.crt"))) is None


def test_what_cannot_be_read_has_no_hint():
    assert hint(der=b"\x30\x03\x02\x01\x01") is None


def test_one_hint_for_each_cause_names_the_first_target_and_counts_them():
    hints = RunHints(at=CLOCK, resolve=["db.example:25:192.0.2.1"])
    for number in range(800):
        hints.add(result(replace(TARGET, id=f"n{number}.example:25/smtp")))
    hints.add(result(TARGET, Verdict.COMPLIANT))
    (found,) = hints.found
    assert (found.target, found.targets) == ("n0.example:25/smtp", 800)
    assert found.command.endswith(f"--at {CLOCK.isoformat()} --resolve=db.example:25:192.0.2.1")
