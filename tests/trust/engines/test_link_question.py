"""An engine that knows the issuers of a leaf says of it what an engine says that knows nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from certgate.lab.pki import CLOCK, issue, make_key
from certgate.trust.engines import ENGINES
from certgate.trust.engines.interface import EngineState, PathQuestion
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.purposes import CLIENT_AUTH

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, path_length=0)
OTHER_ROOT = issue("Other Root", ca=True, days=3650)
OTHER_KEY = replace(CA, key=make_key())


def leaf(issuer=CA, **changes):
    return issue(**({"subject": "a.example", "sans": ["a.example"], "issuer": issuer} | changes))


def ask(credential, *others, to=(ROOT,), now=CLOCK, purposes=("server",)):
    certificates = [parse_certificate(one.der) for one in (credential, *others)]
    store = TrustStore("root", tuple(parse_certificate(one.der) for one in to))
    return PathQuestion(certificates[0], tuple(certificates[1:]), store, now, purposes)


LEAVES = {
    "valid": leaf(sans=["b.example"]),
    "expired": leaf(not_before=CLOCK - timedelta(days=90), days=30),
    "not yet valid": leaf(not_before=CLOCK + timedelta(days=1)),
    "signed with another key": leaf(OTHER_KEY),
    "for clients": leaf(ekus=[CLIENT_AUTH]),
    "a CA": leaf(subject="Sub CA", ca=True),
    "with a critical extension that nobody knows": leaf(
        extensions={
            x509.UnrecognizedExtension: (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b""), True)
        }
    ),
    "without a name": leaf(sans=[]),
    "that names another key of its issuer": leaf(
        extensions={x509.AuthorityKeyIdentifier: (x509.AuthorityKeyIdentifier(b"other", None, None), False)}
    ),
    "of an issuer that was not sent": leaf(issue("Another CA", issuer=ROOT, ca=True)),
}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize("name", LEAVES)
def test_what_it_says_of_a_leaf_does_not_depend_on_what_it_was_asked_before(engine, name):
    question = ask(LEAVES[name], CA)
    knowing, fresh = type(engine)(), type(engine)()

    assert knowing.judge(ask(leaf(), CA)).state is EngineState.PASS
    assert knowing.judge(question) == fresh.judge(question)


CONSTRAINED = issue(
    "Constrained CA",
    issuer=ROOT,
    ca=True,
    extensions={x509.NameConstraints: (x509.NameConstraints([x509.DNSName("a.example")], None), True)},
)
BELOW = issue("CA", issuer=CONSTRAINED, ca=True)
TWIN = issue("CA", issuer=ROOT, ca=True)
FOR_CLIENTS = issue("CA for Clients", issuer=ROOT, ca=True, ekus=[CLIENT_AUTH])
BELOW_CLIENTS = issue("CA", issuer=FOR_CLIENTS, ca=True)
UNTRUSTED = issue("Untrusted CA", issuer=OTHER_ROOT, ca=True)
PINNED = leaf(UNTRUSTED)


@pytest.mark.parametrize(
    "question",
    [
        ask(leaf(), CA, to=(OTHER_ROOT,)),
        ask(leaf(), CA, now=CLOCK + timedelta(days=40_000)),
        ask(leaf(TWIN), CA),
        ask(leaf(TWIN), TWIN, CA),
        ask(leaf(BELOW, sans=["b.example"]), BELOW, CONSTRAINED),
        ask(leaf(BELOW, sans=["a.example"]), BELOW, CONSTRAINED),
        ask(leaf(ROOT), CA),
        ask(leaf(), CA, purposes=("client",)),
    ],
    ids=["store", "time", "twin", "twins", "constrained", "allowed", "root", "purpose"],
)
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_issuers_that_it_accepted_for_another_question_change_nothing(engine, question):
    knowing, fresh = type(engine)(), type(engine)()
    for before in (ask(leaf(), CA), ask(leaf(TWIN), TWIN), ask(leaf(BELOW), BELOW, CONSTRAINED)):
        knowing.judge(before)

    assert knowing.judge(question) == fresh.judge(question)


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (ask(PINNED, UNTRUSTED, to=(ROOT, PINNED)), ask(leaf(UNTRUSTED), UNTRUSTED, to=(ROOT, PINNED))),
        (
            ask(leaf(BELOW_CLIENTS, sans=[]), BELOW_CLIENTS, FOR_CLIENTS),
            ask(leaf(BELOW_CLIENTS), BELOW_CLIENTS, FOR_CLIENTS),
        ),
    ],
    ids=["an anchor", "without a name that makes the engine check purposes"],
)
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_leaf_that_is_accepted_whatever_is_above_it_vouches_for_no_issuer(engine, before, question):
    knowing, fresh = type(engine)(), type(engine)()

    assert knowing.judge(before).state is EngineState.PASS
    assert knowing.judge(question) == fresh.judge(question)


def test_only_the_leaf_is_asked_about_where_nothing_above_it_can_be_about_it():
    assert ask(leaf(), CA).link is not None
    assert ask(leaf(TWIN), TWIN, CA).link is None
    assert ask(leaf(BELOW), BELOW, CONSTRAINED).link is None
    assert ask(leaf(ROOT)).link is None
    assert ask(ROOT, CA).link is None


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_the_signatures_of_issuers_are_verified_once(engine):
    class Counting(type(engine)):
        asked = ()

        def _verify(self, question):
            self.asked = (*self.asked, question)
            return super()._verify(question)

    counting = Counting()
    for name in ("a.example", "b.example", "c.example"):
        assert counting.judge(ask(leaf(sans=[name]), CA)).state is EngineState.PASS

    assert [len(question.others) for question in counting.asked] == [1, 0, 0]
