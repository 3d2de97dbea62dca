"""`certgate scan`: live endpoints."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from certgate.cli import options
from certgate.policy.targets import Declaration

__all__ = ["scan"]


def scan(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="HOST[:PORT]", help="Endpoints; port 443 unless given.")
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="A certgate.yaml with targets and defaults.", metavar="FILE")
    ] = None,
    no_config: Annotated[
        bool, typer.Option("--no-config", help="Do not look for certgate.yaml where nothing says what to scan.")
    ] = False,
    targets_file: Annotated[
        str | None,
        typer.Option(
            "--targets", help="A target a line: host[:port] \\[word=value]...; - reads standard input.", metavar="FILE"
        ),
    ] = None,
    policy: options.Policy = None,
    trust: options.Trust = None,
    trust_matrix: options.TrustMatrix = None,
    at: options.At = None,
    fail_on: options.FailOn = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    report: options.Report = None,
    save: options.Save = None,
    resolve: Annotated[
        list[str] | None,
        typer.Option(
            help="Use this address for a host and port, as curl does. Repeatable.", metavar="HOST:PORT:ADDRESS"
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds for one target, all of it. Default: 10.", min=0.01, max=3600)
    ] = None,
    concurrency: Annotated[
        int, typer.Option(help="Targets under way at a time.", min=1, max=4096, envvar="CERTGATE_CONCURRENCY")
    ] = 64,
    per_host: Annotated[
        int, typer.Option(help="Targets under way at a time on one host.", min=1, max=4096, envvar="CERTGATE_PER_HOST")
    ] = 2,
    retries: Annotated[int, typer.Option(help="Further attempts after a transport failure.", min=0, max=10)] = 1,
    no_waivers: options.NoWaivers = False,
    baseline: options.Baseline = None,
    write_baseline: options.WriteBaseline = None,
    sarif_suppressed: options.SarifSuppressed = False,
    revocation: options.Revocation = None,
    ocsp_nonce: options.OcspNonce = False,
    aia: options.Aia = False,
    allow_address: options.AllowAddress = None,
    cache: options.Cache = None,
    deny: options.Deny = None,
    ct_logs: options.CtLogs = None,
    verbose: options.Verbose = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    traceback: options.Traceback = False,
) -> int:
    """Observe live TLS endpoints and judge their chains.

    Examples:
      certgate scan api.example.com db.internal:8443 '[2001:db8::1]:443'

      certgate scan --config certgate.yaml --report sarif=certgate.sarif

      certgate scan --targets hosts.txt --policy internal-pki --trust pki/root.pem

    """
    del traceback
    from certgate.cli.excusing import Excusing
    from certgate.cli.fetching import Fetching
    from certgate.cli.lists import Lists
    from certgate.cli.session import ObserveAndComplete, Words, hold
    from certgate.gate import Emit
    from certgate.judge.plan import Complete
    from certgate.model.finding import Severity
    from certgate.model.target import Revocation, Target
    from certgate.observe.endpoints import observe_endpoints
    from certgate.observe.options import ObserveOptions
    from certgate.policy.config import Config, load_config
    from certgate.policy.packs import DEFAULT_POLICY
    from certgate.policy.targets import endpoint_targets, parse_argument, policy_word, trust_words

    excusing = Excusing(no_waivers, baseline, write_baseline, sarif_suppressed)
    fetching = Fetching(revocation, ocsp_nonce, aia, allow_address, cache)

    def declare() -> tuple[Sequence[Target], Severity, ObserveAndComplete]:
        nothing = Config(None, (), None, None, ())
        found = _config(config, looking=not (targets or targets_file or no_config), quiet=quiet)
        defaults = load_config(found) if found else nothing
        declarations = [parse_argument(text) for text in targets or ()]
        declarations += _listed(targets_file) if targets_file else []
        declarations += defaults.targets
        here = Path()
        declared = endpoint_targets(
            declarations,
            policy=policy_word(policy, here) if policy else defaults.policy or DEFAULT_POLICY,
            trust=trust_words(trust, here) if trust else defaults.trust or ("mozilla",),
            revocation=fetching.mode or defaults.revocation or Revocation.OFF,
        )
        observing = ObserveOptions(
            concurrency=concurrency,
            per_host=per_host,
            timeout=timeout or defaults.timeout or 10.0,
            retries=retries,
            resolve=dict(_resolution(text) for text in resolve or ()),
        )

        def observe(source: Iterable[Target], emit: Emit, complete: Complete | None) -> bool:
            return observe_endpoints(source, observing, emit, complete=complete)

        return declared, fail_on or defaults.fail_on or Severity.ERROR, observe

    lists = Lists(deny, ct_logs)
    words = Words(at, select, ignore, report, save, verbose, color, fetching, lists, excusing, quiet, trust_matrix)
    return hold(words, declare)


def _config(given: str | None, *, looking: bool, quiet: bool) -> Path | None:
    """The configuration that is named; else, when looking for one, the nearest, and that it was found is told."""
    if given or not looking:
        return Path(given) if given else None
    from certgate.cli.nearby import nearby_config

    found = nearby_config(Path.cwd())
    if found and not quiet:
        typer.echo(f"certgate: reading {found}", err=True)
    return found


def _listed(path: str) -> list[Declaration]:
    from certgate.model.errors import UsageError
    from certgate.policy.packs import read_text
    from certgate.policy.targets import parse_lines

    if path == "-":
        found = parse_lines(_text(sys.stdin.buffer.read()).splitlines(), "standard input", Path())
    else:
        found = parse_lines(read_text(Path(path)).splitlines(), path, Path(path).parent)
    if not found:
        raise UsageError(f"{path}: holds no target; write one host[:port] a line")
    return found


def _text(content: bytes) -> str:
    from certgate.model.errors import UsageError

    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input: is not UTF-8 text (byte {error.start})") from error


def _resolution(text: str) -> tuple[tuple[str, int], str]:
    from certgate.model.errors import UsageError
    from certgate.policy.hosts import is_ip, parse_endpoint

    head, _, address = text.rpartition(":[") if text.endswith("]") else text.rpartition(":")
    address = address.rstrip("]")
    if not head or not is_ip(address):
        raise UsageError(f'--resolve "{text}" is not HOST:PORT:ADDRESS')
    return parse_endpoint(head), address
