"""How a cluster is reached, as kubectl finds it: a kubeconfig, several merged, or a pod's service account.

Source: k8s.io/client-go, tools/clientcmd.
"""

import os
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.documents import read_documents
from certgate.observe.kubernetes.objects import listed, mapping
from certgate.observe.kubernetes.scalar import Lines, Scalar, text
from certgate.policy.hosts import is_ip, parse_name
from certgate.policy.mistakes import nearest
from certgate.system.named_files import NotFound, Unreadable, read_file

__all__ = ["ClusterLogin", "ExecPlugin", "find_login"]

_MAX_BYTES = 1024 * 1024
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_REFUSED_USER = {
    "username": "basic authentication",
    "password": "basic authentication",
    "auth-provider": "auth-provider, which Kubernetes has removed: use an exec plug-in",
    "as": "impersonation",
    "as-uid": "impersonation",
    "as-groups": "impersonation",
    "as-user-extra": "impersonation",
}
"""What certgate does not do for users, rather than to ignore it."""
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")


@frozen(slots=True, kw_only=True)
class ExecPlugin:
    """A program that prints credentials (client.authentication.k8s.io)."""

    version: str
    command: str
    arguments: tuple[str, ...] = field(default=(), repr=False)
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    hint: str = ""
    """How it is installed, in the words of the kubeconfig."""
    needs_cluster: bool = False


@frozen(slots=True, kw_only=True)
class ClusterLogin:
    """The API server of a context, and how to log in to it. Secrets in it are never shown."""

    context: str
    """The context's name; `in-cluster` in a pod."""
    server: str
    namespace: str = "default"
    authorities: str = ""
    """PEM text; empty for Mozilla's CAs."""
    server_name: str = ""
    token: str = field(default="", repr=False)
    token_file: str = ""
    identity: tuple[str, str] | None = field(default=None, repr=False)
    """The client's chain and key as PEM text."""
    plugin: ExecPlugin | None = None
    is_of_pod: bool = False
    """Whether it is the login of the pod in which this process runs."""

    @property
    def is_renewable(self) -> bool:
        """Whether another login may give other credentials."""
        return bool(self.plugin or self.token_file)


def find_login(
    *,
    kubeconfig: str = "",
    context: str = "",
    environ: Mapping[str, str] = os.environ,
    account: Path = _ACCOUNT,
) -> ClusterLogin:
    """The login of the context, the current one by default. Raises UsageError.

    The file that is named, else the files in KUBECONFIG, else ~/.kube/config; without any of these the service account
    of the pod.
    """
    config = _Merged(_files(kubeconfig, environ))
    if config.is_empty and not (kubeconfig or context) and "KUBERNETES_SERVICE_HOST" in environ:
        return _of_pod(environ, account)
    return config.login(context)


def _files(kubeconfig: str, environ: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Each file with its bytes. A file that is missing counts only if the user named it alone."""
    named = [kubeconfig] if kubeconfig else list(filter(None, environ.get("KUBECONFIG", "").split(os.pathsep)))
    usual = [str(Path(environ["HOME"]) / ".kube" / "config")] if "HOME" in environ else []
    for path in named or usual:
        try:
            yield path, read_file(path, _MAX_BYTES)
        except NotFound as error:
            if kubeconfig:
                raise UsageError(f"--kubeconfig {path}: {error}") from error
        except Unreadable as error:
            raise UsageError(f"the kubeconfig {path} {error}") from error


class _Merged:
    """Several kubeconfigs as one: of each name, the first entry counts."""

    def __init__(self, files: Iterator[tuple[str, bytes]]) -> None:
        self._entries: dict[str, dict[str, tuple[str, Mapping[str, Any]]]] = {
            "clusters": {},
            "users": {},
            "contexts": {},
        }
        self._current = ""
        self._paths: list[str] = []
        for path, data in files:
            self._paths.append(path)
            self._add(path, _document(path, data))

    @property
    def is_empty(self) -> bool:
        """Whether no file says anything."""
        return not any(self._entries.values())

    def _add(self, path: str, document: Mapping[str, Any]) -> None:
        self._current = self._current or text(document.get("current-context"))
        for kind, found in self._entries.items():
            for entry in map(mapping, listed(document.get(kind))):
                body = mapping(entry.get(kind.removesuffix("s")))
                found.setdefault(text(entry.get("name")), (path, body))

    def login(self, wanted: str) -> ClusterLogin:
        """The login of a context."""
        if self.is_empty:
            where = ", ".join(self._paths) or "neither --kubeconfig, KUBECONFIG nor ~/.kube/config names a file"
            raise UsageError(f"no kubeconfig: {where}; name one with --kubeconfig FILE")
        name = wanted or self._current
        if not name:
            contexts = ", ".join(self._entries["contexts"])
            raise UsageError(f"the kubeconfig has no current-context; name one with --context: {contexts}")
        _, context = self._find("contexts", name, "context")
        at, cluster = self._find("clusters", text(context.get("cluster")), "cluster")
        of_user, user = self._find("users", text(context.get("user")), "user") if context.get("user") else (at, {})
        _refuse(at, cluster, of_user, user)
        server = text(cluster.get("server")).rstrip("/")
        if "@" in server:
            raise UsageError(f"{at}: the server of the context {name} has a user name in its URL: remove it")
        if not server.startswith("https://") and not f"{server}/".startswith(_LOOPBACK):
            raise UsageError(f"{at}: the server {server!r} of the context {name} is not an https URL")
        return ClusterLogin(
            context=name,
            server=server,
            namespace=text(context.get("namespace")) or "default",
            authorities=_pem(at, cluster, "certificate-authority"),
            server_name=_server_name(at, text(cluster.get("tls-server-name"))),
            token=text(user.get("token")),
            token_file=_beside(of_user, text(user.get("tokenFile"))),
            identity=_identity(of_user, user),
            plugin=_plugin(of_user, user),
        )

    def _find(self, kind: str, name: str, word: str) -> tuple[str, Mapping[str, Any]]:
        found = self._entries[kind]
        if name not in found:
            where = ", ".join(self._paths)
            raise UsageError(f'{where}: there is no {word} "{name}"{nearest(name, found)}')
        return found[name]


def _document(path: str, data: bytes) -> Mapping[str, Any]:
    try:
        documents = list(read_documents(data, Budget(), Lines()))
    except UnusableInput as unusable:
        raise UsageError(f"the kubeconfig {path}: {unusable}") from unusable
    for document in documents:
        if document.problem or not isinstance(document.value, dict):
            raise UsageError(f"the kubeconfig {path}: {document.problem or 'it is not a mapping'}")
    return mapping(documents[0].value) if documents else {}


def _refuse(at: str, cluster: Mapping[str, Any], of_user: str, user: Mapping[str, Any]) -> None:
    """Raise UsageError for what certgate does not do."""
    if text(cluster.get("insecure-skip-tls-verify")) == "true":
        raise UsageError(
            f"{at}: insecure-skip-tls-verify lets anyone answer for the cluster; name its CA in "
            "certificate-authority-data instead"
        )
    if text(cluster.get("proxy-url")):
        raise UsageError(f"{at}: proxy-url: certgate reaches API servers without a proxy")
    for key, what in _REFUSED_USER.items():
        value = user.get(key)
        if text(value) if isinstance(value, Scalar) else value:
            raise UsageError(f"{of_user}: {key}: certgate does not log in with {what}")


def _beside(config: str, path: str) -> str:
    """A path of a kubeconfig, which is relative to its folder."""
    return str(Path(config).parent / path) if path else ""


def _pem(config: str, body: Mapping[str, Any], key: str) -> str:
    """The PEM text in `KEY-data`, or else in the file that `KEY` names. Raises UsageError."""
    if encoded := text(body.get(f"{key}-data")):
        try:
            return b64decode(encoded, validate=True).decode("ascii")
        except (Base64Error, ValueError):
            raise UsageError(f"{config}: {key}-data is not PEM text in base64") from None
    path = _beside(config, text(body.get(key)))
    try:
        return read_file(path, _MAX_BYTES).decode("ascii", "replace") if path else ""
    except Unreadable as error:
        raise UsageError(f"{config}: {key}: {path} {error}") from error


def _server_name(config: str, name: str) -> str:
    try:
        return parse_name(name) if name and not is_ip(name) else name
    except UsageError as error:
        raise UsageError(f"{config}: tls-server-name: {error}") from error


def _identity(config: str, user: Mapping[str, Any]) -> tuple[str, str] | None:
    chain, key = (_pem(config, user, name) for name in ("client-certificate", "client-key"))
    if bool(chain) != bool(key):
        raise UsageError(f"{config}: a client certificate needs client-certificate and client-key, both")
    return (chain, key) if chain else None


def _plugin(config: str, user: Mapping[str, Any]) -> ExecPlugin | None:
    if not isinstance(user.get("exec"), dict):
        return None
    plugin = mapping(user.get("exec"))
    version, command = text(plugin.get("apiVersion")), text(plugin.get("command"))
    if version not in _EXEC_VERSIONS:
        raise UsageError(f'{config}: exec: the version "{version}" is not {" or ".join(_EXEC_VERSIONS)}')
    if text(plugin.get("interactiveMode")) == "Always":
        raise UsageError(f"{config}: exec: {command} wants to ask questions (interactiveMode: Always)")
    if not command:
        raise UsageError(f"{config}: exec: there is no command")
    return ExecPlugin(
        version=version,
        command=_beside(config, command) if os.sep in command else command,
        arguments=tuple(text(one) for one in listed(plugin.get("args"))),
        environment=tuple(
            (text(mapping(one).get("name")), text(mapping(one).get("value"))) for one in listed(plugin.get("env"))
        ),
        hint=text(plugin.get("installHint"))[:500],
        needs_cluster=text(plugin.get("provideClusterInfo")) == "true",
    )


def _of_pod(environ: Mapping[str, str], account: Path) -> ClusterLogin:
    host, port = environ["KUBERNETES_SERVICE_HOST"], environ.get("KUBERNETES_SERVICE_PORT", "443")
    try:
        authorities = read_file(account / "ca.crt", _MAX_BYTES).decode("ascii", "replace")
        read_file(account / "token", _MAX_BYTES)
    except Unreadable as error:
        raise UsageError(f"the service account of this pod: {account}: {error}; mount its token") from error
    try:
        namespace = read_file(account / "namespace", _MAX_BYTES).decode("ascii", "replace").strip()
    except Unreadable:
        namespace = ""
    return ClusterLogin(
        context="in-cluster",
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        namespace=namespace or "default",
        authorities=authorities,
        token_file=str(account / "token"),
        is_of_pod=True,
    )
