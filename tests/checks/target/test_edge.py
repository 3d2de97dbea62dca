"""What the rules edge.* say of an edge and its origin."""

from datetime import timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked
from certgate.checks.framework.subjects import Vantages
from certgate.lab.pki import CLOCK, issue, make_key
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Note, Observation, Phase, Vantage
from certgate.model.target import ClientFiles, Endpoint, FileSource, Origin, Probe, Sameness, Target, Visit
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

EDGE, THERE, ORIGIN = "192.0.2.1:443", "192.0.2.2:443", "198.51.100.7:8443"
ROOT, OTHER_ROOT = issue("Root", ca=True), issue("Other root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
KEY = make_key()
NAME = "a.example"
DAY = timedelta(days=1)


def leaf(*names, **changes):
    return issue(**({"sans": names or (NAME,), "issuer": CA} | changes))


LEAF = leaf()
COMPARING = ("edge.names", "edge.same", "edge.expiry", "edge.version", "edge.origin-trusted")


def seen(certificate=LEAF, *others, probe="", address="", version="TLSv1.3", failure=None, name=NAME, notes=()):
    return Observation(
        observed_at=CLOCK,
        vantage=Vantage(address or (ORIGIN if probe else EDGE), name, probe),
        presented=tuple(one.der for one in (certificate, *others)) if certificate else (),
        handshake=HandshakeFacts(version, "TLS_AES_128_GCM_SHA256") if version else None,
        failure=failure and Failure(failure, Phase.HANDSHAKE, "it said no"),
        notes=notes,
    )


def behind(certificate=LEAF, *others, **facts):
    return seen(certificate, *others, probe=Probe.ORIGIN, **facts)


def ask(rule, *observations, names=(NAME,), store=None, may_probe=None, parameters=None, **origin):
    there = Origin(**({"host": "198.51.100.7", "port": 8443} | origin))
    visit = Visit(origin=there, may_probe=may_probe)
    target = Target(id="t", ordinal=0, source=Endpoint("a.example", 443, NAME, "", visit), names=names)
    stores = TrustStore("roots", tuple(parse_certificate(root.der) for root in store)) if store else None
    check = all_checks()[rule]
    clock = [CLOCK] if check.takes_clock else []
    return list(check.run(Vantages(target, observations, stores), *clock, **(parameters or {})))


def everything(*observations, **origin):
    """The answers of all comparing rules, with everything that they need."""
    needs = {"trust": ("root.pem",), "store": [ROOT], "same": tuple(Sameness)}
    return {rule: ask(rule, *observations, **(needs | origin)) for rule in COMPARING}


def reasons(answers, kind):
    assert all(len(found) == 1 and isinstance(found[0], kind) for found in answers.values()), answers
    return {found[0].reason for found in answers.values()}


def test_an_origin_that_serves_the_same_chain_is_right_in_everything():
    assert set(map(tuple, everything(seen(LEAF, CA), behind(LEAF, CA)).values())) == {()}


@pytest.mark.parametrize(
    ("word", "other", "told"),
    [
        (
            Sameness.NAMES,
            leaf(NAME, "b.example", key=KEY),
            "the names differ: DNS:a.example at the edge, DNS:a.example, ",
        ),
        (Sameness.KEY, leaf(), "the keys differ: sha256 "),
        (Sameness.ISSUER, leaf(key=KEY, issuer=ROOT), "the issuers differ: CN=CA, key "),
        (Sameness.ISSUER, leaf(key=KEY, issuer=issue("CA", ca=True)), "the issuers differ: CN=CA, key "),
    ],
)
def test_what_must_be_the_same_is_compared_and_nothing_else(word, other, told):
    mine = leaf(key=KEY)
    (problem,) = ask("edge.same", seen(mine), behind(other), same=(word,))
    others = tuple(one for one in Sameness if one is not word)

    assert problem.key == word
    assert problem.message.startswith(told)
    if word is not Sameness.KEY:
        assert ask("edge.same", seen(mine), behind(other), same=others) == []


@pytest.mark.parametrize(
    ("certificate", "key", "told"),
    [
        (
            leaf(not_before=CLOCK - 91 * DAY, days=90),
            "invalid",
            "the origin's certificate expired 1 day ago (2026-06-14)",
        ),
        (
            leaf(not_before=CLOCK + 2 * DAY),
            "invalid",
            "the origin's certificate is not valid until 2026-06-17, in 2 days",
        ),
        (leaf(days=60), "first", "the origin's certificate ends first: on 2026-07-15, the edge's on 2026-08-14"),
    ],
)
def test_an_origin_has_to_be_valid_as_long_as_its_edge(certificate, key, told):
    (problem,) = ask("edge.expiry", seen(), behind(certificate))

    assert (problem.key, problem.message) == (key, told)
    relaxed = ask("edge.expiry", seen(), behind(certificate), parameters={"may_end_first": True})
    assert [one.key for one in relaxed] == ([] if key == "first" else ["invalid"])


def test_the_edge_that_ends_first_is_the_measure_where_addresses_differ():
    edge = seen(leaf(days=80)), seen(address=THERE)

    assert ask("edge.expiry", *edge, behind(leaf(days=81))) == []
    assert [one.key for one in ask("edge.expiry", *edge, behind(leaf(days=79)))] == ["first"]


@pytest.mark.parametrize(
    "pair",
    [
        (seen(version=None), behind()),
        (seen(), behind(version=None)),
        (seen(), behind(version="TLSv9")),
        (seen(), behind(version="TLSv1.2", notes=(Note.BRAINPOOL_RETRY,))),
    ],
)
def test_a_version_that_is_unknown_or_was_forced_is_no_answer(pair):
    (answer,) = ask("edge.version", *pair)

    assert isinstance(answer, NotChecked)


def test_the_origins_chain_has_to_lead_to_its_own_trust_store():
    trusted = {"trust": ("root.pem",), "store": [ROOT]}
    (problem,) = ask("edge.origin-trusted", seen(), behind(LEAF, CA), trust=("o.pem",), store=[OTHER_ROOT])
    (incomplete,) = ask("edge.origin-trusted", seen(), behind(), **trusted)

    assert problem.key == incomplete.key == "trust.anchor"
    assert problem.message.startswith("the origin's chain: ")
    assert ask("edge.origin-trusted", seen(issue("stranger")), behind(LEAF, CA), **trusted) == []


def test_the_leafs_dates_are_not_reported_twice_but_those_of_its_issuers_are():
    old = {"not_before": CLOCK - 91 * DAY, "days": 90}
    dead = issue("Dead CA", ca=True, issuer=ROOT, **old)
    trusted = {"trust": ("root.pem",), "store": [ROOT]}

    assert ask("edge.origin-trusted", seen(), behind(leaf(**old), CA), **trusted) == []
    (problem,) = ask("edge.origin-trusted", seen(), behind(leaf(issuer=dead), dead), **trusted)
    assert problem.key.startswith("validity.expired")


def test_a_trust_store_that_was_not_read_is_no_pass():
    (answer,) = ask("edge.origin-trusted", seen(), behind(), trust=("root.pem",))

    assert isinstance(answer, NotChecked)


def test_a_target_without_an_origin_has_no_use_for_the_rules():
    for source in (Endpoint("a.example", 443, NAME), FileSource("a.pem")):
        vantages = Vantages(Target(id="t", ordinal=0, source=source, names=(NAME,)), (seen(),))
        for rule in COMPARING:
            clock = [CLOCK] if all_checks()[rule].takes_clock else []
            assert list(all_checks()[rule].run(vantages, *clock)) == [NotApplicable("the target declares no origin")]


def test_an_origin_that_was_not_asked_or_not_seen_leaves_everything_open():
    silent = behind(None, failure=FailureKind.TIMED_OUT)

    assert reasons(everything(seen()), NotChecked) == {"the origin 198.51.100.7:8443 was not asked"}
    assert reasons(everything(seen(), may_probe=False), NotChecked) == {
        "the origin 198.51.100.7:8443 was not asked: probes are switched off"
    }
    assert reasons(everything(seen(), silent), NotChecked) == {
        "no certificate was seen at the origin: timed-out: it said no"
    }
    assert reasons(everything(seen(), behind(), silent), NotChecked)


def test_an_edge_that_was_not_seen_at_every_address_leaves_everything_open():
    unseen = seen(None, address=THERE, failure=FailureKind.REFUSED)

    assert reasons(everything(unseen, behind()), NotChecked) == {"no certificate was seen at the edge"}
    assert reasons(everything(seen(), unseen, behind()), NotChecked) == {"no certificate was seen at the edge"}


@pytest.mark.parametrize("failure", [FailureKind.DEADLINE, FailureKind.ALERT, FailureKind.INCONSISTENT])
def test_an_origin_that_shows_a_good_chain_and_fails_is_no_pass(failure):
    answers = everything(seen(LEAF, CA), behind(LEAF, CA, failure=failure))

    assert reasons(answers, NotChecked) == {f"{failure}: it said no"}


def test_one_of_two_different_origins_that_is_wrong_is_a_failure():
    both = [behind(one, failure=FailureKind.INCONSISTENT) for one in (LEAF, leaf("b.example"))]

    for order in (both, both[::-1]):
        assert [one.key for one in ask("edge.names", seen(), *order)] == [NAME]


def test_an_origin_that_wants_a_client_certificate_after_its_chain_was_seen_all_the_same():
    asked = behind(LEAF, CA, failure=FailureKind.CLIENT_CERTIFICATE_REQUIRED)

    assert set(map(tuple, everything(seen(LEAF, CA), asked).values())) == {()}


@pytest.mark.parametrize("edge", ["198.51.100.7:8443", "[::ffff:198.51.100.7]:8443"])
def test_an_origin_at_the_edges_own_address_proves_nothing(edge):
    answers = everything(seen(LEAF, CA, address=edge), behind(LEAF, CA))

    assert reasons(answers, NotChecked) == {
        "the origin 198.51.100.7:8443 is the endpoint itself: its name leads past the edge"
    }
    assert set(map(tuple, everything(seen(LEAF, CA, address="198.51.100.7:443"), behind(LEAF, CA)).values())) == {()}


def test_a_closed_origin_is_compared_only_with_a_client_certificate_of_its_own():
    found = {rule: ask(rule, seen(LEAF, CA), behind(LEAF, CA), closed=True) for rule in ("edge.names", "edge.expiry")}

    assert reasons(found, NotApplicable) == {"the origin is closed, and there is no client certificate for it"}
    assert ask("edge.names", seen(), behind(), closed=True, client=ClientFiles("a.pem")) == []


def test_other_names_that_the_edge_serves_are_not_the_edge():
    other = seen(leaf("b.example", days=20), name="b.example")

    assert ask("edge.expiry", seen(), other, behind(leaf(days=89))) != []
