"""A run that judges saved observations uses what their journal keeps, and refuses what comes with certgate and changed."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certgate.gate import RunSpec
from certgate.gate.judged_by import judged_by, refuse_other, with_kept
from certgate.lab.pki import issue
from certgate.model.errors import UsageError
from certgate.policy.packs import load_policy, shipped_packs
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

OWN = Path("p.yaml")
EXTENDING = {OWN: "extends: [internal-pki]\n"}


def shipped(name):
    """The texts of a policy that comes with certgate, of the editions that it extends too."""
    texts = {}
    load_policy(name, texts=texts)
    return texts


def store(*names):
    return TrustStore("mozilla", tuple(parse_certificate(issue(name, ca=True).der) for name in names))


HERE = RunSpec(policies={"internal-pki": shipped("internal-pki")}, stores={("mozilla",): store("Root")})


def test_the_policies_and_stores_of_the_journal_are_accepted():
    refuse_other(HERE, judged_by(HERE))


def test_what_the_journal_does_not_name_is_accepted():
    refuse_other(HERE, judged_by(RunSpec()))


def test_a_policy_of_another_certgate_is_refused_with_the_words_that_accept_it():
    texts = dict(HERE.policies["internal-pki"])
    path = next(iter(texts))
    texts[path] += "# changed\n"

    with pytest.raises(UsageError, match=r"^the policy internal-pki is another one here; .* --policy internal-pki$"):
        refuse_other(replace(HERE, policies={"internal-pki": texts}), judged_by(HERE))


def test_an_own_policy_that_differs_in_one_word_is_refused_even_if_it_is_at_another_place():
    kept = judged_by(RunSpec(policies={"p.yaml": EXTENDING}))
    moved = RunSpec(policies={"p.yaml": {Path("elsewhere/p.yaml"): EXTENDING[OWN]}})
    changed = RunSpec(policies={"p.yaml": {OWN: "extends: [webpki-public]\n"}})

    refuse_other(moved, kept)
    with pytest.raises(UsageError, match=r"the policy p\.yaml is another one here"):
        refuse_other(changed, kept)


def test_a_store_with_other_certificates_is_refused_with_the_words_that_accept_it():
    other = {("mozilla", "own.pem"): store("Another")}
    kept = judged_by(RunSpec(stores={("mozilla", "own.pem"): store("Root")}))

    with pytest.raises(UsageError) as refused:
        refuse_other(RunSpec(stores=other), kept)
    assert str(refused.value) == (
        "the trust store mozilla + own.pem is another one here; judge by it with --trust mozilla --trust own.pem"
    )


def test_a_name_that_stands_for_another_edition_on_another_day_is_the_journals_policy_all_the_same():
    then = datetime(2021, 1, 1, tzinfo=UTC)
    texts = {}
    load_policy("webpki-public", texts=texts, at=then)
    kept = judged_by(RunSpec(policies={"webpki-public": texts}, at=then))
    now = RunSpec(policies={"webpki-public": shipped("webpki-public")})

    assert texts != now.policies["webpki-public"]
    refuse_other(now, kept)


def test_a_run_judges_by_what_the_journal_keeps_where_it_has_no_words_of_its_own():
    policy = {OWN: EXTENDING[OWN], **dict.fromkeys(list(shipped_packs().values())[:1], "")}
    kept = judged_by(RunSpec(policies={"p.yaml": policy}, select=("chain.*",), stores={("own.pem",): store("Root")}))

    found = with_kept(RunSpec(ignore=("ct.*",)), kept)
    assert (found.select, found.ignore) == (("chain.*",), ("ct.*",))
    assert found.policies == {"p.yaml": EXTENDING}
    assert list(found.stores) == [("own.pem",)]
