"""What the shipped packs say of whole chains: of CAs before they are deployed, of old intermediates, of criticality."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.judge.judge import Judge
from certgate.lab.chain import access, ca_name, make_chain
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import HandshakeFacts, Observation, Observed
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, FileSource, Role, Target
from certgate.model.verdict import Verdict
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

SERVER, CLIENT, CODE = (p.dotted_string for p in (Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH, Purpose.CODE_SIGNING))
BEFORE, AFTER = datetime(2023, 9, 14, tzinfo=UTC), datetime(2023, 9, 15, tzinfo=UTC)
ASKING = ("mozilla-intermediate", "mozilla-modern", "nist-800-52r2", "bsi-tr-02102", "pci-dss-4", "cnsa-2.0-transition")
"""Packs that ask what a server accepts, and that the lab's chains can satisfy otherwise."""


def judged(pack, chain, *roles, live=False, probes=()):
    presented = tuple(c.der for c in (chain.leaf, *chain.issuers))
    source = Endpoint("a.example", 443, "a.example") if live else FileSource("a.pem")
    target = Target(
        id="a.example:443",
        ordinal=0,
        source=source,
        roles=frozenset(roles or {Role.SERVER}),
        names=("a.example",) * live,
    )
    handshake = HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "secp384r1") if live else None
    observation = Observation(observed_at=CLOCK, presented=presented, handshake=handshake, probes=probes)
    policy = TargetPolicies(load_policy(pack)).of(target)
    judge = Judge(policy, TrustStore("root", (parse_certificate(chain.root.der),)))
    return judge.judge(Observed(target, (observation,)), CLOCK)


def failures(result, severity=Severity.ERROR):
    return {(f.rule, f.subject) for f in result.findings if f.outcome is Outcome.FAIL and f.severity is severity}


def chain(issuer=None, **leaf):
    return make_chain("a.example", leaf, (issuer or {},), "public")


def authority(issuer=None, **contents):
    """An intermediate in the place of the leaf, below another one."""
    usual = {
        "subject": ca_name("Sub CA"),
        "sans": (),
        "ca": True,
        "ekus": (SERVER, CLIENT),
        "policies": ("2.5.29.32.0",),
    }
    usual |= {"extensions": {x509.AuthorityInformationAccess: (access(), False)}, "days": 365, "path_length": 0}
    return make_chain("Sub CA", usual | contents, ({"days": 5000} | (issuer or {}),), "public")


# --- a CA is judged as the issuer that it will be ---


def test_a_sound_intermediate_is_compliant():
    assert judged("webpki-public", authority(), Role.CA).verdict is Verdict.COMPLIANT


@pytest.mark.parametrize(
    ("contents", "rule", "severity", "of_path"),
    [
        ({"ekus": (SERVER, CODE)}, "eku.subca", Severity.ERROR, ""),
        ({"ekus": (CLIENT,)}, "eku.subca", Severity.ERROR, "chain.eku-nesting"),
        ({"policies": ()}, "policy.subca", Severity.ERROR, ""),
        ({"policies": ("2.5.29.32.0", "2.23.140.1.2.1")}, "policy.subca", Severity.ERROR, ""),
        ({"days": 2000}, "chain.subca-lifetime", Severity.WARNING, ""),
        ({"key_usage": ("key_cert_sign",)}, "ku.ca", Severity.ERROR, ""),
    ],
)
def test_what_is_wrong_with_an_intermediate_on_a_path_is_wrong_with_one_about_to_be_deployed(
    contents, rule, severity, of_path
):
    """`of_path` is the rule that fails instead where the intermediate is on a path."""
    about_to_be = judged("webpki-public", authority(**contents), Role.CA)
    on_a_path = judged("webpki-public", chain({"not_before": datetime(2026, 5, 16, tzinfo=UTC)} | contents))
    assert failures(about_to_be, severity) == {(rule, "leaf")}
    assert ((of_path, "path") if of_path else (rule, "issuer 1")) in failures(on_a_path, severity)


def test_a_user_notice_of_an_intermediate_about_to_be_deployed_is_refused():
    notice = x509.UserNotice(None, "Read our statement.")
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), [notice])])
    extensions = {x509.AuthorityInformationAccess: (access(), False), x509.CertificatePolicies: (policies, False)}
    assert failures(judged("webpki-public", authority(extensions=extensions), Role.CA)) == {
        ("policy.qualifiers", "leaf")
    }


@pytest.mark.parametrize("pack", ["webpki-public", "internal-pki", "kubernetes-workload"])
def test_an_intermediate_that_the_ca_above_may_not_have_is_refused_and_its_leaf_alone_is_not(pack):
    below = authority({"path_length": 0})
    assert ("chain.pathlen", "path") in failures(judged(pack, below, Role.CA))
    assert ("chain.pathlen", "path") not in failures(judged(pack, chain({"path_length": 0})))


def test_path_validation_alone_has_nothing_against_such_an_intermediate():
    assert failures(judged("rfc5280-path", authority({"path_length": 0}), Role.CA)) == set()


def test_an_intermediate_that_is_about_to_expire_is_refused():
    late = authority(not_before=datetime(2025, 7, 1, tzinfo=UTC), days=360)
    assert failures(judged("internal-pki", late, Role.CA)) == {("chain.intermediate-expiry", "path")}


def test_a_root_is_judged_as_a_root_and_not_as_an_intermediate():
    root = make_chain("Root", {"subject": "Root", "ca": True, "sans": (), "issuer": None, "days": 5000}, (), "")
    result = judged("webpki-public", root, Role.CA)
    answers = {f.rule: (f.outcome, f.message) for f in result.findings}
    for rule in ("eku.subca", "policy.subca", "policy.qualifiers", "chain.subca-lifetime"):
        assert answers[rule] == (Outcome.NOT_APPLICABLE, "the certificate is a root")


# --- requirements hold for what was issued since they came into force ---


def old_style():
    """LDAP beside HTTP, and a user notice: as intermediates were allowed to be until 2023-09-14."""
    urls = ["ldap://ldap.ca.example/cn=CRL?certificateRevocationList", "http://crl.ca.example/1.crl"]
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url) for url in urls], None, None, None)
    location = x509.UniformResourceIdentifier("ldap://ldap.ca.example/cn=CA?cACertificate")
    more = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, location)
    qualifiers = ["http://ca.example/cps", x509.UserNotice(None, "Read it.")]
    policy = x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), qualifiers)
    return {
        x509.CRLDistributionPoints: (x509.CRLDistributionPoints([point]), False),
        x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess([*access(), more]), False),
        x509.CertificatePolicies: (x509.CertificatePolicies([policy]), False),
    }


def on_intermediate(found):
    return {rule for rule, subject in found if subject == "issuer 1"}


def test_the_profiles_of_2023_are_not_asked_of_older_intermediates():
    old = chain({"not_before": BEFORE, "days": 3650, "extensions": old_style()})
    new = chain({"not_before": AFTER, "days": 3650, "extensions": old_style()})
    assert on_intermediate(failures(judged("webpki-public", old))) == set()
    assert on_intermediate(failures(judged("webpki-public", new))) == {
        "rev.crldp-form", "rev.aia-form", "policy.qualifiers"
    }  # fmt: skip


@pytest.mark.parametrize(("day", "failing"), [("2020-08-19", set()), ("2020-08-20", {"ext.aki-form"})])
def test_an_issuer_s_name_beside_the_key_identifier_is_refused_since_august_2020(day, failing):
    root = make_chain("a.example", {}, (), "public").root
    key_id = x509.SubjectKeyIdentifier.from_public_key(root.key.public_key()).digest
    name = [x509.DirectoryName(root.native.subject)]
    aki = x509.AuthorityKeyIdentifier(key_id, name, root.native.serial_number)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    extensions = {x509.AuthorityKeyIdentifier: (aki, False)}
    found = failures(judged("webpki-public", chain({"not_before": start, "days": 3650, "extensions": extensions})))
    assert on_intermediate(found) == failing


# --- criticality ---


@pytest.mark.parametrize(
    "pack", ["webpki-public", "internal-pki", "internal-mtls", "kubernetes-workload", "spiffe-svid"]
)
@pytest.mark.parametrize("where", ["leaf", "issuer 1"])
@pytest.mark.parametrize(
    "kind", [x509.AuthorityInformationAccess, x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier]
)
def test_a_critical_key_identifier_or_access_information_is_refused(pack, where, kind):
    usual = issue("CA", ca=True, issuer=issue("Root", ca=True)).native.extensions
    value = access() if kind is x509.AuthorityInformationAccess else usual.get_extension_for_class(kind).value
    contents = {"extensions": {kind: (value, True)}}
    found = judged(pack, chain(contents) if where == "issuer 1" else chain(**contents))
    assert ("ext.criticality", where) in failures(found)


@pytest.mark.parametrize("pack", ["webpki-public", "internal-pki"])
def test_name_constraints_that_are_not_critical_are_a_warning(pack):
    constraints = x509.NameConstraints([x509.DNSName("example")], None)
    result = judged(pack, chain({"extensions": {x509.NameConstraints: (constraints, False)}}))
    assert ("ext.criticality", "issuer 1") in failures(result, Severity.WARNING)
    assert ("ext.criticality", "issuer 1") not in failures(result)


def test_a_client_s_key_that_may_sign_certificates_is_refused_once_and_a_server_s_by_the_rule_on_its_key():
    contents = {"key_usage": ("digital_signature", "key_cert_sign"), "ekus": (CLIENT, SERVER)}
    of_client = failures(judged("webpki-public", chain(**contents), Role.CLIENT))
    of_server = failures(judged("webpki-public", chain(**contents)))
    assert ("ext.ca-consistency", "leaf") in of_client
    assert {rule for rule, _ in of_server} & {"ext.ca-consistency", "ku.ec-leaf"} == {"ku.ec-leaf"}


# --- what a server accepts ---


@pytest.mark.parametrize("pack", ASKING)
def test_a_live_server_is_asked_what_it_accepts_and_is_incomplete_without_an_answer_and_a_file_is_not_asked(pack):
    old = next(rule for rule in load_policy(pack).rules if rule.id == "tls.accepts-version")
    asked = old.check.asks(**old.parameters)
    refused = tuple(ProbeAnswer(what=question.what, outcome=ProbeOutcome.REFUSED) for question in asked)

    found = {
        outcome: next(f for f in result.findings if f.rule == "tls.accepts-version")
        for outcome, result in (
            ("unasked", judged(pack, chain(), live=True)),
            ("refused", judged(pack, chain(), live=True, probes=refused)),
            ("file", judged(pack, chain())),
        )
    }

    assert (found["unasked"].outcome, found["unasked"].not_checked) == (Outcome.NOT_CHECKED, True)
    assert (found["refused"].outcome, found["file"].outcome) == (Outcome.PASS, Outcome.NOT_APPLICABLE)


def test_no_other_pack_asks_it():
    asking = {name for name in pack_names() for rule in load_policy(name).rules if rule.id == "tls.accepts-version"}
    assert asking == {*ASKING, "cnsa-2.0-strict"}
