"""What a file in a folder is by where it lies: in the folders of certbot, of kubeadm and of Helm."""

from collections.abc import Mapping
from pathlib import Path

from certgate.model.target import Role
from certgate.observe.files.chain_file import read_input
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.manifest import is_manifest

__all__ = ["Layout", "is_unrendered", "role_in_kubeadm"]

_CERTBOT = ("live", "archive", "renewal")
"""The subfolders by which the folder of certbot is known; servers use what is in the first one."""
_SERVER, _CLIENT = frozenset({Role.SERVER}), frozenset({Role.CLIENT})
_KUBEADM: Mapping[str, frozenset[Role]] = {
    "apiserver.crt": _SERVER,
    "apiserver-etcd-client.crt": _CLIENT,
    "apiserver-kubelet-client.crt": _CLIENT,
    "front-proxy-client.crt": _CLIENT,
    "etcd/healthcheck-client.crt": _CLIENT,
    "etcd/peer.crt": _SERVER | _CLIENT,
    "etcd/server.crt": _SERVER,
}
"""The leaves in kubeadm's folder. Source: kubernetes.io, PKI certificates and requirements."""
_MARK = "apiserver.crt"
"""The file by which kubeadm's folder is known."""


class Layout:
    """Knows the folders of certbot and the Helm charts among `folder` and what is in it."""

    def __init__(self, folder: str) -> None:
        self._top = Path(folder)
        self._certbots: dict[Path, bool] = {}
        self._charts: dict[Path, bool] = {}

    def is_certbots_own(self, path: str) -> bool:
        """Whether certbot keeps the file for itself: an earlier certificate, a request, an account.

        No server uses one of these.
        """
        nearest = next((above for above in self._above(path) if self._is_certbots(above)), None)
        return nearest is not None and Path(path).relative_to(nearest).parts[0] != _CERTBOT[0]

    def chart_of(self, path: str) -> str:
        """The outermost chart that the file is a template of, or a packed chart in; empty for none."""
        charts = [above for above in self._above(path) if self._is_chart(above)]
        if not charts:
            return ""
        inside = Path(path).relative_to(charts[0]).parts[0]
        is_part = (inside == "templates" and is_manifest(path)) or (inside == "charts" and path.endswith(".tgz"))
        return charts[-1].as_posix() if is_part else ""

    def _above(self, path: str) -> list[Path]:
        """The folders above the file, the nearest first, up to the named one."""
        return [above for above in Path(path).parents if above.is_relative_to(self._top)]

    def _is_certbots(self, folder: Path) -> bool:
        if folder not in self._certbots:
            self._certbots[folder] = all((folder / name).is_dir() for name in _CERTBOT)
        return self._certbots[folder]

    def _is_chart(self, folder: Path) -> bool:
        if folder not in self._charts:
            self._charts[folder] = (folder / "Chart.yaml").is_file()
        return self._charts[folder]


def is_unrendered(path: str) -> bool:
    """Whether a file of a chart says what is deployed only once Helm has rendered it."""
    if path.endswith(".tgz"):
        return True
    try:
        return b"{{" in read_input(path)
    except UnusableInput:
        return False


def role_in_kubeadm(path: str) -> frozenset[Role]:
    """The roles of a leaf in the folder that kubeadm makes, usually /etc/kubernetes/pki; empty for other files."""
    file = Path(path)
    top = file.parent.parent if file.parent.name == "etcd" else file.parent
    roles = _KUBEADM.get(file.relative_to(top).as_posix(), frozenset[Role]())
    return roles if roles and (top / _MARK).exists() else frozenset()
