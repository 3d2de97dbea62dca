"""How a cluster is found: as kubectl does, and what certgate does not do is an error."""

import json
from base64 import b64encode

import pytest

from certgate.lab.pki import issue, pem
from certgate.model.errors import UsageError
from certgate.observe.kubernetes.live.kubeconfig import ExecPlugin, find_login
from tests.observe.kubernetes.live.api_server import API_CA, kubeconfig

URL = "https://10.0.0.1:6443"


def find(text, tmp_path, **more):
    (tmp_path / "config").write_text(text)
    return find_login(kubeconfig=str(tmp_path / "config"), environ={}, **more)


def changed(kind, **values):
    """A kubeconfig whose only cluster, user or context is changed."""
    config = json.loads(kubeconfig(URL))
    config[kind][0][kind.removesuffix("s")].update(values)
    return json.dumps(config)


def test_the_current_context_says_who_where_and_how(tmp_path):
    login = find(kubeconfig(URL), tmp_path)
    assert (login.context, login.server, login.namespace) == ("test", URL, "shop")
    assert login.authorities.encode() == pem(API_CA)
    assert "the-token" not in repr(login)


def test_yaml_and_files_beside_the_kubeconfig_are_read(tmp_path):
    client = issue("me")
    (tmp_path / "ca.crt").write_bytes(pem(API_CA))
    (tmp_path / "me.crt").write_bytes(pem(client))
    (tmp_path / "me.key").write_bytes(client.key_pem)
    login = find(
        f"""
apiVersion: v1
kind: Config
current-context: test
clusters: [{{name: c, cluster: {{server: "{URL}/k8s/", certificate-authority: ca.crt, tls-server-name: api.example}}}}]
users: [{{name: u, user: {{client-certificate: me.crt, client-key: me.key}}}}]
contexts: [{{name: test, context: {{cluster: c, user: u}}}}]
""",
        tmp_path,
    )
    assert (login.server, login.server_name, login.namespace) == (f"{URL}/k8s", "api.example", "default")
    assert login.identity == (pem(client).decode(), client.key_pem.decode())
    assert "PRIVATE" not in repr(login)


def test_of_several_files_the_first_entry_of_each_name_counts(tmp_path):
    (tmp_path / "one").write_text(json.dumps({"current-context": "b"}))
    (tmp_path / "two").write_text(kubeconfig(URL))
    other = kubeconfig("https://10.9.9.9").replace('"name": "test"', '"name": "b"')
    (tmp_path / "three").write_text(other)
    listed = ":".join(str(tmp_path / name) for name in ("one", "missing", "two", "three"))
    login = find_login(environ={"KUBECONFIG": listed})
    assert (login.context, login.server) == ("b", URL)
    assert find_login(environ={"KUBECONFIG": listed}, context="test").context == "test"


def test_the_option_is_read_instead_of_kubeconfig_and_that_instead_of_home(tmp_path):
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text(kubeconfig("https://10.0.0.2"))
    (tmp_path / "one").write_text(kubeconfig("https://10.0.0.3"))
    (tmp_path / "option").write_text(kubeconfig("https://10.0.0.4"))
    home = {"HOME": str(tmp_path)}
    environ = {**home, "KUBECONFIG": str(tmp_path / "one")}
    assert find_login(environ=home).server == "https://10.0.0.2"
    assert find_login(environ=environ).server == "https://10.0.0.3"
    assert find_login(environ=environ, kubeconfig=str(tmp_path / "option")).server == "https://10.0.0.4"


def in_pod(tmp_path, **files):
    for name, text in {"token": "t", "ca.crt": pem(API_CA).decode(), "namespace": "till\n", **files}.items():
        if text is not None:
            (tmp_path / name).write_text(text)
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}
    return find_login(environ=environ, account=tmp_path)


def test_in_a_pod_without_a_kubeconfig_its_service_account_logs_in(tmp_path):
    login = in_pod(tmp_path)
    assert (login.context, login.server, login.namespace) == ("in-cluster", "https://[fd00::1]:6443", "till")
    assert login.token_file == str(tmp_path / "token")


def test_a_pod_without_a_mounted_token_says_so(tmp_path):
    with pytest.raises(UsageError, match="mount its token"):
        in_pod(tmp_path, token=None)


def test_an_exec_plug_in_is_kept_with_its_environment(tmp_path):
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "./login",
        "args": ["--now"],
        "env": [{"name": "A", "value": "b"}],
        "interactiveMode": "Never",
        "provideClusterInfo": True,
        "installHint": "brew install it",
    }
    login = find(kubeconfig(URL, user={"exec": plugin}), tmp_path)
    assert login.plugin == ExecPlugin(
        version="client.authentication.k8s.io/v1",
        command=str(tmp_path / "login"),
        arguments=("--now",),
        environment=(("A", "b"),),
        hint="brew install it",
        needs_cluster=True,
    )


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_fields_of_a_user_are_absent_as_for_kubectl(tmp_path, nothing):
    empty = {"username": nothing, "password": nothing, "as": nothing, "as-uid": nothing, "as-groups": [], "exec": None}
    assert find(changed("users", **empty), tmp_path).context == "test"


EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "login"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no kubeconfig"),
        ("[]", "it is not a mapping"),
        ("a: [", "the kubeconfig"),
        (kubeconfig(URL, namespace="x").replace('"current-context": "test"', '"x": "y"'), "no current-context"),
        (kubeconfig(URL).replace('"current-context": "test"', '"current-context": "tost"'), 'no context "tost"; did'),
        (changed("contexts", cluster="d"), 'there is no cluster "d"'),
        (changed("contexts", user="v"), 'there is no user "v"'),
        (changed("clusters", server="http://10.0.0.1"), "is not an https URL"),
        (changed("clusters", **{"tls-server-name": "x\0y"}), "tls-server-name: "),
        (changed("clusters", server="https://me:word@10.0.0.1"), "has a user name in its URL"),
        (changed("clusters", **{"insecure-skip-tls-verify": True}), "lets anyone answer for the cluster"),
        (changed("clusters", **{"proxy-url": "http://p"}), "without a proxy"),
        (changed("clusters", **{"certificate-authority-data": "%"}), "is not PEM text in base64"),
        (changed("users", username="me"), "basic authentication"),
        (changed("users", **{"as": "root"}), "impersonation"),
        (changed("users", **{"client-certificate-data": b64encode(b"x").decode()}), "both"),
        (changed("users", **{"client-certificate": "gone.crt"}), "gone.crt"),
        (changed("users", exec={**EXEC, "apiVersion": "v9"}), 'the version "v9"'),
        (changed("users", exec={**EXEC, "interactiveMode": "Always"}), "wants to ask questions"),
        (changed("users", exec={**EXEC, "command": ""}), "there is no command"),
    ],
)
def test_what_certgate_cannot_use_is_an_error_that_says_what(tmp_path, text, why):
    with pytest.raises(UsageError, match=why):
        find(text, tmp_path)


def test_a_missing_file_that_was_named_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="--kubeconfig"):
        find_login(kubeconfig=str(tmp_path / "gone"), environ={})


def test_kubectl_proxy_on_loopback_may_speak_http(tmp_path):
    assert find(kubeconfig("http://127.0.0.1:8001"), tmp_path).server == "http://127.0.0.1:8001"
