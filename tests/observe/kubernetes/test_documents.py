"""The documents of a manifest: what kubectl reads is read, and what is broken costs itself alone."""

import json

import pytest

from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.documents import read_documents
from certgate.observe.kubernetes.objects import objects_in
from certgate.observe.kubernetes.scalar import Lines, Scalar
from tests.observe.kubernetes.manifests import LEAF, LEAF_PEM, b64, block, secret, tell, tls_secret

GOOD = json.dumps(secret({"tls.crt": LEAF_PEM, "tls.key": LEAF.key_pem}))
LEAF_TOLD = "server chain of 1, its key"


def documents(text):
    return list(read_documents(text.encode(), Budget(), Lines()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n---\nb: 2\n", [(1, {"a": "1"}), (2, {"b": "2"})]),
        ("# x\n---\n---\n\n--- # y\na: 1\n", [(5, {"a": "1"})]),
        ("%YAML 1.2\n---\na: 1\n---\nb: 2", [(1, {"a": "1"}), (4, {"b": "2"})]),
        ('{"a": 1}\n{"b": [true, null, -1.5e3]}{}', [(1, {"a": "1"}), (2, {"b": ["true", "", "-1.5e3"]}), (2, {})]),
        ('{"a": "\\ud83d\\ude00 \\/ \\n"}', [(1, {"a": "😀 / \n"})]),
        ('{"a": 1}\n---\nb: 2\n', [(1, {"a": "1"}), (2, {"b": "2"})]),
        ("{a: b, c: [d]}", [(1, {"a": "b", "c": ["d"]})]),
        ("\ufeffa: 1\r\nb: 2\r\n", [(1, {"a": "1", "b": "2"})]),
        ("a: ~\nb: null\nc:\nd: '~'\n", [(1, {"a": "", "b": "", "c": "", "d": "~"})]),
        ("---\n~\n--- text\n", [(3, "text")]),
    ],
)
def test_yaml_documents_and_streams_of_json_are_told_apart_as_by_kubectl(text, expected):
    def plain(node):
        if isinstance(node, dict):
            return {key: plain(value) for key, value in node.items()}
        return [plain(item) for item in node] if isinstance(node, list) else node.text

    assert [(one.line, plain(one.value)) for one in documents(text)] == expected


def test_each_value_has_its_line():
    (yaml,) = documents("a: 1\nb:\n- c\n- |\n  x\n  y\n")
    (of_json,) = documents('{"a": 1,\n"b": [\n"c", {"d":\n2}]}')

    assert yaml.value == {"a": Scalar("1", 1), "b": [Scalar("c", 3), Scalar("x\ny\n", 4, is_block=True)]}
    assert yaml.value["b"][1].lines.of(2) == 6
    assert of_json.value == {"a": Scalar("1", 1), "b": [Scalar("c", 3), {"d": Scalar("2", 4)}]}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("kind: Secret\n  x: y\n", "line 3: the document is not valid YAML: check the indentation"),
        ("a: {{ .Values.x }}\n", "line 2: the document is not valid YAML: it is a template; render the template first"),
        ("{{- if .x }}\na: b\n{{- end }}\n", "line 2: the document is not valid YAML: it is a template"),
        ("a: 1\n...\nb: 2\n", "line 4: the document is not valid YAML"),
        ('{"a": 1, "a": 2}', "line 2: the document is not valid YAML: the key a appears twice in this mapping"),
    ],
)
def test_a_broken_document_is_told_and_the_others_are_judged(broken, said):
    found = tell(f"---\n{broken}\n---\n{GOOD}\n---\nkind: Deployment\n")

    assert list(found) == ["document 1", "shop/web/tls.crt"]
    assert found["document 1"].startswith(said)
    assert found["shop/web/tls.crt"] == LEAF_TOLD


def test_json_that_breaks_off_costs_what_follows_alone():
    found = tell(GOOD + '\n{"kind": "Secret", ')

    assert found["shop/web/tls.crt"] == LEAF_TOLD
    assert found["document 2"].startswith("line 2: the document is not valid YAML")


def test_pem_that_is_no_document_is_told():
    found = tell(f"kind: ConfigMap\n---\n{LEAF_PEM.decode()}")

    assert found == {
        "document": "document (line 3): the text contains a certificate that certgate cannot read "
        "there; check it separately"
    }


def objects(text):
    return [(str(one), one.group) for document in documents(text) for one in objects_in(document.value, 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: List\nitems: null\n", []),
        ("kind: List\nitems:\n", []),
        ("kind: List\nitems: []\n", []),
        (
            "kind: SecretList\napiVersion: v1\nitems: [{metadata: {name: a}}, {kind: X}]\n",
            [("Secret a", ""), ("X", "")],
        ),
        ("kind: List\nitems: [{kind: FooList, apiVersion: a/v1, items: [{}, {}]}]\n", [("Foo", "a"), ("Foo", "a")]),
        ("kind: Template\nobjects: [{kind: Secret, metadata: {name: a}}]\n", [("Secret a", "")]),
        ("kind: ConfigMap\nitems: {a: b}\n", [("ConfigMap", "")]),
        ("items: [{kind: Secret}]\n", [("", "")]),
        ("- 1\n", [("", "")]),
    ],
)
def test_lists_hold_objects_at_any_depth(text, expected):
    found = objects(text)

    if "null" in text or text.endswith("items:\n"):
        assert [name for name, _ in found if name != "List"] == expected
    else:
        assert found == expected


@pytest.mark.parametrize("depth", [1, 2, 15])
def test_a_secret_list_within_lists_is_read(depth):
    body = {"kind": "SecretList", "apiVersion": "v1", "items": [tls_secret(b64(LEAF_PEM), b64(LEAF.key_pem))]}
    del body["items"][0]["kind"]
    for _ in range(depth):
        body = {"kind": "List", "items": [body, {"kind": "List", "items": None}]}

    assert tell(body) == {"shop/web/tls.crt": LEAF_TOLD}


def test_objects_within_objects_are_read():
    work = {"kind": "ManifestWork", "spec": {"workload": {"manifests": [json.loads(GOOD)]}}}
    template = {"kind": "Template", "objects": [json.loads(GOOD)]}
    config = f"kind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  all.yaml: {block(GOOD.encode())}"

    assert tell(work) == tell(template) == {"shop/web/tls.crt": LEAF_TOLD}
    assert tell(config) == {"c/all.yaml/shop/web/tls.crt": LEAF_TOLD}


def test_objects_that_share_a_name_have_ids_of_their_own():
    data = {"ca.crt": LEAF_PEM.decode()}
    config = {"kind": "ConfigMap", "metadata": {"name": "web", "namespace": "shop"}, "data": data}
    one = secret({"ca.crt": LEAF_PEM})

    found = tell("\n---\n".join(json.dumps(each) for each in (config, one, config)))

    assert list(found) == ["ConfigMap/shop/web/ca.crt", "shop/web/ca.crt", "ConfigMap/shop/web/ca.crt (2)"]
