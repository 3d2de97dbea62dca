"""What pkilint finds becomes findings of its codes; what it cannot tell is never a pass."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from certgate.checks.certificate import lint_pkilint as linter
from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import Problem
from certgate.checks.framework.subjects import CertificateInRole
from certgate.judge.apply import apply
from certgate.lab.chain import make_chain
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios.lint import SCENARIOS
from certgate.model.finding import Outcome, Severity
from certgate.model.target import Role
from certgate.policy.model import BoundRule
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

GOOD = SCENARIOS[0]
SAN = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string
DEFECTIVE_URI = x509.UniformResourceIdentifier("http://[:::")
"""pkilint's own validators raise over it."""


def chain(leaf=None, issuer=None):
    """The good chain, with other arguments for one of its certificates."""
    return make_chain(GOOD.host, {**GOOD.leaf, **(leaf or {})}, ({**GOOD.issuers[0], **(issuer or {})},), "public")


def leaf(**changes):
    return chain(leaf=changes).leaf


def with_names(*names):
    san = x509.SubjectAlternativeName([x509.DNSName("www.example.com"), *names])
    return leaf(extensions={**GOOD.leaf["extensions"], x509.SubjectAlternativeName: (san, True)})


def outcomes(credential, rule):
    """What judging makes of it: outcome, severity and key of each finding."""
    check = all_checks()[rule]
    parameters = {name: parameter.default for name, parameter in check.parameters.items()}
    subject = CertificateInRole(parse_certificate(credential.der), "leaf", frozenset({Role.SERVER}))
    rule = BoundRule(check=check, severity=Severity.ERROR, required=True, parameters=parameters)
    findings = apply(rule, subject, "leaf", CLOCK)
    return [(f.outcome, f.severity, f.key) for f in findings]


def keys(answers):
    return [(answer.key, answer.severity) for answer in answers]


# --- what is found ---


@pytest.mark.parametrize("rule", ["lint.cabf", "lint.pkix"])
def test_nothing_is_found_in_a_good_leaf_and_its_issuer(ask, rule):
    good = chain()

    assert list(ask(rule, good.leaf)) == []
    assert list(ask(rule, good.issuer, Role.ISSUER)) == []


def test_a_missing_subject_alternative_name_is_found_with_its_place_and_its_section(ask):
    certificate = leaf(sans=())

    assert ask("lint.cabf", certificate) == [
        Problem(
            "cabf.serverauth.subscriber.subject_altname_extension_absent",
            key="cabf.serverauth.subscriber.subject_altname_extension_absent",
            severity=Severity.ERROR,
            evidence={
                "code": "cabf.serverauth.subscriber.subject_altname_extension_absent",
                "at": "certificate.tbsCertificate.extensions",
                "source": "Validates that the included extensions conform with BR 7.1.2.7.6.",
            },
        )
    ]
    assert ask("lint.pkix", certificate) == []


@pytest.mark.parametrize(
    ("length", "found"),
    [
        (timedelta(days=199), []),
        (timedelta(days=199, seconds=1), [("_199_days", Severity.WARNING)]),
        (timedelta(days=200), [("_199_days", Severity.WARNING)]),
        (timedelta(days=200, seconds=1), [("_200_days", Severity.ERROR)]),
    ],
)
def test_the_last_second_of_a_lifetime_counts(ask, length, found):
    certificate = leaf(not_before=CLOCK, not_after=CLOCK + length - timedelta(seconds=1))

    prefix = "cabf.serverauth.certificate_validity_period_exceeds"
    assert keys(ask("lint.cabf", certificate)) == [(prefix + end, severity) for end, severity in found]


def test_a_code_is_one_problem_however_often_it_is_found(ask):
    addresses = [f"10.0.0.{n}" for n in range(1, 251)]

    (problem,) = ask("lint.cabf", leaf(sans=("www.example.com", *addresses)))

    said = ", ".join(f'Internal IP address: "10.0.0.{n}"' for n in range(1, 6))
    assert problem.message == f"cabf.internal_ip_address: {said} and 245 more"
    assert problem.evidence["at"].endswith(" and 245 more")


def test_what_is_found_stands_in_the_order_of_its_severity(ask):
    found = keys(ask("lint.cabf", leaf(subject="www.example.com", days=201, sans=("www.example.com", "10.0.0.1"))))

    assert found == [
        ("cabf.internal_ip_address", Severity.ERROR),
        ("cabf.serverauth.certificate_validity_period_exceeds_200_days", Severity.ERROR),
        ("cabf.serverauth.dv.common_name_attribute_present", Severity.WARNING),
    ]


def test_codes_that_are_accepted_are_let_be_and_no_others(ask):
    certificate = leaf(subject="www.example.com", sans=("www.example.com", "10.0.0.1"))

    assert keys(ask("lint.cabf", certificate, accepted=("cabf.internal_ip_address",))) == [
        ("cabf.serverauth.dv.common_name_attribute_present", Severity.WARNING)
    ]
    assert len(ask("lint.cabf", certificate, accepted=("cabf.internal",))) == 2


# --- severities ---


def test_severities_are_mapped_and_what_is_no_problem_is_let_be(monkeypatch, ask):
    from pkilint.document import PDUNode
    from pkilint.validation import (
        ValidationFinding,
        ValidationFindingDescription,
        ValidationFindingSeverity,
        ValidationResult,
        Validator,
    )

    class Saying(Validator):
        def validate(self, node: PDUNode):
            found = [ValidationFinding(severity, f"cabf.{severity.name}") for severity in ValidationFindingSeverity]
            return [ValidationResult(self, node, [ValidationFindingDescription(f, None) for f in found])]

    monkeypatch.setattr(linter, "_linter", lambda _kind: (Saying(), []))

    assert outcomes(leaf(), "lint.cabf") == [
        (Outcome.FAIL, Severity.ERROR, "cabf.ERROR"),
        (Outcome.FAIL, Severity.ERROR, "cabf.FATAL"),
        (Outcome.FAIL, Severity.WARNING, "cabf.WARNING"),
        (Outcome.FAIL, Severity.INFO, "cabf.NOTICE"),
        (Outcome.NOT_CHECKED, Severity.ERROR, ""),
    ]


# --- what it is linted as ---


def test_a_server_is_linted_by_the_policy_that_it_asserts(ask):
    certificate = leaf(policies=("2.23.140.1.2.2",))

    assert [key for key, _ in keys(ask("lint.cabf", certificate))] == [
        "cabf.serverauth.ov.country_attribute_absent",
        "cabf.serverauth.ov.organization_name_attribute_absent",
        "cabf.serverauth.subscriber_stateprovince_and_locality_missing",
    ]


def test_the_role_decides_and_not_what_a_certificate_says_of_itself(ask):
    good = chain()

    as_server = keys(ask("lint.cabf", good.issuer))
    as_issuer = keys(ask("lint.cabf", good.leaf, Role.ISSUER))

    assert ("cabf.serverauth.subscriber_basic_constraints_ca_bit_set", Severity.ERROR) in as_server
    assert ("cabf.serverauth.ca_basic_constraints_ca_bit_not_set", Severity.ERROR) in as_issuer


def test_a_root_is_linted_as_a_root(ask):
    found = keys(ask("lint.cabf", chain().root, Role.CA))

    assert ("cabf.serverauth.root.authority_key_identifier_extension_absent", Severity.WARNING) in found


def test_certificates_of_clients_and_workloads_are_not_linted():
    assert {all_checks()[rule].roles for rule in ("lint.cabf", "lint.pkix")} == {
        frozenset({Role.SERVER, Role.ISSUER, Role.CA})
    }


def test_a_request_is_not_linted():
    assert {all_checks()[rule].needs_issued for rule in ("lint.cabf", "lint.pkix")} == {True}


# --- what is no pass ---


@pytest.mark.parametrize("rule", ["lint.cabf", "lint.pkix"])
def test_a_validator_of_pkilints_that_crashes_leaves_every_rule_not_checked(rule):
    found = outcomes(with_names(DEFECTIVE_URI), rule)

    own = {"lint.cabf": "cabf.serverauth.prohibited_san_type", "lint.pkix": "pkix.invalid_uri_syntax"}
    assert found == [(Outcome.FAIL, Severity.ERROR, own[rule]), (Outcome.NOT_CHECKED, Severity.ERROR, "")]


class PanicException(BaseException):
    pass


@pytest.mark.parametrize("error", [RecursionError("too deep"), PanicException("Rust gave up")])
@pytest.mark.parametrize("rule", ["lint.cabf", "lint.pkix"])
def test_a_crash_of_pkilint_itself_is_no_pass(monkeypatch, ask, rule, error):
    def crash(*_arguments, **_words):
        raise error

    monkeypatch.setattr(linter, "_linted", crash)

    assert outcomes(leaf(), rule) == [(Outcome.NOT_CHECKED, Severity.ERROR, "")]
    with pytest.raises(Malformed, match=f"pkilint failed: {type(error).__name__}: {error}"):
        ask(rule, leaf())


def test_an_interruption_is_not_taken_for_a_crash(monkeypatch):
    def interrupt(*_arguments, **_words):
        raise KeyboardInterrupt

    monkeypatch.setattr(linter, "_linted", interrupt)

    with pytest.raises(KeyboardInterrupt):
        outcomes(leaf(), "lint.pkix")


def test_an_extension_that_cannot_be_read_leaves_no_rule_a_pass():
    certificate = leaf(sans=(), raw_extensions=[(SAN, True, b"\x04\x01a")])

    assert outcomes(certificate, "lint.pkix") == [
        (Outcome.FAIL, Severity.ERROR, "itu.invalid_asn1_syntax"),
        (Outcome.NOT_CHECKED, Severity.ERROR, ""),
    ]
    assert outcomes(certificate, "lint.cabf") == [(Outcome.NOT_CHECKED, Severity.ERROR, "")]


@pytest.mark.parametrize("rule", ["lint.cabf", "lint.pkix"])
def test_a_certificate_that_pkilint_cannot_read_is_not_checked(ask, rework, rule):
    certificate = rework(leaf(), validity=b"\x30\x06\x17\x01\xff\x17\x01\xff")

    with pytest.raises(Malformed, match="pkilint cannot read the certificate: "):
        ask(rule, certificate)


@pytest.mark.parametrize("rule", ["lint.cabf", "lint.pkix"])
def test_a_certificate_above_the_limit_is_not_checked_and_one_at_it_is(monkeypatch, ask, rule):
    at, over = leaf(), leaf(sans=("www.example.com", "a.example.com"))
    monkeypatch.setattr(linter, "MAX_BYTES", len(at.der))

    assert ask(rule, at) == []
    with pytest.raises(Malformed, match=f"exceeds the limit of {len(at.der)} for pkilint"):
        ask(rule, over)


def test_a_code_that_is_accepted_excuses_nothing_that_could_not_be_read(ask):
    with pytest.raises(Malformed):
        ask(
            "lint.pkix",
            leaf(sans=(), raw_extensions=[(SAN, True, b"\x04\x01a")]),
            accepted=("itu.invalid_asn1_syntax",),
        )


# --- how often ---


def test_a_certificate_is_linted_once_for_all_rules_and_its_linter_built_once(monkeypatch, ask):
    calls = []
    lint_it = linter._linted
    monkeypatch.setattr(linter, "_linted", lambda der, *, leaf: calls.append(der) or lint_it(der, leaf=leaf))
    first, second = leaf(), leaf(days=80)
    linter._linter.cache_clear()

    for certificate in (first, second, first):
        for rule in ("lint.cabf", "lint.pkix"):
            ask(rule, certificate)

    assert calls == [first.der, second.der]
    assert linter._linter.cache_info().misses == 1


def test_a_crash_is_named_with_the_validator_that_raised(ask):
    with pytest.raises(Malformed, match=r"it failed at GeneralNameUri.*: Invalid IPv6 URL"):
        ask("lint.cabf", with_names(DEFECTIVE_URI))


def test_a_finding_keeps_its_identity_when_the_certificate_is_renewed(ask):
    first, renewed = (ask("lint.cabf", leaf(sans=(), not_before=CLOCK - timedelta(days=n))) for n in (30, 1))

    assert first == renewed
