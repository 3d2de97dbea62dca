"""`certgate webhook`: the admission webhook of a Kubernetes cluster."""

from typing import Annotated, Literal

import typer

from certgate.cli import options

__all__ = ["EXIT_CODES", "webhook"]

EXIT_CODES = (
    "Exit codes: 0 ended by a signal, such as SIGTERM; 2 usage, configuration or policy error; 3 an internal error, or "
    "a signal before it serves, or a second one. What is judged has no effect on them."
)


def webhook(
    *,
    listen: Annotated[
        str, typer.Option(help="The address and port to serve HTTPS on. Default: 0.0.0.0:8443.", metavar="HOST:PORT")
    ] = "0.0.0.0:8443",
    tls_cert: Annotated[
        str, typer.Option(help="The webhook's own certificate with its issuers, in PEM.", metavar="FILE")
    ],
    tls_key: Annotated[str, typer.Option(help="Its private key, in PEM and not encrypted.", metavar="FILE")],
    policy: options.Policy = None,
    trust: options.Trust = None,
    mode: Annotated[
        Literal["enforce", "audit"],
        typer.Option(help="enforce: deny violations; audit: only warn of what would be denied.", metavar="MODE"),
    ] = "enforce",
    deny_incomplete: Annotated[
        bool, typer.Option("--deny-incomplete", help="Also deny what cannot be judged completely, or in time.")
    ] = False,
    traceback: options.Traceback = False,
) -> int:
    """Judge certificates before a Kubernetes API server stores them.

    Serves POST /validate for a ValidatingWebhookConfiguration, and GET /healthz, /readyz and /metrics.

    Examples:
      certgate webhook --tls-cert tls.crt --tls-key tls.key --policy internal-pki --trust ca.crt

      certgate webhook --tls-cert tls.crt --tls-key tls.key --policy team.yaml --trust ca.crt --mode audit

    """
    del traceback
    from certgate.cli import signals
    from certgate.model.errors import UsageError
    from certgate.sources.context import Defaults, defaults
    from certgate.system.stop import Stop
    from certgate.webhook.judgement import Answering, Mode

    try:
        from certgate.webhook.webhook_run import WebhookOptions, run_webhook
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "tornado":
            raise
        raise UsageError("certgate webhook needs an extra: run `pip install 'certgate[webhook]'`") from error
    wanted = WebhookOptions(
        listen=listen,
        certificate=tls_cert,
        key=tls_key,
        defaults=defaults(policy, tuple(trust or ()), None, Defaults()),
        answering=Answering(mode=Mode(mode), denies_incomplete=deny_incomplete),
    )
    stop = Stop()
    signals.end_in_order(stop)
    run_webhook(wanted, stop)
    return 0
