"""Rules of the family spiffe on the bundle of a trust domain, and on the files that are delivered with it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from certgate.checks.certificate.key_pair import is_same_key
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem, check
from certgate.checks.framework.subjects import HelperFiles, PresentedChain
from certgate.checks.framework.wording import listed
from certgate.model.bundle_facts import BundleFacts, BundleSource
from certgate.model.finding import Severity
from certgate.trust.dates import span
from certgate.trust.problem import Kind
from certgate.trust.validation import validate
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.spiffe_id import trust_domains

__all__: list[str] = []

_MOMENTS = (
    "spiffe-helper writes one file after the other, so they can be of different moments: check again when it has "
    "written all of them"
)


@check(
    "spiffe.bundle-fresh",
    citation="SPIFFE Trust Domain and Bundle §4.1.1, §4.1.2, §6.1; SPIFFE Federation §5.2.2.4",
)
def bundle_fresh(chain: PresentedChain, now: datetime, *, max_age: int = 0) -> Iterator[Answer]:
    """The bundle of the leaf's trust domain is up to date.

    A bundle in a file must not be older than `max_age` seconds when the run begins. Without `max_age`, a file that is
    older than the bundle's own `spiffe_refresh_hint` is a warning. With `max_age`, no bundle may have a refresh hint
    that is longer, because its consumers look for a newer one only that often. A bundle from an endpoint or from the
    Workload API is as old as the run. If several bundles of one trust domain are known, among them the bootstrap bundle
    of an endpoint, none may have a lower `spiffe_sequence` than another. At least one authority must not have expired.

    Why: an old bundle refuses the SVIDs of a new authority, and accepts those of an authority that was revoked.

    Fix: fetch the bundle again (`spire-server bundle show -format spiffe`), and do so more often; if an endpoint serves
    an older bundle than before, look for a cache or a restored backup behind it.
    """
    leaf = chain.leaf
    if leaf is None:
        raise Malformed("the leaf cannot be read")
    store = chain.store.for_leaf(leaf)
    if store.unknown:
        yield NotChecked(store.unknown)
        return
    bundles = _bundles_of(trust_domains(leaf.uris), chain.store.origins)
    problems = [*_expired(store.anchors, now), *_behind(bundles)]
    problems += [problem for facts in bundles for problem in (*_too_old(facts, max_age), *_too_patient(facts, max_age))]
    if not problems and not any(_tells_age(facts, max_age) for facts in bundles):
        yield NotApplicable("the trust store has no bundle of which it is known how old it may be")
    yield from problems


def _expired(anchors: Sequence[Certificate], now: datetime) -> Iterator[Problem]:
    """The bundle if it is of use to nobody any more. Raises Malformed."""
    last = max((anchor.not_after for anchor in anchors), default=now)
    if last < now:
        message = f"every authority of the bundle has expired, the last one {span(now - last)} ago"
        yield Problem(message, key="expired", evidence={"not_after": last.isoformat()}, cause="trust.anchor-expiry")


def _too_patient(facts: BundleFacts, max_age: int) -> Iterator[Problem]:
    """A bundle whose consumers may use an older one for too long."""
    hint = facts.refresh_hint or 0
    if max_age and hint > max_age:
        message = f"{facts.location}: consumers look for a newer bundle every {_seconds(hint)}"
        yield Problem(f"{message}, at most {_seconds(max_age)} allowed", key=f"hint {facts.location}")


def _bundles_of(domains: frozenset[str], origins: Sequence[BundleFacts]) -> Sequence[BundleFacts]:
    """The bundles that count for a leaf: those of its trust domain, and those that are named as a plain store."""
    return [f for f in origins if not f.failure and (not f.trust_domain or domains == {f.trust_domain})]


def _tells_age(facts: BundleFacts, max_age: int) -> bool:
    is_new = facts.source is not BundleSource.FILE
    return is_new or facts.sequence is not None or bool(facts.written_at and (max_age or facts.refresh_hint))


def _too_old(facts: BundleFacts, max_age: int) -> Iterator[Problem]:
    limit = max_age or facts.refresh_hint
    if facts.written_at is None or not limit:
        return
    age = facts.obtained_at - facts.written_at
    if age > timedelta(seconds=limit):
        by = "" if max_age else " by its spiffe_refresh_hint"
        yield Problem(
            f"{facts.location} was written {span(age)} ago, at most {_seconds(limit)} allowed{by}",
            key=f"age {facts.location}",
            severity=None if max_age else Severity.WARNING,
            evidence={"written_at": facts.written_at.isoformat()},
        )


def _behind(bundles: Sequence[BundleFacts]) -> Iterator[Problem]:
    """Bundles with a lower sequence than another bundle of the same trust domain."""
    known = [(f.sequence, f.location) for f in bundles if f.sequence is not None]
    known += [
        (f.known_sequence, f"the bootstrap bundle of {f.location}") for f in bundles if f.known_sequence is not None
    ]
    newest, where = max(known, default=(0, ""))
    for facts in bundles:
        if facts.sequence is not None and facts.sequence < newest:
            yield Problem(
                f"{facts.location} has spiffe_sequence {facts.sequence}, but {where} has {newest}",
                key=f"sequence {facts.location}",
            )


def _seconds(count: int) -> str:
    return f"{count:,} second{'' if count == 1 else 's'}"


@check(
    "spiffe.helper-files",
    citation="X509-SVID §5; SPIFFE Workload API, X.509-SVID Profile",
    needs_order="chain.order",
)
def helper_files(files: HelperFiles, now: datetime) -> Iterator[Answer]:
    """The files of an SVID belong together: the certificate, its key and the bundle.

    Every policy has this rule, as an error, for files with `--bundle` or `bundle:`: those that spiffe-helper writes, or
    a program in its place. The key must be that of the leaf, the chain must lead to an authority of the bundle with
    signatures that verify, and an authority with a SPIFFE ID must be of the leaf's trust domain. The rule judges the
    key in the place of key.matches.

    Why: a server that loads a new certificate with an old key does not start, and one with the bundle of another moment
    refuses its peers.

    Fix: have the program write all files before the server reads one of them (into a new folder, then rename it); if
    they still do not belong together, compare the trust domain and the entry of the workload.
    """
    if files.public_key is not None and not is_same_key(files.public_key, files.leaf.spki):
        yield Problem(f"the private key does not belong to the SVID. {_MOMENTS}", key="key")
    domains = trust_domains(files.leaf.uris)
    authorities = frozenset(d for anchor in files.store.anchors for d in trust_domains(anchor.uris))
    if len(domains) != 1:
        yield Problem(
            f"the leaf has {'several SPIFFE IDs' if domains else 'no SPIFFE ID'}, so it is not an SVID", key="id"
        )
    elif authorities and not domains & authorities:
        message = f"{files.bundle} is the bundle of trust domain {listed(sorted(authorities))}"
        yield Problem(f"{message}, but the SVID is of {', '.join(domains)}", key="trust domain")
    for problem in validate(files.path, now, kinds={Kind.ANCHOR, Kind.SIGNATURE}):
        if problem.not_checked:
            yield NotChecked(problem.text)
            return
        yield Problem(
            f"the SVID does not verify under {files.bundle}: {problem.text}. {_MOMENTS}", key=problem.kind.value
        )
        return
    if files.key_problem:
        yield NotChecked(files.key_problem)
    elif files.public_key is None:
        yield Passed("no private key was named (--key)")
