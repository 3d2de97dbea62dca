"""What the API server asks, and what is no question."""

import json

import pytest

from certgate.webhook.admission_review import BadReview, Review, read_review, written
from tests.webhook.conftest import LEAF, OTHER, ingress, review, secret


def read(body):
    return read_review(json.dumps(body).encode())


def changed(one, **fields):
    return json.loads(json.dumps(one)) | fields


def labelled(one):
    return changed(one, metadata={**one["metadata"], "labels": {"a": "b"}, "resourceVersion": "2"})


@pytest.mark.parametrize(
    ("operation", "one", "old", "is_judged"),
    [
        ("CREATE", secret(), None, True),
        ("DELETE", None, secret(), False),
        ("CONNECT", secret(), None, False),
        ("UPDATE", labelled(secret()), secret(), False),
        ("UPDATE", secret(key=OTHER.key_pem), secret(), True),
        ("UPDATE", secret(OTHER), secret(), True),
        ("UPDATE", secret(type="Opaque"), secret(), True),
        ("UPDATE", secret(), None, True),
        ("UPDATE", changed(labelled(ingress("a.example")), status={"loadBalancer": {}}), ingress("a.example"), False),
        ("UPDATE", ingress("a.example", "b.example"), ingress("a.example"), True),
        ("CREATE", None, None, False),
    ],
)
def test_what_brings_no_certificate_is_not_judged(operation, one, old, is_judged):
    shape = review(one or old or secret(), operation, old)
    shape["request"]["object"] = one

    assert read(shape).is_judged == is_judged


def test_an_update_of_a_configmap_or_of_what_cert_manager_reads_is_judged():
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
    asked = changed(ingress("a.example"), metadata={"name": "web", "annotations": {"cert-manager.io/issuer": "ca"}})

    assert read(review(changed(config, data={"a": "2"}), "UPDATE", config)).is_judged
    assert not read(review(changed(config, immutable=True), "UPDATE", config)).is_judged
    assert read(review(asked, "UPDATE", ingress("a.example"))).is_judged


def test_a_resource_that_is_only_called_secret_is_compared_as_a_whole():
    old = {"apiVersion": "example.com/v1", "kind": "Secret", "metadata": {"name": "x"}, "pem": "a"}

    assert read(review(changed(old, pem="b"), "UPDATE", old)).is_judged


def test_the_object_has_the_kind_and_the_names_that_the_request_states():
    one = changed(secret(), kind=7, metadata="web")
    shape = review(secret())
    shape["request"]["object"] = one
    found = read(shape)

    assert (found.object["kind"], found.object["metadata"]) == ("Secret", {"namespace": "shop", "name": "web"})
    assert str(found) == "Secret shop/web"
    assert LEAF.key_pem.decode().splitlines()[1] not in repr(found)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[" * 1_000_000, "is nested too deeply"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[]", "is not an AdmissionReview of admission.k8s.io/v1"),
        (b'{"apiVersion": ["admission.k8s.io/v1"], "kind": {}}', "is not an AdmissionReview"),
        (b'{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview"}', "is not an AdmissionReview"),
        (b"9" * 10_000, "number"),
    ],
)
def test_what_is_no_review_is_refused(body, said):
    with pytest.raises(BadReview, match=said):
        read_review(body)


@pytest.mark.parametrize(
    "request_",
    [
        None,
        [],
        "x",
        {"uid": ""},
        {"uid": None},
        {"uid": 7},
        {"uid": "u" * 2_000},
        {"kind": "Secret"},
        {"kind": {"kind": ["Secret"]}},
        {"kind": {}},
        {"operation": "PATCH"},
        {"operation": None},
        {"operation": ["CREATE"]},
        {"operation": {}},
        {"namespace": {"a": 1}},
        {"name": []},
        {"object": []},
        {"object": "x"},
        {"oldObject": 7},
    ],
)
def test_a_review_with_something_of_the_wrong_type_is_refused(request_):
    shape = review(secret())
    shape["request"] = shape["request"] | request_ if isinstance(request_, dict) else request_

    with pytest.raises(BadReview):
        read(shape)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([[]] * 60_000 + [{}] * 60_000, "has more than 100,000 parts"),
        (json.loads("[" * 300 + "]" * 300), "has more than 200 levels"),
    ],
)
def test_an_object_beyond_a_limit_is_known_as_that(data, said):
    for operation, old in (("CREATE", None), ("UPDATE", changed(secret(), data=data))):
        found = read(review(changed(secret(), data=data), operation, old))

        assert (found.beyond, found.is_judged) == (said, True)


def test_an_answer_has_only_what_it_needs():
    denied = Review(allowed=False, code=403, message="no", warnings=("w",), annotations={"decision": "denied"})

    assert json.loads(written("u", Review(allowed=True)))["response"] == {"uid": "u", "allowed": True}
    assert json.loads(written("u", denied)) == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {
            "uid": "u",
            "allowed": False,
            "status": {"code": 403, "message": "no"},
            "warnings": ["w"],
            "auditAnnotations": {"decision": "denied"},
        },
    }
