"""Whether the engines come to certgate's own result, and what is said if not."""

from datetime import timedelta
from types import MappingProxyType
from unittest.mock import patch

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotChecked, Problem
from certgate.checks.framework.subjects import PresentedChain
from certgate.checks.path.trust_engines import engines_agree
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.trust.build import build_paths
from certgate.trust.engines.interface import Engine, EngineResult, EngineState, PathQuestion
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])


def sent(*chain: Credential, to: Credential = ROOT, **changes) -> PresentedChain:
    certificates = tuple(parse_certificate(c.der) for c in chain)
    store = TrustStore("store", (parse_certificate(to.der),))
    return PresentedChain(
        certificates=certificates, paths=build_paths(certificates, store).paths, store=store, **changes
    )


def ask(chain: PresentedChain, **parameters):
    return list(engines_agree(chain, CLOCK, **parameters))


def test_agreement_is_a_pass_whatever_the_result():
    assert ask(sent(LEAF, CA)) == []
    assert ask(sent(LEAF)) == []
    assert ask(sent(LEAF, CA, to=issue("Root", ca=True))) == []


@pytest.mark.parametrize(
    "contents",
    [
        {"days": 1},
        {"not_before": CLOCK + timedelta(days=1)},
        {"key_usage": ["crl_sign"]},
        {"path_length": 0},
        {"extensions": {x509.NameConstraints: (x509.NameConstraints([x509.DNSName("b.example")], None), True)}},
    ],
)
def test_the_engines_agree_on_an_anchor_whose_own_certificate_clients_refuse(contents):
    root = issue("Root", ca=True, **contents)
    ca = issue("CA", issuer=root, ca=True)
    assert ask(sent(issue("a.example", issuer=ca, sans=["a.example"]), ca, to=root)) == []


def test_every_purpose_that_is_asked_for_must_hold():
    both = issue("a.example", issuer=CA, sans=["a.example"], ekus=["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])
    assert ask(sent(both, CA), purposes=("client", "server")) == []
    assert ask(sent(LEAF, CA), purposes=("client", "server")) == []
    assert ask(sent(LEAF, CA), purposes=()) == []


def test_a_disagreement_names_the_engine_and_gives_all_reasons():
    leaf = issue("a.example", issuer=CA, sans=["a.example"], extensions={x509.AuthorityKeyIdentifier: None})
    namesake = issue("CA", issuer=issue("Elsewhere", ca=True), ca=True)
    refusal = "fails (no path at depth 1): unable to get local issuer certificate"
    assert ask(sent(leaf, namesake, CA)) == [
        Problem(
            f"OpenSSL {refusal}, but certgate finds a valid path",
            key="OpenSSL",
            evidence={"certgate": "finds a valid path", "OpenSSL": refusal, "cryptography": "pass"},
        )
    ]


def test_consent_to_what_certgate_refuses_is_a_disagreement_too():
    constraints = x509.NameConstraints(None, [x509.DNSName("b.a.example")])
    ca = issue("CA", issuer=ROOT, ca=True, extensions={x509.NameConstraints: (constraints, True)})
    wildcard = issue("a.example", issuer=ca, sans=["*.a.example"])
    (problem,) = ask(sent(wildcard, ca))
    assert problem.message == (
        "OpenSSL finds a valid path, but certgate finds none (chain.name-constraints: DNS *.a.example in leaf "
        "violates the name constraints of issuer 1 (CA): it is excluded by DNS b.a.example)"
    )


def test_what_no_engine_can_judge_is_not_checked():
    feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
    leaf = issue("a.example", issuer=CA, sans=["a.example"], extensions={x509.TLSFeature: (feature, True)})
    limit = "cannot check it: critical extensions that it has no code for"
    assert ask(sent(leaf, CA)) == [
        NotChecked(
            f"OpenSSL {limit} (authorityInfoAccess, TLS feature and others); "
            f"cryptography {limit} (policyConstraints and others): refused"
        )
    ]


def test_without_a_result_of_certgates_own_there_is_nothing_to_compare():
    nothing = NotChecked("certgate's own path validation has no result")
    assert ask(sent(LEAF, CA, limit="max-links")) == [nothing]
    odd = issue("a.example", issuer=CA, ekus=(), raw_extensions=[("2.5.29.37", False, b"\x05\x00")])
    assert ask(sent(odd, CA)) == [nothing]
    with pytest.raises(Malformed, match="a certificate that was sent cannot be read"):
        ask(sent(LEAF, CA, problems=("certificate 3: bad",)))


class Broken(Engine):
    name = "broken"
    refuses = ()
    overlooks = MappingProxyType({})

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def _verify(self, question):
        raise self._error


def test_an_engine_that_breaks_down_is_unsupported_and_hides_no_other():
    certificate = parse_certificate(LEAF.der)
    question = PathQuestion(certificate, (), TrustStore("none", ()), CLOCK)
    assert Broken(Malformed("the key cannot be read")).judge(question) == EngineResult(
        EngineState.UNSUPPORTED, "the key cannot be read"
    )
    assert Broken(ValueError("bad")).judge(question) == EngineResult(
        EngineState.UNSUPPORTED, "it does not read the certificates"
    )
    with patch("certgate.trust.engines.ENGINES", (Broken(ValueError("bad")),)):
        assert ask(sent(LEAF, CA)) == [NotChecked("broken cannot check it: it does not read the certificates")]


class Counting(Engine):
    name = "counting"
    refuses = ()
    overlooks = MappingProxyType({})

    def __init__(self, *answers: EngineState) -> None:
        self._answers = list(answers)
        self.asked = 0

    def _verify(self, question):
        self.asked += 1
        return EngineResult(self._answers.pop(0), "no")


def below_ca(name: str, **changes) -> PresentedChain:
    return sent(issue(name, issuer=CA, sans=[name], **changes), CA)


def test_leaves_of_one_shape_are_asked_about_once():
    engine = Counting(EngineState.PASS, EngineState.PASS)
    with patch("certgate.trust.engines.ENGINES", (engine,)):
        assert ask(below_ca("a.example")) == ask(below_ca("b.example")) == ask(below_ca("c.example")) == []
        assert engine.asked == 1
        assert ask(below_ca("d.example", policies=["1.2.3"])) == []
        assert engine.asked == 2


def test_a_refusal_says_nothing_about_the_next_leaf():
    engine = Counting(EngineState.FAIL, EngineState.FAIL, EngineState.PASS)
    with patch("certgate.trust.engines.ENGINES", (engine,)):
        assert [len(ask(below_ca(f"{name}.example"))) for name in "abcd"] == [1, 1, 0, 0]


def test_consent_says_nothing_about_a_leaf_that_certgate_refuses():
    engine = Counting(EngineState.PASS, EngineState.PASS)
    with patch("certgate.trust.engines.ENGINES", (engine,)):
        assert ask(below_ca("a.example")) == []
        (problem,) = ask(below_ca("b.example", not_before=CLOCK - timedelta(days=90), days=30))
    assert problem.message.startswith("counting finds a valid path, but certgate finds none (validity.expired")


def test_what_certgate_refuses_is_asked_about_each_leaf_though_the_engines_accept_it():
    engine = Counting(EngineState.PASS, EngineState.PASS)
    with patch("certgate.trust.engines.ENGINES", (engine,)):
        found = [ask(below_ca(f"{name}.example", ekus=["1.3.6.1.5.5.7.3.2"])) for name in "ab"]
    assert [len(problems) for problems in found] == [1, 1]


def test_a_search_for_paths_that_ended_early_is_never_taken_for_another():
    assert ask(below_ca("a.example")) == []
    chain = below_ca("b.example")
    early = PresentedChain(certificates=chain.certificates, paths=chain.paths, store=chain.store, limit="max-links")
    assert ask(early) == [NotChecked("certgate's own path validation has no result")]
