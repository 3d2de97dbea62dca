"""Objects are judged as `check` judges manifests; rubbish and foreign keys are violations whatever the policy says."""

import pickle
from base64 import b64encode

import pytest

from certgate.lab.pki import CLOCK, pem
from certgate.model.errors import UsageError
from certgate.model.kubernetes_facts import NamedSecret
from certgate.sources.admitted import AdmittedObject
from certgate.sources.context import Defaults, defaults
from certgate.webhook import object_judge
from certgate.webhook.object_judge import plan_judge
from tests.webhook.conftest import CA, LEAF, OLD, OTHER, ROOT, ingress, secret

RUBBISH = [("violated", "target.observed")]
INCOMPLETE = [("missing", "target.observed")]


@pytest.mark.parametrize(
    ("one", "remarks"),
    [
        (secret(), []),
        (secret(type="Opaque", note=b"hello"), []),
        (secret(chain=b"foo"), RUBBISH),
        (secret(chain=LEAF.key_pem), RUBBISH),
        (secret(chain=pem(LEAF)[:200]), RUBBISH),
        (secret(chain=b64encode(pem(LEAF))), RUBBISH),
        (secret(chain=pem(LEAF).replace(b"MII", b"NII", 1)), RUBBISH),
        (secret() | {"data": {"tls.crt": "!" * 200}}, RUBBISH),
        (secret() | {"data": {"tls.crt": [1]}}, RUBBISH),
        (secret(type="Opaque", **{"server.crt": b"foo"}), RUBBISH),
        (secret(chain=b"", key=b""), INCOMPLETE),
        (secret() | {"data": "x"}, INCOMPLETE),
        (secret(type="Opaque", **{"store.jks": b"\xfe\xed\xfe\xed" + bytes(200)}), INCOMPLETE),
        (secret(type="Opaque", **{"notes.txt": b'x = "' + pem(LEAF).replace(b"\n", b"\\n") + b'"'}), INCOMPLETE),
        (secret(key=OTHER.key_pem), [("violated", "k8s.secret-key-match")]),
        (secret(key=b"foo"), [("missing", "k8s.secret-key-match")]),
        (secret(OLD), [("violated", "validity.expired")]),
    ],
)
def test_what_is_wrong_with_a_secret(judged, one, remarks):
    assert judged(one) == remarks


def test_a_request_that_cannot_be_read_is_rubbish(judged):
    request = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "r"},
        "spec": {"request": b64encode(b"foo").decode(), "signerName": "example.com/x", "usages": ["digital signature"]},
    }

    assert judged(request) == RUBBISH


def test_a_config_map_and_a_certificate_are_judged(judged):
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"site.pem": pem(OLD, CA).decode()},
    }
    wanted = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "w", "namespace": "shop"},
        "spec": {
            "secretName": "s",
            "dnsNames": ["a.example"],
            "issuerRef": {"name": "ca"},
            "privateKey": {"size": 1024},
        },
    }

    assert ("violated", "validity.expired") in judged(config)
    assert "violated" in {weight for weight, _ in judged(wanted)}


def test_the_words_name_the_object_the_reason_and_the_fix(judge):
    [found] = judge.judge(AdmittedObject(raw=secret(chain=b"foo")), lambda: CLOCK).remarks

    assert found.text == (
        "the value cannot be read as a certificate (Secret/shop/web/tls.crt): Secret shop/web, tls.crt: "
        "the input holds neither a PEM block nor DER"
    )
    assert "kubectl create secret tls" in found.fix


def test_a_host_is_judged_with_the_secret_that_it_is_served_from(judged):
    chain = tuple(one.der for one in (LEAF, CA))
    known = NamedSecret(name="shop/web", chain=chain)

    assert judged(ingress("a.example"), **{"shop/web": known}) == []
    assert ("violated", "k8s.ingress-names-covered") in judged(ingress("b.example"), **{"shop/web": known})
    assert judged(ingress("b.example")) == []


def test_a_foreign_key_is_a_violation_whatever_the_policy_has(root_file, tmp_path):
    policy = tmp_path / "p.yaml"
    policy.write_text("rules: [{rule: trust.anchor}]\n")
    judge = plan_judge(defaults(str(policy), (root_file,), None, Defaults()))
    good, bad = (judge.judge(AdmittedObject(raw=one), lambda: CLOCK) for one in (secret(), secret(key=OTHER.key_pem)))

    assert good.remarks == ()
    assert [(str(one.weight), one.rule) for one in bad.remarks] == [("violated", "k8s.secret-key-match")]


def test_warnings_are_told_and_infos_and_waived_failures_are_not(root_file, tmp_path):
    policy = tmp_path / "p.yaml"
    rule = "{rule: validity.expired, severity: %s}"

    def remarks(severity, waivers=""):
        policy.write_text(f"rules: [{{rule: trust.anchor}}, {rule % severity}]\n{waivers}")
        judge = plan_judge(defaults(str(policy), (root_file,), None, Defaults()))
        return [str(one.weight) for one in judge.judge(AdmittedObject(raw=secret(OLD)), lambda: CLOCK).remarks]

    waived = (
        "waivers: [{target: 'Secret/shop/*', rule: validity.expired, reason: x, owner: y, "
        f"expires: {CLOCK.year + 1}-01-01}}]\n"
    )
    assert remarks("error") == ["violated"]
    assert remarks("warning") == ["warning"]
    assert remarks("info") == []
    assert remarks("error", waived) == []


def test_a_missing_answer_that_is_not_required_is_not_told(root_file, tmp_path):
    policy = tmp_path / "p.yaml"

    def remarks(required):
        policy.write_text(f"rules: [{{rule: trust.anchor}}, {{rule: key.matches, required: {required}}}]\n")
        judge = plan_judge(defaults(str(policy), (root_file,), None, Defaults()))
        return [str(one.weight) for one in judge.judge(AdmittedObject(raw=secret(key=b"foo")), lambda: CLOCK).remarks]

    assert remarks("true") == ["missing"]
    assert remarks("false") == []


def test_an_object_of_which_no_rule_says_anything_is_incomplete(root_file, tmp_path):
    policy = tmp_path / "p.yaml"
    policy.write_text("rules: [{rule: k8s.ca-bundle}]\n")
    judge = plan_judge(defaults(str(policy), (root_file,), None, Defaults()))
    [found] = judge.judge(AdmittedObject(raw=secret()), lambda: CLOCK).remarks

    assert (str(found.weight), found.text) == ("missing", "no rule passed or failed (Secret/shop/web/tls.crt)")


def test_a_policy_that_asks_a_server_for_each_object_is_refused(root_file, tmp_path):
    policy = tmp_path / "p.yaml"
    policy.write_text(
        "rules:\n  - {rule: trust.anchor}\n  - id: acme.decided\n    message: no\n"
        "    opa: {url: 'http://127.0.0.1:8181', path: acme/tls/violations}\n"
    )
    with pytest.raises(UsageError, match=r"acme\.decided would ask a policy server for each object"):
        plan_judge(defaults(str(policy), (root_file,), None, Defaults()))


def test_a_bundle_of_too_many_parts_is_incomplete(judged):
    many = b"".join(pem(ROOT) for _ in range(200))

    assert {weight for weight, _ in judged(secret(chain=many))} == {"missing"}


def test_a_bug_costs_one_object_and_says_so(judge, monkeypatch):
    def broken(*_):
        raise RuntimeError("the key is s3cr3t")

    monkeypatch.setattr(object_judge, "parts_of", broken)
    found = judge.judge(AdmittedObject(raw=secret()))

    assert not found.is_judged
    assert "RuntimeError in the webhook" in found.remarks[0].text
    assert "s3cr3t" not in found.remarks[0].text


def test_a_judge_can_be_sent_to_another_process(judge):
    again = pickle.loads(pickle.dumps(judge))

    assert again.judge(AdmittedObject(raw=secret()), lambda: CLOCK).remarks == ()
