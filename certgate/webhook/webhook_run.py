"""Runs the webhook from its start to the signal that ends it."""

import asyncio
import socket
import ssl

from certgate.model.bug import bug
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.reports.complaint import complain
from certgate.sources.context import Defaults
from certgate.system.cores import usable_cores
from certgate.system.garbage import collect_from_here
from certgate.system.stop import Stop
from certgate.webhook.admitting import Admitting
from certgate.webhook.https_server import WebhookServer
from certgate.webhook.judgement import Answering
from certgate.webhook.judging_pool import JudgingPool
from certgate.webhook.object_judge import ObjectJudge, plan_judge
from certgate.webhook.referenced_secrets import cluster_login
from certgate.webhook.serving_certificate import ServingCertificate, UnusablePair
from certgate.webhook.webhook_metrics import Metrics

__all__ = ["WebhookOptions", "run_webhook"]

_CHECK = 5.0
"""Seconds after which the files of the certificate are read again."""
_DRAIN = 3.0
"""Seconds for which connections are still accepted after the signal: until then the API server may not know of it."""
_LAST_ANSWERS = 10.0
"""Seconds that answers under way may take after that."""
_LONGEST_PORT = 5
_BACKLOG = 128


@frozen(slots=True, kw_only=True)
class WebhookOptions:
    """The options of the command."""

    listen: str
    certificate: str
    key: str
    defaults: Defaults
    """The policy and the trust stores."""
    answering: Answering
    check: float = _CHECK
    drain: float = _DRAIN


def run_webhook(options: WebhookOptions, stop: Stop) -> None:
    """Serve until a stop is wanted. Raises UsageError before anything is served."""
    certificate = ServingCertificate(certificate=options.certificate, key=options.key)
    try:
        context = certificate.load()
    except UnusablePair as unusable:
        raise UsageError(str(unusable)) from unusable
    judge = plan_judge(options.defaults)
    listening = _listening(options.listen)
    asyncio.run(_Run(options, certificate, stop).until_stopped(judge, listening, context))


@frozen(slots=True)
class _Run:
    options: WebhookOptions
    certificate: ServingCertificate
    stop: Stop

    async def until_stopped(self, judge: ObjectJudge, listening: socket.socket, context: ssl.SSLContext) -> None:
        """Serve, and end in order: not ready, then no more connections, then the last answers."""
        loop, wanted = asyncio.get_running_loop(), asyncio.Event()
        collect_from_here()
        metrics = Metrics()
        pool = JudgingPool(judge, usable_cores())
        admitting = Admitting(pool=pool, answering=self.options.answering, metrics=metrics, login=cluster_login())
        server = WebhookServer(
            admitting,
            is_ready=lambda: pool.is_ready and not wanted.is_set(),
            metrics=lambda: metrics.text(under_way=admitting.under_way, not_after=self.certificate.not_after),
        )
        server.serve([listening], context)
        renewing = loop.create_task(self._renew(server, metrics))

        def wake() -> None:
            loop.call_soon_threadsafe(wanted.set)

        self.stop.call(wake)
        try:
            complain(f"the webhook listens on https://{_address(listening)}/validate")
            await wanted.wait()
            server.is_ending = True
            await asyncio.sleep(self.options.drain)
        finally:
            self.stop.call_no_more(wake)
            renewing.cancel()
            await server.close(_LAST_ANSWERS)
            admitting.close()
            pool.close()

    async def _renew(self, server: WebhookServer, metrics: Metrics) -> None:
        """Serve further connections with the certificate that the files have then."""
        while True:
            await asyncio.sleep(self.options.check)
            try:
                context = await asyncio.to_thread(self.certificate.renewed)
            except UnusablePair as unusable:
                metrics.reloads["refused"] += 1
                complain(f"{unusable}; the certificate before stays in use")
            except Exception as error:
                complain(bug(error, "the renewal of the webhook's certificate"))
            else:
                if context:
                    metrics.reloads["used"] += 1
                    server.use(context)


def _listening(text: str) -> socket.socket:
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not (colon and port.isascii() and port.isdecimal() and len(port) <= _LONGEST_PORT and int(port) < 2**16):
        raise UsageError(f'--listen "{text}" is not HOST:PORT, such as 0.0.0.0:8443 or [::]:8443')
    try:
        family = socket.AF_INET6 if ":" in bare else socket.AF_INET
        found = socket.create_server((bare, int(port)), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a valid host name"
        raise UsageError(f"--listen {text}: {reason}") from error
    found.setblocking(False)
    return found


def _address(one: socket.socket) -> str:
    host, port, *_ = one.getsockname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
