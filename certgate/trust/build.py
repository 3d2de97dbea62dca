"""CertificatePath building: all candidate paths from a leaf, through what was presented, to a store's anchors."""

import heapq
from collections.abc import Iterator
from functools import lru_cache
from itertools import count

from certgate.model.frozen import changeable, frozen
from certgate.trust.links import is_self_signed, key_ids_differ, verify_link
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

__all__ = ["BuiltPaths", "build_paths"]

MAX_PATHS = 16
MAX_LINKS = 128
"""The maximum number of signatures verified in one search; an honest chain needs one per certificate."""
MAX_LENGTH = 20
"""The maximum number of certificates in one path."""


@frozen(slots=True)
class BuiltPaths:
    """The candidate paths, best first, and the limit that ended the search early, if any."""

    paths: tuple[CertificatePath, ...]
    limit: str = ""
    """`max-paths`, `max-links` or `max-length`: there may be more paths. Empty: these are all."""


@lru_cache(maxsize=1024)
def build_paths(presented: tuple[Certificate, ...], store: TrustStore, *, limit: int = MAX_PATHS) -> BuiltPaths:
    """All candidate paths from `presented[0]` through any of the others, in any order, to the anchors of `store`.

    Certificates link by name (RFC 5280 §7.1); key identifiers only decide what is tried first. An anchor is a name and
    a key, and certificates that repeat it are left out; a cross-certificate for its key leads to another anchor,
    because this one may have expired. If any path has only links that verify, the result contains only such paths,
    shorter ones first, then as presented. Otherwise it contains all paths, those with fewer bad links first, including
    partial ones (without an anchor); there is always at least one. Ignores the clock. Raises ValueError without a leaf.
    """
    if not presented:
        raise ValueError("there is no certificate to build a path from")
    return _Search(presented, store, limit).run()


@changeable(kw_only=True, slots=True)
class _Step:
    """A path under construction; its newest link is verified when it leaves the queue. Most promising first."""

    bad_links: int
    length: int
    less_likely: bool
    """Whether the key identifiers of the newest link differ."""
    ordinal: int
    chain: tuple[Certificate, ...]
    anchor: Certificate | None = None
    verified: bool = False

    def __lt__(self, other: "_Step") -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[int, int, bool, int]:
        return self.bad_links, self.length, self.less_likely, self.ordinal


class _Search:
    """One best-first search, so that a flood of look-alikes cannot hide a valid path."""

    def __init__(self, presented: tuple[Certificate, ...], store: TrustStore, limit: int) -> None:
        self._others = tuple(c for c in dict.fromkeys(presented[1:]) if c != presented[0] and not _is_anchor(c, store))
        self._leaf = presented[0]
        self._store = store
        self._limit = limit
        self._ordinals = count()
        self._queue: list[_Step] = []
        self._found: list[_Step] = []
        self._links = 0
        self._bound = ""

    def run(self) -> BuiltPaths:
        if self._leaf in self._store:
            return BuiltPaths((CertificatePath((self._leaf,), self._leaf),))
        if only := self._only_path():
            return BuiltPaths((only,))
        self._push(0, (self._leaf,), verified=True)
        while self._queue:
            if len(self._found) == self._limit:
                self._bound = "max-paths"
                break
            if self._links == MAX_LINKS:
                self._bound = "max-links"
                break
            if self._holding and self._queue[0].bad_links:
                break
            self._advance(heapq.heappop(self._queue))
        steps = (
            self._holding
            or sorted(self._found, key=_rank)
            or [_Step(bad_links=0, length=1, less_likely=False, ordinal=0, chain=(self._leaf,))]
        )
        return BuiltPaths(
            tuple(CertificatePath(step.chain, step.anchor, self._store.unknown) for step in steps), self._bound
        )

    def _only_path(self) -> CertificatePath | None:
        """The path if there is at most one possible issuer of each certificate, so that nothing is to be chosen."""
        chain: tuple[Certificate, ...] = (self._leaf,)
        while len(chain) < MAX_LENGTH:
            match list(self._candidates(chain)):
                case []:
                    return CertificatePath(chain, None, self._store.unknown)
                case [(anchor, True)]:
                    return CertificatePath(chain, anchor, self._store.unknown)
                case [(issuer, False)]:
                    chain = (*chain, issuer)
                case _:
                    return None
        return None

    @property
    def _holding(self) -> list[_Step]:
        return [step for step in self._found if step.anchor is not None and not step.bad_links]

    def _advance(self, step: _Step) -> None:
        if not step.verified and not self._verify(step):
            return
        if step.anchor is not None:
            self._found.append(step)
            return
        onward = False
        for candidate, is_anchor in self._candidates(step.chain):
            if not is_anchor and len(step.chain) == MAX_LENGTH:
                self._bound = "max-length"
                continue
            onward = True
            less_likely = key_ids_differ(step.chain[-1], candidate)
            if is_anchor:
                self._push(step.bad_links, step.chain, anchor=candidate, less_likely=less_likely)
            else:
                self._push(step.bad_links, (*step.chain, candidate), less_likely=less_likely)
        if not onward:
            self._found.append(step)

    def _verify(self, step: _Step) -> bool:
        """Verify the newest link; a step with a bad link goes back into the queue, behind all better ones."""
        certificate, issuer = CertificatePath(step.chain, step.anchor).links[-1]
        self._links += 1
        step.verified = True
        if verify_link(certificate, issuer) is None:
            return True
        step.bad_links += 1
        heapq.heappush(self._queue, step)
        return False

    def _candidates(self, chain: tuple[Certificate, ...]) -> Iterator[tuple[Certificate, bool]]:
        """The possible issuers of the chain's last certificate, and whether each is an anchor."""
        last = chain[-1]
        its_own_issuer = is_self_signed(last)
        for anchor in self._store.named(last.issuer):
            if not its_own_issuer or anchor.spki == last.spki:
                yield anchor, True
        if its_own_issuer:
            return
        for other in self._others:
            if other.subject == last.issuer and not any(
                other.spki == c.spki and other.subject == c.subject for c in chain
            ):
                yield other, False

    def _push(
        self,
        bad_links: int,
        chain: tuple[Certificate, ...],
        *,
        anchor: Certificate | None = None,
        less_likely: bool = False,
        verified: bool = False,
    ) -> None:
        step = _Step(
            bad_links=bad_links,
            length=len(chain),
            less_likely=less_likely,
            ordinal=next(self._ordinals),
            chain=chain,
            anchor=anchor,
            verified=verified,
        )
        heapq.heappush(self._queue, step)


def _rank(step: _Step) -> tuple[int, bool, int, int]:
    """Sort key: fewer bad links first, anchored before partial, and longer partial paths before shorter ones."""
    partial = step.anchor is None
    return step.bad_links, partial, -step.length if partial else step.length, step.ordinal


def _is_anchor(certificate: Certificate, store: TrustStore) -> bool:
    """Whether it only repeats an anchor. A cross-certificate for an anchor's key leads to another anchor."""
    return certificate in store or (certificate.is_self_issued and store.has_anchor_like(certificate))
