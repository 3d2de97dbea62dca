"""An API server: single objects, and lists page by page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from certgate.model.frozen import frozen
from certgate.model.json_bounds import beyond
from certgate.net.access import Access
from certgate.net.errors import FetchError, FetchFailure, RefusedByServer
from certgate.net.fetcher import Fetcher
from certgate.observe.clock import Clock, utc_now
from certgate.observe.kubernetes.live.errors import ApiError, ApiFailure
from certgate.observe.kubernetes.live.exec_plugin import Credentials, run_plugin
from certgate.observe.kubernetes.live.kubeconfig import ClusterLogin
from certgate.observe.kubernetes.live.resources import Resource
from certgate.system.named_files import Unreadable, read_file

__all__ = ["PAGE", "ApiServer"]

PAGE = 250
"""Objects in one page."""
_MAX_BYTES = 16 * 1024 * 1024
"""Of one page; of a larger one, fewer objects are asked for."""
_SECONDS = 30.0
"""Time limit of one request."""
_RESTARTS = 3
_MAX_TOKEN = 64 * 1024
_MOST_LEVELS = 200
"""Of an answer; the schemas of custom resources have the deepest, with some dozens."""
_NO_NAMES = frozenset({".", ".."})
"""Parts of a path that lead elsewhere; Kubernetes has no such names."""
_EVERYWHERE = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
_KINDS = {
    401: ApiFailure.UNAUTHORIZED,
    403: ApiFailure.FORBIDDEN,
    404: ApiFailure.NOT_FOUND,
    410: ApiFailure.GONE,
}


class _Login(NamedTuple):
    fetcher: Fetcher
    """Sends the credentials."""
    expires: datetime | None


@frozen()
class ApiServer:
    """The API server of a cluster. Reads no proxy from the environment; its secrets follow no redirect elsewhere."""

    login: ClusterLogin
    seconds: float = _SECONDS
    max_bytes: int = _MAX_BYTES
    now: Clock = utc_now
    _logins: list[_Login] = field(default_factory=list, init=False, repr=False, compare=False)
    """The last login; empty before the first one."""

    def get(self, resource: Resource, namespace: str, name: str) -> Mapping[str, Any]:
        """One object. Raises ApiError."""
        if name in _NO_NAMES:
            raise ApiError(ApiFailure.NOT_FOUND, f'"{name}" is not the name of an object')
        return self._object(f"{_path(resource, namespace)}/{quote(name, safe='')}")

    def pages(
        self, resource: Resource, namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> Iterator[list[Mapping[str, Any]]]:
        """The objects of a namespace, or of all, page by page. Raises ApiError, perhaps after some pages.

        When the server has forgotten the list (410), it begins anew: objects then come twice.
        """
        wanted = {**({"labelSelector": labels} if labels else {}), **({"fieldSelector": fields} if fields else {})}
        limit, token, restarts = PAGE, "", 0
        while True:
            query = urlencode({**wanted, "limit": limit, **({"continue": token} if token else {})})
            try:
                found = self._object(f"{_path(resource, namespace)}?{query}")
            except ApiError as error:
                if error.kind is ApiFailure.GONE and restarts < _RESTARTS:
                    token, restarts = "", restarts + 1
                elif error.kind is ApiFailure.TOO_LARGE and limit > 1:
                    limit = max(1, limit // 8)
                else:
                    raise
                continue
            yield _items(found)
            metadata = found.get("metadata")
            token = metadata.get("continue") or "" if isinstance(metadata, dict) else ""
            if not isinstance(token, str):
                raise ApiError(ApiFailure.BROKEN, f"{self.login.server}: the list continues nowhere")
            if not token:
                return

    def _object(self, path: str) -> Mapping[str, Any]:
        data = self._fetch(f"{self.login.server}{path}")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ApiError(ApiFailure.BROKEN, f"{self.login.server} did not answer with an object in JSON")
        if beyond(found, levels=_MOST_LEVELS):
            detail = f"{self.login.server} answered with JSON of more than {_MOST_LEVELS} levels"
            raise ApiError(ApiFailure.BROKEN, detail)
        return found

    def _fetch(self, url: str) -> bytes:
        """Fetch, with new credentials if the last ones have expired; after a 401 log in anew, once. Raises ApiError.

        Source: k8s.io/client-go, plugin/pkg/client/auth/exec.
        """
        expires = self._logins[-1].expires if self._logins else None
        if not self._logins or (expires and self.now() > expires):
            self._logins[:] = [self._log_in()]
        try:
            return self._logins[-1].fetcher.fetch(url)
        except FetchError as error:
            failed = self._error(error)
            if failed.kind is not ApiFailure.UNAUTHORIZED or not self.login.is_renewable:
                raise failed from error
        self._logins[:] = [self._log_in()]
        try:
            return self._logins[-1].fetcher.fetch(url)
        except FetchError as error:
            raise self._error(error) from error

    def _log_in(self) -> _Login:
        credentials = self._credentials()
        headers = {"Accept": "application/json"}
        if credentials.token:
            headers["Authorization"] = f"Bearer {credentials.token}"
        access = Access(
            headers=headers,
            authority_text=self.login.authorities,
            identity=credentials.identity,
            server_name=self.login.server_name,
        )
        fetcher = Fetcher(
            allowed=_EVERYWHERE, any_port=True, access=access, max_bytes=self.max_bytes, timeout=self.seconds
        )
        return _Login(fetcher, credentials.expires)

    def _credentials(self) -> Credentials:
        login = self.login
        if login.plugin:
            return run_plugin(login.plugin, login)
        token = login.token
        if login.token_file:
            try:
                token = read_file(login.token_file, _MAX_TOKEN).decode("ascii", "replace").strip()
            except Unreadable as error:
                raise ApiError(ApiFailure.PLUGIN, f"the token file {login.token_file} {error}") from error
        if not (token.isascii() and token.isprintable()):
            raise ApiError(ApiFailure.PLUGIN, "the token of the kubeconfig is not one word of printable ASCII")
        return Credentials(token, login.identity)

    def _error(self, error: FetchError) -> ApiError:
        server = self.login.server
        if isinstance(error, RefusedByServer):
            kind = _KINDS.get(error.status, ApiFailure.BROKEN)
            if kind is ApiFailure.UNAUTHORIZED:
                return ApiError(kind, f"{server} does not accept the credentials (401): log in again")
            said = _message(error.body)
            return ApiError(kind, f"{server} answered with status {error.status}{f': {said}' if said else ''}")
        if error.kind is FetchFailure.TOO_LARGE:
            return ApiError(ApiFailure.TOO_LARGE, f"{server} answered with more than {self.max_bytes} bytes")
        if error.kind is FetchFailure.NOT_HTTP:
            return ApiError(ApiFailure.BROKEN, f"{server}: {error}")
        return ApiError(ApiFailure.UNREACHABLE, f"{server} cannot be asked: {error}")


def _path(resource: Resource, namespace: str) -> str:
    if namespace in _NO_NAMES:
        raise ApiError(ApiFailure.NOT_FOUND, f'"{namespace}" is not the name of a namespace')
    middle = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"/{resource.api}{middle}/{resource.plural}"


def _items(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = found.get("items", ...)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ApiError(ApiFailure.BROKEN, "the API server answered with a list without items")
    return items


def _message(body: bytes) -> str:
    """The message of a Status object."""
    try:
        said = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return said[:500] if isinstance(said, str) else ""
