"""Reviews and their answers."""

import json
import random

import pytest

from certgate.observe.kubernetes.live.kubeconfig import find_login
from certgate.webhook import admitting
from certgate.webhook.admission_review import BadReview
from tests.observe.kubernetes.live.api_server import FakeApi, kubeconfig, serving
from tests.webhook.conftest import OLD, OTHER, ingress, review, secret


def test_what_is_right_is_allowed_without_a_word(ask):
    assert ask(review(secret())) == {"uid": "u-1", "allowed": True}
    assert ask.state.said == ""


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_violation_is_denied_in_a_dry_run_too(ask, dry_run):
    found = ask(review(secret(OLD), dryRun=dry_run))

    assert (found["uid"], found["allowed"], found["status"]["code"]) == ("u-1", False, 403)
    assert found["status"]["message"].startswith("violates the policy internal-pki:\nvalidity.expired: expired ")
    assert ". Fix: renew it" in found["status"]["message"]
    assert found["auditAnnotations"] == {"decision": "denied", "denied-by": "validity.expired"}
    assert ask.state.said == "certgate: denied: CREATE Secret shop/web: validity.expired\n"


def test_audit_allows_it_and_warns(ask):
    found = ask(review(secret(OLD)), mode="audit")

    assert found["allowed"]
    [warning] = found["warnings"]
    assert warning.startswith("would be denied: validity.expired: expired")
    assert found["auditAnnotations"] == {"decision": "would-deny", "denied-by": "validity.expired"}


def test_what_is_incomplete_is_a_warning_or_on_request_a_denial(ask):
    empty = secret(chain=b"", key=b"")

    assert ask(review(empty))["allowed"]
    assert len(ask(review(empty))["warnings"]) == 1
    denied = ask(review(empty), deny_incomplete=True)
    assert (denied["allowed"], denied["status"]["code"]) == (False, 403)


def test_an_old_object_can_be_labelled_and_deleted_but_gets_no_other_key(ask):
    labelled = secret(OLD) | {"metadata": {"name": "web", "namespace": "shop", "labels": {"a": "b"}}}

    assert ask(review(labelled, "UPDATE", secret(OLD))) == {"uid": "u-1", "allowed": True}
    assert ask(review(None, "DELETE", secret(OLD))) == {"uid": "u-1", "allowed": True}
    assert not ask(review(secret(key=OTHER.key_pem), "UPDATE", secret()))["allowed"]
    assert ask.state.pool.count == 1


def test_equal_objects_are_judged_once(ask):
    ask(review(secret()), times=50)

    assert ask.state.pool.count == 1
    assert ask.state.metrics.repeated == 49


def test_without_a_judgement_in_time_the_answer_says_so(ask):
    ask.state.pool.delay = 5.0
    found = ask(review(secret()), seconds=0.05)
    denied = ask(review(secret()), seconds=0.05, deny_incomplete=True)

    assert found["allowed"]
    assert found["warnings"] == ["not judged: there was no judgement in time; try again"]
    assert found["auditAnnotations"] == {"decision": "unjudged"}
    assert (denied["allowed"], denied["status"]["code"]) == (False, 503)


def test_beyond_the_number_of_requests_the_answer_says_so(ask, monkeypatch):
    monkeypatch.setattr(admitting, "_MOST", 0)

    assert "more than 0 requests are under way" in ask(review(secret()))["warnings"][0]


def test_an_object_beyond_a_limit_is_not_judged(ask):
    deep = json.loads("[" * 300 + "]" * 300)

    assert ask(review(secret() | {"data": deep}))["warnings"] == [
        "not judged: the object has more than 200 levels, the limit"
    ]
    assert ask.state.pool.count == 0


def test_names_cannot_forge_lines_of_the_log(ask):
    one = secret(OLD, name="web\n::error::x\x1b[31m")
    ask(review(one))

    assert len(ask.state.said.splitlines()) == 1
    assert "\x1b" not in ask.state.said


@pytest.fixture
def api(tmp_path, monkeypatch):
    """An API server, which a busy machine may take more than a second to ask."""
    monkeypatch.setattr(admitting, "SECONDS", 20.0)
    api = FakeApi()
    with serving(api) as url:
        (tmp_path / "kubeconfig").write_text(kubeconfig(url))
        api.login = find_login(kubeconfig=str(tmp_path / "kubeconfig"))
        yield api


def test_an_ingress_is_judged_with_its_secret(ask, api):
    api.objects["api/v1/secrets"] = [secret()]

    assert ask(review(ingress("a.example")), login=api.login, seconds=50.0) == {"uid": "u-1", "allowed": True}
    found = ask(review(ingress("b.example")), login=api.login, seconds=50.0)
    assert "k8s.ingress-names-covered" in found["auditAnnotations"]["denied-by"].split(",")
    assert (
        ask(review(ingress("a.example", "b.example"), "UPDATE", ingress("a.example")), login=api.login, seconds=50.0)[
            "allowed"
        ]
        is False
    )


def test_an_ingress_whose_secret_is_missing_is_warned_of_and_never_denied(ask, api):
    found = ask(review(ingress("a.example")), login=api.login, seconds=50.0, deny_incomplete=True)

    assert found["allowed"]
    assert found["warnings"] == ["k8s.secret-exists: the Secret shop/web does not exist"]


def test_secrets_that_are_not_read_within_a_second_are_a_warning(ask, api, monkeypatch):
    monkeypatch.setattr(admitting, "SECONDS", 0.0)
    found = ask(review(ingress("a.example")), login=api.login, seconds=50.0)

    assert found["allowed"]
    assert found["warnings"] == [
        "k8s.secret-exists: the Secret shop/web was not read: it takes longer than 1 s, or than the API server waits"
    ]


ODD = [
    None,
    True,
    -1,
    10**50,
    1e308,
    "",
    "x",
    "\ud800",
    "\x00" * 50,
    "!" * 300,
    [],
    {},
    [[]],
    {"": {"": ""}},
    ["x"] * 200,
]
CERTIFICATE = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Certificate",
    "metadata": {"name": "w", "namespace": "shop", "labels": {"x": "y"}},
    "spec": {"secretName": "s", "dnsNames": ["a.example"], "duration": "2160h", "issuerRef": {"name": "ca"}},
}


def places(value, path=()):
    """The path of each part of a value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in parts:
        yield (*path, key)
        yield from places(inner, (*path, key))


@pytest.mark.parametrize("one", [secret(), ingress("a.example"), CERTIFICATE], ids=["Secret", "Ingress", "Certificate"])
def test_whatever_a_review_holds_in_any_place_it_is_refused_or_answered(ask, one):
    drawn = random.Random(1)
    for path in places(review(one, "UPDATE", one | {"spec": 1, "data": 1})):
        changed = json.loads(json.dumps(review(one, "UPDATE", one | {"spec": 1, "data": 1})))
        inner = changed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = drawn.choice(ODD)
        try:
            found = ask(changed)
        except BadReview:
            continue
        assert found["uid"] == "u-1" or path[-1] == "uid"
        assert "bug" not in json.dumps(found)
