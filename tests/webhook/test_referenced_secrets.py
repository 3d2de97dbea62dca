"""The Secrets that objects name: read within a second, and a warning where they cannot be."""

from base64 import b64encode

import pytest

from certgate.observe.kubernetes.live.kubeconfig import find_login
from certgate.sources.admitted import Named
from certgate.webhook.referenced_secrets import cluster_login, read_references
from tests.observe.kubernetes.live.api_server import FakeApi, kubeconfig, serving
from tests.webhook.conftest import CA, LEAF, secret


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """An API server, and the login for it."""
    api, home = FakeApi(), tmp_path_factory.mktemp("cluster")
    with serving(api) as url:
        (home / "kubeconfig").write_text(kubeconfig(url))
        yield api, find_login(kubeconfig=str(home / "kubeconfig"))


def test_a_secret_is_read_by_one_request_and_its_key_is_dropped(cluster):
    api, login = cluster
    api.objects["api/v1/secrets"] = [secret()]
    api.asked.clear()
    found = read_references(login, Named(("shop/web",), ()), seconds=20.0)

    assert found.secrets["shop/web"].chain == (LEAF.der, CA.der)
    assert found.remarks == ()
    assert api.asked == ["api/v1/namespaces/shop/secrets/web"]
    assert b64encode(LEAF.key_pem)[:60].decode() not in repr(found)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (None, "the Secret shop/web does not exist"),
        (secret(chain=b"foo"), "the input holds neither a PEM block nor DER"),
        (secret(type="Opaque", x=b"y"), "the Secret shop/web has no tls.crt"),
    ],
    ids=["missing", "rubbish", "other"],
)
def test_what_is_missing_or_unreadable_is_a_warning(cluster, one, said):
    api, login = cluster
    api.objects["api/v1/secrets"] = [one] if one else []
    found = read_references(login, Named(("shop/web",), ()), seconds=20.0)

    assert found.secrets == {}
    [remark] = found.remarks
    assert (str(remark.weight), remark.rule) == ("warning", "k8s.secret-exists")
    assert said in remark.text


def test_what_is_forbidden_is_a_warning_with_the_role_that_would_do(cluster):
    api, login = cluster
    api.refused["api/v1/namespaces/shop/secrets"] = (403, 1)
    [remark] = read_references(login, Named(("shop/web",), ()), seconds=20.0).remarks

    assert "forbids to get secrets in the namespace shop" in remark.text


def test_an_api_server_that_does_not_know_the_webhook_is_a_warning(cluster):
    api, login = cluster
    api.refused["api/v1/namespaces/shop/secrets"] = (401, 1)
    [remark] = read_references(login, Named(("shop/web",), ()), seconds=20.0).remarks

    assert "was not read" in remark.text
    assert "401" in remark.text


def test_other_namespaces_too_many_and_too_late_are_warnings(cluster):
    api, login = cluster
    api.objects["api/v1/secrets"] = [secret()]
    names = tuple(f"shop/s{n}" for n in range(40))
    times = iter([0.0, 5.0])

    assert "of another namespace" in read_references(None, Named((), ("edge/far",))).remarks[0].text
    assert len(read_references(login, Named(names, ()), seconds=0.0).remarks) == 11
    assert (
        "longer than 1 s" in read_references(login, Named(("shop/web",), ()), now=lambda: next(times)).remarks[0].text
    )
    assert "no service account" in read_references(None, Named(("shop/web",), ())).remarks[0].text


def test_without_a_cluster_that_is_said_once(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    assert cluster_login() is None
    assert "names are not read: no kubeconfig" in capfd.readouterr().err
