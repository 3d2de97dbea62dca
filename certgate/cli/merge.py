"""`certgate merge`: the reports of a run that several machines made, from their journals."""

from functools import partial
from typing import Annotated

import typer

from certgate.cli.run_flags import RunFlags, with_run_flags

__all__ = ["merge"]

_OF_OBSERVING = ("only", "max_time", "revocation", "ocsp_nonce", "aia", "allow_address", "cache")


@partial(with_run_flags, without=_OF_OBSERVING)
def merge(
    *,
    journals: Annotated[
        list[str] | None,
        typer.Argument(metavar="JOURNAL...", help="The folders of --journal, one for each shard of a run."),
    ] = None,
    is_partial: Annotated[
        bool, typer.Option("--partial", help="Judge what there is if shards are missing or unfinished: incomplete.")
    ] = False,
    run: RunFlags,
) -> int:
    """Put the journals of all shards together: the reports and the verdict of the whole run.

    Judges by the policies, trust stores and options that the journals hold, or again by --policy and --trust.

    Examples:
      certgate merge shards/* --report junit=certgate.xml

      certgate merge run --policy team.yaml --trust pki/root.pem

    """
    from certgate.cli.session import run_here
    from certgate.model.errors import UsageError
    from certgate.sources.context import FileOptions
    from certgate.sources.journals import declare_merge

    if not journals:
        raise UsageError("nothing to merge: name the folders of --journal")
    options = FileOptions(policy=run.policy, trust=tuple(run.trust or ()), at_given=run.at is not None)
    return run_here(
        run.run_options(*journals),
        lambda _: declare_merge(journals, options, fail_on=run.fail_on, partial=is_partial),
    )
