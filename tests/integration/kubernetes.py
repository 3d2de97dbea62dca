"""A real kube-apiserver with etcd on loopback, and what tests do with it."""

import base64
import json
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from certgate.lab.pki import issue, pem
from tests.integration.build import built
from tests.integration.process import Process
from tests.ports import free_port

ADMIN, READER = "admin-token", "reader-token"
"""Tokens: a cluster administrator's, and that of the user `reader`, who may do what a test grants."""
PATHS = {
    "Namespace": ("api/v1", "namespaces"),
    "Secret": ("api/v1", "secrets"),
    "ConfigMap": ("api/v1", "configmaps"),
    "Service": ("api/v1", "services"),
    "ServiceAccount": ("api/v1", "serviceaccounts"),
    "Ingress": ("apis/networking.k8s.io/v1", "ingresses"),
    "Role": ("apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "ClusterRole": ("apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
    "CustomResourceDefinition": ("apis/apiextensions.k8s.io/v1", "customresourcedefinitions"),
    "APIService": ("apis/apiregistration.k8s.io/v1", "apiservices"),
    "ValidatingWebhookConfiguration": ("apis/admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"),
    "MutatingWebhookConfiguration": ("apis/admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations"),
    "CertificateSigningRequest": ("apis/certificates.k8s.io/v1", "certificatesigningrequests"),
    "Gateway": ("apis/gateway.networking.k8s.io/v1", "gateways"),
    "ReferenceGrant": ("apis/gateway.networking.k8s.io/v1beta1", "referencegrants"),
    "Certificate": ("apis/cert-manager.io/v1", "certificates"),
    "Issuer": ("apis/cert-manager.io/v1", "issuers"),
    "ClusterIssuer": ("apis/cert-manager.io/v1", "clusterissuers"),
}
"""The API and the resource of each kind."""


@dataclass
class Cluster:
    """A running API server."""

    url: str
    ca: Path
    """The CA of its certificate, in PEM."""
    home: Path
    """Where its files lie."""
    etcd: str
    """The URL of its store."""
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.verify = str(self.ca)
        self.session.headers["Authorization"] = f"Bearer {ADMIN}"

    def call(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """What the server answers to the administrator; anything but success fails the test."""
        data = None if body is None else json.dumps(body)
        answer = self.session.request(
            method, f"{self.url}/{path}", data=data, headers={"Content-Type": content_type}, timeout=30
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def path(self, manifest: dict[str, Any]) -> str:
        """The path of an object's collection."""
        api, resource = PATHS[manifest["kind"]]
        namespace = manifest["metadata"].get("namespace")
        return f"{api}/namespaces/{namespace}/{resource}" if namespace else f"{api}/{resource}"

    def create(self, *manifests: dict[str, Any]) -> None:
        """Create objects; with a `status`, that too."""
        for manifest in manifests:
            made = self.call("POST", self.path(manifest), manifest)
            if "status" in manifest:
                self.call(
                    "PATCH",
                    f"{self.path(manifest)}/{made['metadata']['name']}/status",
                    {"status": manifest["status"]},
                    "application/merge-patch+json",
                )

    def replace(self, manifest: dict[str, Any]) -> None:
        """Replace an object."""
        self.call("PUT", f"{self.path(manifest)}/{manifest['metadata']['name']}", manifest)

    def delete(self, manifest: dict[str, Any]) -> None:
        """Delete an object."""
        self.call("DELETE", f"{self.path(manifest)}/{manifest['metadata']['name']}")

    def compact(self) -> None:
        """Let the store forget everything but the present."""
        status = requests.post(f"{self.etcd}/v3/maintenance/status", json={}, timeout=30).json()
        body = {"revision": status["header"]["revision"], "physical": True}
        requests.post(f"{self.etcd}/v3/kv/compaction", json=body, timeout=30).raise_for_status()

    def store(self, resource: str, objects: list[dict[str, Any]]) -> None:
        """Put many objects into the store, past the API server, which would take minutes."""
        for start in range(0, len(objects), 100):
            puts = []
            for one in objects[start : start + 100]:
                metadata = {**one["metadata"], "uid": str(uuid4()), "creationTimestamp": "2026-01-01T00:00:00Z"}
                key = f"/registry/{resource}/{metadata['namespace']}/{metadata['name']}"
                value = json.dumps({**one, "metadata": metadata})
                puts.append({"requestPut": {name: _base64(text) for name, text in (("key", key), ("value", value))}})
            requests.post(f"{self.etcd}/v3/kv/txn", json={"success": puts}, timeout=30).raise_for_status()

    def namespace(self, name: str) -> str:
        """A new namespace."""
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    def serve_crds(self) -> None:
        """Install the CRDs of cert-manager and of the Gateway API, and wait until they are served."""
        if self.session.get(f"{self.url}/apis/cert-manager.io/v1", timeout=10).ok:
            return
        for file in sorted((built("kubernetes") / "crds").glob("*.yaml")):
            for document in yaml.safe_load_all(file.read_text()):
                if document:
                    self.create(document)
        for kind in ("Certificate", "Issuer", "ClusterIssuer", "Gateway", "ReferenceGrant"):
            api, resource = PATHS[kind]
            wait_for(lambda path=f"{self.url}/{api}/{resource}": self.session.get(path, timeout=10).ok)

    def kubeconfig(self, path: Path, *, token: str = ADMIN, namespace: str = "", **user: Any) -> Path:
        """Write a kubeconfig for the server; `user` replaces the token."""
        context = {"cluster": "real", "user": "me", **({"namespace": namespace} if namespace else {})}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "real",
            "clusters": [{"name": "real", "cluster": {"server": self.url, "certificate-authority": str(self.ca)}}],
            "users": [{"name": "me", "user": user or {"token": token}}],
            "contexts": [{"name": "real", "context": context}],
        }
        path.write_text(yaml.safe_dump(config))
        return path


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def tls_secret(namespace: str, name: str, chain: bytes, key: bytes, **metadata: Any) -> dict[str, Any]:
    """A Secret of type kubernetes.io/tls."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "data": {"tls.crt": base64.b64encode(chain).decode(), "tls.key": base64.b64encode(key).decode()},
    }


def wait_for(condition: Any, seconds: float = 30) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)


class RunningCluster:
    """Starts etcd and kube-apiserver on entry, with everything below one folder, and ends them on exit."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="certgate-cluster-"))
        self._processes: list[Process] = []

    def __enter__(self) -> Cluster:
        try:
            return self._started()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.end()
        shutil.rmtree(self._home, ignore_errors=True)

    def _started(self) -> Cluster:
        programs, home = built("kubernetes"), self._home
        client, peer, port = free_port(), free_port(), free_port()
        peers = f"http://127.0.0.1:{peer}"
        etcd = f"http://127.0.0.1:{client}"
        self._run(
            programs / "etcd",
            {
                "data-dir": home / "etcd",
                "listen-client-urls": etcd,
                "advertise-client-urls": etcd,
                "listen-peer-urls": peers,
                "initial-advertise-peer-urls": peers,
                "initial-cluster": f"default={peers}",
                "unsafe-no-fsync": "true",
                "log-level": "error",
            },
        )
        url = f"https://127.0.0.1:{port}"
        cluster = Cluster(url, self._pki(), home, etcd)
        (home / "tokens.csv").write_text(f'{ADMIN},admin,1,"system:masters"\n{READER},reader,2\n')
        self._run(
            programs / "kube-apiserver",
            {
                "etcd-servers": etcd,
                "etcd-compaction-interval": "0",
                # Pages come from the store, which forgets, as in older versions and after a restart.
                "feature-gates": "ListFromCacheSnapshot=false",
                "secure-port": port,
                "bind-address": "127.0.0.1",
                "cert-dir": home / "certs",
                "tls-cert-file": home / "server.pem",
                "tls-private-key-file": home / "server.key",
                "client-ca-file": home / "ca.pem",
                "token-auth-file": home / "tokens.csv",
                "authorization-mode": "RBAC",
                "disable-admission-plugins": "ServiceAccount",
                "endpoint-reconciler-type": "none",
                "service-cluster-ip-range": "10.0.0.0/24",
                "service-account-issuer": "https://certgate.example",
                "service-account-key-file": home / "account.pub",
                "service-account-signing-key-file": home / "account.key",
            },
        )
        wait_for(lambda: self._is_ready(cluster), 60)
        return cluster

    def _is_ready(self, cluster: Cluster) -> bool:
        for process in self._processes:
            process.require_running()
        try:
            return cluster.session.get(f"{cluster.url}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def _pki(self) -> Path:
        home = self._home
        since = datetime.now(UTC) - timedelta(hours=1)
        root = issue("API root", ca=True, not_before=since, days=2)
        server = issue("127.0.0.1", issuer=root, sans=["127.0.0.1", "localhost"], not_before=since, days=2)
        (home / "ca.pem").write_bytes(pem(root))
        (home / "ca.key").write_bytes(root.key_pem)
        (home / "server.pem").write_bytes(pem(server))
        (home / "server.key").write_bytes(server.key_pem)
        account = ec.generate_private_key(ec.SECP256R1())
        (home / "account.key").write_bytes(
            account.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        (home / "account.pub").write_bytes(
            account.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        return home / "ca.pem"

    def _run(self, program: Path, options: dict[str, Any]) -> None:
        command = [program, *(f"--{name}={value}" for name, value in options.items())]
        self._processes.append(Process(command, self._home / f"{program.name}.log"))
