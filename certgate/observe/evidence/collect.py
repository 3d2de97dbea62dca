"""Fetches evidence in threads, each item once per run."""

from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial

from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.server_access import ServerAccess
from certgate.net.access import access_to
from certgate.net.errors import FetchError
from certgate.net.fetcher import Fetcher
from certgate.net.policy_server import policy_server_fetcher
from certgate.net.threads import DaemonThreads
from certgate.net.url import parse_url
from certgate.observe.clock import Clock, utc_now
from certgate.observe.evidence.cache import EvidenceCache
from certgate.trust.evidence_request import EvidenceRequest

__all__ = ["Collector"]

AT_A_TIME = 16
"""Concurrent fetches."""
GIVE_UP_AFTER = 3
"""Failed connections in a row after which a host is not contacted again in this run."""
_KEPT = 1024
"""Answers that are cached for other targets."""
_HOST_FAILURES = frozenset(
    {FetchFailure.NAME_NOT_RESOLVED, FetchFailure.UNREACHABLE, FetchFailure.TLS_FAILED, FetchFailure.TIMED_OUT}
)


class Collector:
    """Fetches for many targets. Call its methods from one thread; other threads fetch."""

    def __init__(self, fetcher: Fetcher, cache: EvidenceCache | None = None, *, now: Clock = utc_now) -> None:
        self._fetcher = fetcher
        self._servers: dict[ServerAccess, Fetcher] = {}
        self._cache = cache
        self._now = now
        self._threads = DaemonThreads("certgate-fetch", most=AT_A_TIME)
        self._answers: OrderedDict[object, Future[Evidence]] = OrderedDict()
        self._failures: dict[str, int] = {}

    def fetch(self, requests: Iterable[EvidenceRequest]) -> list[Future[Evidence]]:
        """A future for each request; a failed fetch gives evidence with the failure."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: EvidenceRequest) -> Future[Evidence]:
        """The future for a request; equal requests share it."""
        key = request.kind, request.url, request.body, request.about, request.access
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key]
        future = self._answers[key] = self._threads.submit(partial(self._evidence, request), shared=True)
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return future

    def _evidence(self, request: EvidenceRequest) -> Evidence:
        about = request.about
        content = self._cache.get(request, self._now()) if self._cache else None
        if content is not None:
            return Evidence(kind=request.kind, source=request.url, content=content, about=about)
        try:
            content = self._fetch(request)
        except FetchError as error:
            return Evidence(
                kind=request.kind,
                source=request.url,
                content=None,
                failure=error.kind,
                detail=str(error),
                about=about,
                nonce=request.nonce,
            )
        if self._cache:
            self._cache.put(request, content, self._now())
        return Evidence(kind=request.kind, source=request.url, content=content, about=about, nonce=request.nonce)

    def _fetch(self, request: EvidenceRequest) -> bytes:
        """Fetch, unless the host failed too often. Raises FetchError."""
        host = parse_url(request.url, any_port=True).authority
        if self._failures.get(host, 0) >= GIVE_UP_AFTER:
            raise FetchError(FetchFailure.UNREACHABLE, f"{host} could not be reached {GIVE_UP_AFTER} times in a row")
        try:
            if request.kind is EvidenceKind.DECISION:
                content = self._server(request.access).fetch(
                    request.url, post=request.body, content_type="application/json"
                )
            elif request.body:
                content = self._fetcher.fetch(request.url, post=request.body, content_type="application/ocsp-request")
            else:
                content = self._fetcher.fetch(request.url)
        except FetchError as error:
            self._failures[host] = self._failures.get(host, 0) + 1 if error.kind in _HOST_FAILURES else 0
            raise
        self._failures[host] = 0
        return content

    def _server(self, access: ServerAccess) -> Fetcher:
        """The fetcher for policy servers with this access. Raises FetchError for a token that cannot be read."""
        if access not in self._servers:
            self._servers[access] = policy_server_fetcher(access_to(access))
        return self._servers[access]
