"""The options of a run that scan and check share."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_type_hints

from certgate.cli import options
from certgate.model.frozen import frozen

if TYPE_CHECKING:
    from certgate.gate.engine.choice import DaskOptions
    from certgate.gate.fetch_options import FetchOptions
    from certgate.gate.journal_options import JournalOptions
    from certgate.gate.session import RunOptions

__all__ = ["RunFlags", "with_run_flags"]


@frozen(kw_only=True)
class RunFlags:
    """The options, in the order in which the help lists them."""

    policy: options.Policy = None
    trust: options.Trust = None
    trust_matrix: options.TrustMatrix = None
    at: options.At = None
    fail_on: options.FailOn = None
    exit_zero: options.ExitZero = False
    only: options.Only = None
    select: options.Select = None
    ignore: options.Ignore = None
    report: options.Report = None
    metrics_labels: options.MetricsLabels = None
    save: options.Save = None
    history: options.History = None
    keep: options.Keep = None
    notify_file: options.NotifyFile = None
    notify_env: options.NotifyEnv = None
    notify_on: options.NotifyOn = None
    no_waivers: options.NoWaivers = False
    baseline: options.Baseline = None
    write_baseline: options.WriteBaseline = None
    accept_known_unreachable: options.AcceptKnownUnreachable = None
    sarif_suppressed: options.SarifSuppressed = False
    max_time: options.MaxTime = None
    workers: options.Workers = "auto"
    revocation: options.Revocation = None
    ocsp_nonce: options.OcspNonce = False
    aia: options.Aia = False
    allow_address: options.AllowAddress = None
    cache: options.Cache = None
    deny: options.Deny = None
    ct_logs: options.CtLogs = None
    full: options.Full = False
    group_by: options.GroupBy = None
    verbose: options.Verbose = False
    quiet: options.Quiet = False
    color: options.Color = "auto"
    progress: options.Progress = "auto"
    traceback: options.Traceback = False
    help_all: options.HelpAll = False

    @property
    def fetching(self) -> "FetchOptions":
        """The options for fetching."""
        from certgate.gate.fetch_options import FetchOptions

        return FetchOptions(
            revocation=self.revocation,
            ocsp_nonce=self.ocsp_nonce,
            aia=self.aia,
            allow_address=self.allow_address,
            cache=self.cache,
        )

    def run_options(
        self,
        *named: str | None,
        resolve: Sequence[str] = (),
        journal: "JournalOptions | None" = None,
        shard: str | None = None,
        dask: "DaskOptions | None" = None,
    ) -> "RunOptions":
        """All options of the run; `named` are the command's own arguments that may name a file to read."""
        from certgate.gate.engine.choice import DaskOptions
        from certgate.gate.exception_options import ExceptionOptions
        from certgate.gate.history.history_options import HistoryOptions
        from certgate.gate.journal_options import JournalOptions
        from certgate.gate.notifying import NotifyOptions
        from certgate.gate.session import RunOptions
        from certgate.model.shard import WHOLE, parse_shard
        from certgate.policy.list_options import ListOptions

        return RunOptions(
            at=self.at,
            select=self.select,
            ignore=self.ignore,
            report=self.report,
            save=self.save,
            verbose=self.verbose,
            quiet=self.quiet,
            color=self.color,
            progress=self.progress,
            fetching=self.fetching,
            lists=ListOptions(deny=self.deny, ct_logs=self.ct_logs),
            exceptions=ExceptionOptions(
                no_waivers=self.no_waivers,
                baseline=self.baseline,
                write_baseline=self.write_baseline,
                accept_known_unreachable=self.accept_known_unreachable,
                sarif_suppressed=self.sarif_suppressed,
            ),
            trust_matrix=self.trust_matrix,
            only=tuple(self.only or ()),
            metrics_labels=self.metrics_labels,
            max_time=self.max_time,
            exit_zero=self.exit_zero,
            workers=self.workers,
            full=self.full,
            group_by=self.group_by,
            history=HistoryOptions(folder=self.history, keep=self.keep),
            notify=NotifyOptions(file=self.notify_file, env=self.notify_env, on=self.notify_on),
            resolve=resolve,
            journal=journal or JournalOptions(),
            shard=parse_shard(shard) if shard else WHOLE,
            dask=dask or DaskOptions(),
            named=tuple(filter(None, (*named, self.policy, *(self.trust or ())))),
        )


def with_run_flags(command: Callable[..., int], *, without: Sequence[str] = ()) -> Callable[..., int]:
    """Replace the command's parameter `run` by an option for each field of RunFlags, except those in `without`."""
    hints = get_type_hints(RunFlags, include_extras=True)
    shared = [
        inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=hints[f.name])
        for f in fields(RunFlags)
        if f.name not in without
    ]
    own = list(inspect.signature(command).parameters.values())
    place = [p.name for p in own].index("run")

    def called(**values: Any) -> int:
        run = RunFlags(**{p.name: values.pop(p.name) for p in shared})
        return command(**values, run=run)

    parameters: Sequence[inspect.Parameter] = [*own[:place], *shared, *own[place + 1 :]]
    called.__doc__ = command.__doc__
    vars(called)["__signature__"] = inspect.Signature(parameters)
    called.__annotations__ = {p.name: p.annotation for p in parameters}
    return called
