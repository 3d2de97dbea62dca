"""One target among all declared ones."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.target import Target
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.mistakes import nearest
from certgate.sources.config import Config, load_config
from certgate.sources.context import Context, FileOptions, defaults
from certgate.sources.endpoint_list import EndpointList, ListText
from certgate.sources.files import FileDeclaration
from certgate.sources.interface import TargetSource
from certgate.sources.ranges import parse_argument
from certgate.sources.saved import Saved
from certgate.sources.several import Several

__all__ = ["OneTarget", "find_target"]


@frozen(kw_only=True)
class OneTarget:
    """The command-line options for one target: its id, `host[:port]` or a file, and where it is declared."""

    target: str
    config: str | None
    list: str | None
    """The path of a target list, `-` for the standard input."""
    saved: str | None
    policy: str | None
    trust: tuple[str, ...]


def find_target(wanted: OneTarget) -> tuple[TargetSource, Target]:
    """The target, and the source that observes it. Raises UsageError."""
    options = FileOptions(policy=wanted.policy, trust=wanted.trust, at_given=True)
    if wanted.saved:
        source: TargetSource = Saved(wanted.saved, options)
        return source, _named(wanted.target, source.targets(), wanted.saved)
    config = load_config(Path(wanted.config)) if wanted.config else Config()
    context = Context(
        defaults=defaults(wanted.policy, wanted.trust, None, config.defaults),
        files=options,
        observing=ObserveOptions(timeout=config.timeout),
    )
    if wanted.config or wanted.list:
        lists = [EndpointList(ListText.read(wanted.list), context)] if wanted.list else []
        source = Several(chain(lists, (source for one in config.targets for source in one.sources(context))))
        where = " and ".join(filter(None, (wanted.list, wanted.config)))
        return source, _named(wanted.target, source.targets(), where)
    is_file = wanted.target == "-" or (Path(wanted.target).exists() and not Path(wanted.target).is_dir())
    one = FileDeclaration(path=wanted.target) if is_file else parse_argument(wanted.target)
    source = Several(one.sources(context))
    targets = list(source.targets())
    return source, targets[0] if len(targets) == 1 else _named(wanted.target, targets, wanted.target)


def _named(text: str, targets: Iterable[Target], file: str) -> Target:
    """The target with this id, with or without the port 443. Raises UsageError."""
    by_id = {target.id: target for target in targets}
    found = by_id.get(text) or by_id.get(f"{text}:443")
    if found is None:
        raise UsageError(f'{file}: there is no target "{text}"{nearest(text, by_id)}')
    return found
