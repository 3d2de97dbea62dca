"""A folder that caches OCSP responses and CRLs until their nextUpdate."""

import contextlib
import os
import re
import secrets
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from certgate.model.evidence import EvidenceKind
from certgate.system import leftovers
from certgate.trust.evidence_request import EvidenceRequest
from certgate.trust.links import verify_signed
from certgate.trust.responder import find_responder
from certgate.x509.crl import parse_crl
from certgate.x509.errors import Malformed
from certgate.x509.ocsp import parse_ocsp_response

__all__ = ["EvidenceCache", "usual_folder"]

MAX_BYTES = 1024**3
"""Largest size of the cache; the oldest files are deleted first."""
_MAX_FILE = 64 * 1024 * 1024
_ASIDE = ".certgate-"
_OURS = re.compile(rf"[0-9a-f]{{64}}|{re.escape(_ASIDE)}.*")
"""Names of cached and of temporary files; other files in the folder are not touched."""


class EvidenceCache:
    """Files named by their request. Stores and returns only evidence that is current and has the right signature.

    A cache that cannot be read or written acts like an empty one: no method raises OSError.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def get(self, request: EvidenceRequest, now: datetime) -> bytes | None:
        """The cached content if it is still valid at `now` (aware, UTC)."""
        with contextlib.suppress(OSError):
            file = self._file(request)
            if file.is_file() and file.stat().st_size <= _MAX_FILE:
                content = file.read_bytes()
                return content if _holds(request, content, now) else None
        return None

    def put(self, request: EvidenceRequest, content: bytes, now: datetime) -> None:
        """Store `content` if it is valid at `now` (aware, UTC)."""
        if not _holds(request, content, now):
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside = self._folder / f"{_ASIDE}{secrets.token_hex(8)}"
            leftovers.expect(aside)
            aside.touch(mode=0o600, exist_ok=False)
            aside.write_bytes(content)
            aside.replace(self._file(request))
            leftovers.forget(aside)
            self._prune()

    def _file(self, request: EvidenceRequest) -> Path:
        identity = b"\0".join((request.kind.encode(), request.url.encode(), request.body))
        return self._folder / sha256(identity).hexdigest()

    def _prune(self) -> None:
        ours = (file for file in self._folder.iterdir() if _OURS.fullmatch(file.name))
        files = sorted(((file.stat(), file) for file in ours), key=lambda found: found[0].st_mtime)
        excess = sum(stat.st_size for stat, _ in files) - self._max_bytes
        for stat, file in files:
            if excess <= 0:
                break
            file.unlink(missing_ok=True)
            excess -= stat.st_size


def usual_folder() -> Path | None:
    """The usual folder, `$XDG_CACHE_HOME/certgate` or `~/.cache/certgate`; None for a user without a home."""
    folder = os.environ.get("XDG_CACHE_HOME", "")
    if Path(folder).is_absolute():
        return Path(folder) / "certgate"
    try:
        return Path.home() / ".cache" / "certgate"
    except RuntimeError:
        return None


def _holds(request: EvidenceRequest, content: bytes, now: datetime) -> bool:
    """Whether the content answers the request at `now` and has the right signature; never for a nonce."""
    if request.issuer is None or request.nonce:
        return False
    try:
        if request.kind is EvidenceKind.CRL:
            crl = parse_crl(content)
            in_time = crl.next_update is not None and crl.this_update <= now < crl.next_update
            return in_time and verify_signed(content, request.issuer.spki) is None
        response = parse_ocsp_response(content)
        entry = response.status_of(request.certificate, request.issuer)
        if entry is None or entry.next_update is None or not entry.this_update <= now < entry.next_update:
            return False
        return find_responder(response, request.issuer).certificate is not None
    except Malformed:
        return False
