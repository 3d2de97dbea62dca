"""Runs the program that a kubeconfig names for credentials.

Source: client.authentication.k8s.io/v1, ExecCredential.
"""

import json
import os
import signal
import subprocess
import tempfile
from base64 import b64encode
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from certgate.model.frozen import frozen
from certgate.observe.kubernetes.live.errors import ApiError, ApiFailure
from certgate.observe.kubernetes.live.kubeconfig import ClusterLogin, ExecPlugin

__all__ = ["SECONDS", "Credentials", "run_plugin"]

SECONDS = 10.0
"""Time limit of a plug-in."""
_MAX_BYTES = 1024 * 1024


@frozen(slots=True)
class Credentials:
    """What logs in: a bearer token, a client certificate with its key, or both."""

    token: str = field(default="", repr=False)
    identity: tuple[str, str] | None = field(default=None, repr=False)
    expires: datetime | None = None
    """From when on they are not used; aware, UTC. None if that is not said."""


def run_plugin(plugin: ExecPlugin, login: ClusterLogin, seconds: float = SECONDS) -> Credentials:
    """The credentials that the plug-in prints. Raises ApiError, which shows nothing of what it printed."""
    with tempfile.TemporaryFile() as out:
        try:
            process = subprocess.Popen(
                [plugin.command, *plugin.arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **dict(plugin.environment), "KUBERNETES_EXEC_INFO": _info(plugin, login)},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it cannot be run"
            hint = f" ({plugin.hint})" if plugin.hint else ""
            raise _failed(plugin, f"does not start: {reason}{hint}") from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise _failed(plugin, f"does not end within {seconds:g} s") from None
        finally:
            _end(process)
        if code:
            raise _failed(plugin, f"ended with {code}; run it yourself to see why")
        out.seek(0)
        return _credentials(plugin, out.read(_MAX_BYTES + 1))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with everything that it started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (OSError, AttributeError):
            process.kill()
        process.wait()


def _info(plugin: ExecPlugin, login: ClusterLogin) -> str:
    cluster = {
        "server": login.server,
        **({"certificate-authority-data": b64encode(login.authorities.encode()).decode()} if login.authorities else {}),
        **({"tls-server-name": login.server_name} if login.server_name else {}),
    }
    spec = {"interactive": False, **({"cluster": cluster} if plugin.needs_cluster else {})}
    return json.dumps({"apiVersion": plugin.version, "kind": "ExecCredential", "spec": spec})


def _credentials(plugin: ExecPlugin, printed: bytes) -> Credentials:
    try:
        found: Any = json.loads(printed) if len(printed) <= _MAX_BYTES else None
        status = found["status"] if found["kind"] == "ExecCredential" else {}
        version = found["apiVersion"]
        token, chain, key = (status.get(name) or "" for name in ("token", "clientCertificateData", "clientKeyData"))
        expires = _moment(status.get("expirationTimestamp"))
        is_usable = all(isinstance(one, str) for one in (token, chain, key)) and bool(chain) == bool(key)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise _failed(plugin, "printed no ExecCredential with a usable status") from None
    if version != plugin.version:
        raise _failed(plugin, f"printed another version than {plugin.version}")
    if not is_usable or not (token or chain) or not token.isascii() or not token.isprintable():
        raise _failed(plugin, "printed an ExecCredential without a usable token or client certificate")
    return Credentials(token, (chain, key) if chain else None, expires)


def _moment(text: str | None) -> datetime | None:
    """A time with an offset (RFC 3339). Raises ValueError and TypeError."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without an offset")
    return found.astimezone(UTC)


def _failed(plugin: ExecPlugin, what: str) -> ApiError:
    return ApiError(ApiFailure.PLUGIN, f"the exec plug-in {plugin.command} {what}")
