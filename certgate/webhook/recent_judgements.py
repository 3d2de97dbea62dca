"""Judgements of this minute by the content of their objects, so that equal objects are judged once."""

import json
import secrets
import time
from asyncio import Future
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from certgate.sources.admitted import AdmittedObject
from certgate.webhook.judgement import Judgement

__all__ = ["RecentJudgements"]

_SIZE = 4096
_MINUTE = 60
"""Seconds: objects are judged by the minute."""
_READ = ("name", "namespace", "labels", "annotations")
"""The metadata on which a judgement depends."""


class RecentJudgements:
    """Keeps no object: only a digest, under a key that nobody knows, since an object may hold a private key."""

    def __init__(self, size: int = _SIZE, now: Callable[[], float] = time.time) -> None:
        self._size = size
        self._now = now
        self._key = secrets.token_bytes(32)
        self._kept: OrderedDict[bytes, Future[Judgement]] = OrderedDict()

    def get(
        self, admitted: AdmittedObject, make: Callable[[], "Future[Judgement]"]
    ) -> "tuple[Future[Judgement], bool]":
        """The judgement of an equal object, perhaps still to come, else what `make` begins; and whether it is known."""
        key = self._digest(admitted)
        kept = self._kept.get(key)
        if kept is not None and not kept.cancelled() and not (kept.done() and not kept.result().is_judged):
            self._kept.move_to_end(key)
            return kept, True
        self._kept[key] = made = make()
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return made, False

    def _digest(self, admitted: AdmittedObject) -> bytes:
        minute = int(self._now() // _MINUTE)
        text = json.dumps([minute, _judged(admitted.raw)], sort_keys=True)
        digest = blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32)
        for name, secret in sorted(admitted.secrets.items()):
            digest.update(repr((name, secret)).encode("utf-8", "surrogatepass"))
        return digest.digest()


def _judged(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = raw.get("metadata")
    found = metadata if isinstance(metadata, dict) else {}
    return {**raw, "metadata": {name: found[name] for name in _READ if name in found}}
