"""Lists page by page, and what an API server can do wrong."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from certgate.lab.pki import issue, pem
from certgate.observe.kubernetes.live.api import ApiServer
from certgate.observe.kubernetes.live.errors import ApiError, ApiFailure
from certgate.observe.kubernetes.live.kubeconfig import ClusterLogin, ExecPlugin, find_login
from certgate.observe.kubernetes.live.resources import RESOURCES
from tests.observe.kubernetes.live.api_server import API_CA, TOKEN, FakeApi, kubeconfig, serving

SECRET = RESOURCES["Secret"]


@pytest.fixture
def api():
    return FakeApi()


@pytest.fixture
def server(api, tmp_path):
    with serving(api) as url:
        (tmp_path / "config").write_text(kubeconfig(url))
        yield ApiServer(find_login(kubeconfig=str(tmp_path / "config"), environ={}))


def secrets(count, **more):
    return [
        {"metadata": {"name": f"s{n}", "namespace": "shop"}, "type": "kubernetes.io/tls", **more} for n in range(count)
    ]


def names(server, **more):
    return [one["metadata"]["name"] for page in server.pages(SECRET, "shop", **more) for one in page]


def failure(ask):
    with pytest.raises(ApiError) as caught:
        ask()
    return caught.value.kind, str(caught.value)


def test_a_list_is_read_page_by_page_with_its_selectors(api, server):
    api.add("api/v1/secrets", *secrets(5))
    api.page = 2
    assert names(server, labels="", fields="type=kubernetes.io/tls") == ["s0", "s1", "s2", "s3", "s4"]
    path = "api/v1/namespaces/shop/secrets?"
    assert api.asked == [
        f"{path}fieldSelector=type=kubernetes.io/tls&limit=250",
        f"{path}continue=2&fieldSelector=type=kubernetes.io/tls&limit=250",
        f"{path}continue=4&fieldSelector=type=kubernetes.io/tls&limit=250",
    ]


def test_a_list_that_the_server_has_forgotten_begins_anew(api, server):
    api.add("api/v1/secrets", *secrets(3))
    api.page = 2
    api.refused["api/v1/namespaces/shop/secrets?continue=2"] = (410, 1)
    assert names(server) == ["s0", "s1", "s0", "s1", "s2"]


def test_a_list_that_is_always_forgotten_ends(api, server):
    api.add("api/v1/secrets", *secrets(3))
    api.page = 2
    api.refused["api/v1/namespaces/shop/secrets?continue=2"] = (410, 99)
    assert failure(lambda: names(server))[0] is ApiFailure.GONE


def test_an_answer_of_too_many_levels_is_broken(api, server):
    deep = []
    for _ in range(700):
        deep = [deep]
    api.add("api/v1/secrets", {"metadata": {"name": "s", "namespace": "shop"}, "data": deep})
    kind, message = failure(lambda: names(server))
    assert (kind, message.endswith("answered with JSON of more than 200 levels")) == (ApiFailure.BROKEN, True)


@pytest.mark.parametrize(("namespace", "name"), [("shop", ".."), ("shop", "."), ("..", "web")])
def test_a_name_that_leads_to_another_object_is_not_asked_for(api, server, namespace, name):
    assert failure(lambda: server.get(SECRET, namespace, name))[0] is ApiFailure.NOT_FOUND
    assert api.asked == []


def test_fewer_objects_are_asked_for_if_a_page_is_too_large(api, server):
    api.add("api/v1/secrets", *secrets(6, data={"x": "y" * 2000}))
    small = ApiServer(server.login, max_bytes=9000)
    assert names(small) == [f"s{n}" for n in range(6)]
    assert failure(lambda: names(ApiServer(server.login, max_bytes=1000)))[0] is ApiFailure.TOO_LARGE


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ApiFailure.UNAUTHORIZED),
        (403, ApiFailure.FORBIDDEN),
        (404, ApiFailure.NOT_FOUND),
        (410, ApiFailure.GONE),
        (500, ApiFailure.BROKEN),
    ],
)
def test_each_status_has_its_kind_and_the_words_of_the_server(api, server, status, kind):
    api.refused["api/v1"] = (status, 99)
    found, said = failure(lambda: server.get(SECRET, "shop", "web"))
    assert found is kind
    assert ("log in again" if status == 401 else "no api/v1/namespaces/shop/secrets/web") in said


@pytest.mark.parametrize(
    "body",
    [b"", b"rubbish", b"[]", b"[" * 100_000, b'{"items": {}}', b'{"items": [1]}', b'{"metadata": {"continue": 7}}'],
)
def test_an_answer_that_cannot_be_read_is_broken(api, server, body):
    api.broken["api/v1"] = body
    assert failure(lambda: names(server))[0] is ApiFailure.BROKEN


def test_an_object_is_found_by_name_whatever_the_name(api, server):
    api.add("api/v1/secrets", *secrets(1))
    assert server.get(SECRET, "shop", "s0")["metadata"]["name"] == "s0"
    assert failure(lambda: server.get(SECRET, "shop", "../../pods"))[0] is ApiFailure.NOT_FOUND
    assert api.asked[-1] == "api/v1/namespaces/shop/secrets/..%2F..%2Fpods"


def test_a_server_that_the_kubeconfig_does_not_trust_is_not_asked(api, tmp_path):
    with serving(api) as url:
        (tmp_path / "config").write_text(kubeconfig(url, ca=issue("Another CA", ca=True, days=36500)))
        server = ApiServer(find_login(kubeconfig=str(tmp_path / "config"), environ={}))
        kind, said = failure(lambda: server.get(SECRET, "shop", "web"))
    assert (kind, "its certificate is not trusted" in said) == (ApiFailure.UNREACHABLE, True)
    assert api.asked == []


def test_the_certificate_may_be_for_another_name_that_the_kubeconfig_tells(api, tmp_path):
    other = issue("api.example", issuer=API_CA, sans=["api.example"], days=36500)
    with serving(api, other) as url:
        (tmp_path / "config").write_text(kubeconfig(url))
        unnamed = ApiServer(find_login(kubeconfig=str(tmp_path / "config"), environ={}))
        assert "for another name" in failure(lambda: unnamed.get(SECRET, "shop", "web"))[1]
        (tmp_path / "config").write_text(kubeconfig(url, **{"tls-server-name": "api.example"}))
        named = ApiServer(find_login(kubeconfig=str(tmp_path / "config"), environ={}))
        assert failure(lambda: named.get(SECRET, "shop", "web"))[0] is ApiFailure.NOT_FOUND


def test_the_environment_names_no_proxy(api, server, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert names(server) == []


def login(server, **more):
    return ClusterLogin(context="test", server=server.login.server, authorities=server.login.authorities, **more)


def test_a_token_is_read_from_its_file(server, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert names(ApiServer(login(server, token_file=str(tmp_path / "token")))) == []


@pytest.mark.parametrize("more", [{"token_file": "/gone"}, {"token": "a\nb"}])
def test_a_token_that_cannot_be_used_is_told_without_showing_it(server, more):
    kind, said = failure(lambda: names(ApiServer(login(server, **more))))
    assert (kind, "a\nb" in said) == (ApiFailure.PLUGIN, False)


def plugin(tmp_path, *tokens, **status):
    """A plug-in that prints one token after the other, and the last one from then on."""
    version = "client.authentication.k8s.io/v1"
    for number, token in enumerate(tokens):
        credential = {"apiVersion": version, "kind": "ExecCredential", "status": {"token": token, **status}}
        (tmp_path / f"{number}.json").write_text(json.dumps(credential))
    command = tmp_path / "login"
    command.write_text(f'#!/bin/sh\ncd {tmp_path}\necho >>runs\nset -- *.json\ncat "$1"\n[ $# = 1 ] || rm "$1"\n')
    command.chmod(0o700)
    return ExecPlugin(version=version, command=str(command))


def test_credentials_that_are_refused_are_renewed_once(api, server, tmp_path):
    api.add("api/v1/secrets", *secrets(1))
    asked = ApiServer(login(server, plugin=plugin(tmp_path, "old", TOKEN, "new")))
    assert names(asked) == ["s0"]
    api.token = "new"
    assert names(asked) == ["s0"]
    api.token = "another"
    assert failure(lambda: names(asked))[0] is ApiFailure.UNAUTHORIZED
    assert (tmp_path / "runs").read_text().count("\n") == 4
    assert len(api.asked) == 6


def test_expired_credentials_are_renewed_before_the_next_request(api, server, tmp_path):
    expires = datetime(2027, 1, 1, tzinfo=UTC)
    now = [expires]
    found = plugin(tmp_path, TOKEN, "new", expirationTimestamp=expires.isoformat())
    asked = ApiServer(login(server, plugin=found), now=lambda: now[0])
    assert [names(asked), names(asked)] == [[], []]
    api.token, now[0] = "new", expires + timedelta(seconds=1)
    assert names(asked) == []
    assert (tmp_path / "runs").read_text().count("\n") == 2
    assert len(api.asked) == 3


def test_a_token_file_is_read_again_and_the_token_of_a_kubeconfig_not(api, server, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    asked = ApiServer(login(server, token_file=str(tmp_path / "token")))
    assert names(asked) == []
    api.token = "rotated"
    (tmp_path / "token").write_text("rotated")
    assert names(asked) == []
    del api.asked[:]
    assert failure(lambda: names(ApiServer(login(server, token=TOKEN))))[0] is ApiFailure.UNAUTHORIZED
    assert len(api.asked) == 1


def test_a_client_certificate_is_shown_and_leaves_no_file_behind(server, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    me = issue("me", days=36500)
    identity = (f"{_pem(me)}", me.key_pem.decode())
    assert names(ApiServer(login(server, token=TOKEN, identity=identity))) == []
    assert list(tmp_path.glob("certgate-*")) == []
    broken = ApiServer(login(server, token=TOKEN, identity=(_pem(me), issue("other").key_pem.decode())))
    assert "no chain in PEM with its own key" in failure(lambda: names(broken))[1]


def _pem(credential):
    return pem(credential).decode()
