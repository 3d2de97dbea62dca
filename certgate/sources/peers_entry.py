"""The typed shape of `peers:` in certgate.yaml. Imported only if there is one: pydantic is slow to start."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from certgate.model.peers import Peers
from certgate.policy.yaml import KeyPath
from certgate.x509.spiffe_id import covers, split_spiffe_id

__all__ = ["PeersEntry", "peers_mistakes"]

_MOST = 10_000


def _pattern(text: str) -> str:
    found = split_spiffe_id(text.removesuffix("/*"))
    problem = found.scheme_problem() or found.trust_domain_problem() or found.path_problem()
    if problem:
        raise ValueError(f'"{text}" {problem}; write a SPIFFE ID, or one that ends in /* for all IDs below it')
    if not text.endswith("/*") and not found.has_path:
        raise ValueError(f'"{text}" names no workload; write {text.rstrip("/")}/* for all of its trust domain')
    return text


_Pattern = Annotated[str, AfterValidator(_pattern)]


class PeersEntry(BaseModel):
    """Clients that may call servers."""

    model_config = ConfigDict(extra="forbid", strict=True)

    clients: Annotated[list[_Pattern], Field(min_length=1)] = Field(
        alias="from", description="SPIFFE IDs of clients; one that ends in /* is for all IDs below."
    )
    servers: Annotated[list[_Pattern], Field(min_length=1)] = Field(
        alias="to", description="SPIFFE IDs of the servers that they may call."
    )
    tenant: str = Field(
        default="", description="The tenant whose targets this is about, by their label tenant. Default: all targets."
    )

    def declared(self) -> Peers:
        """What the entry declares."""
        return Peers(clients=tuple(self.clients), servers=tuple(self.servers), tenant=self.tenant)


def peers_mistakes(entries: Sequence[PeersEntry], named: frozenset[str]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with the entries beyond their shape, each with its place.

    `named` has the trust domains whose bundles the file names; if there are none, every trust domain is accepted.
    """
    if len(entries) > _MOST:
        yield (), f"has {len(entries):,} entries, at most {_MOST:,} allowed"
        return
    for index, entry in enumerate(entries):
        for key, patterns in (("from", entry.clients), ("to", entry.servers)):
            yield from (((index, key), message) for message in _in_patterns(patterns, named))
    for index, entry in enumerate(entries):
        for other, before in enumerate(entries[:index]):
            if before.tenant in {"", entry.tenant} and _allows_all(before, entry):
                yield (index,), f"allows nothing that entry {other + 1} does not allow already"
                break


def _in_patterns(patterns: Sequence[str], named: frozenset[str]) -> Iterator[str]:
    for index, pattern in enumerate(patterns):
        others = (*patterns[:index], *patterns[index + 1 :])
        wider = next((other for other in others if _covers_pattern(other, pattern)), None)
        if wider is not None and (wider != pattern or pattern in patterns[:index]):
            yield f'"{pattern}" is in "{wider}" already'
        domain = split_spiffe_id(pattern).trust_domain.lower()
        if named and domain not in named:
            known = ", ".join(sorted(named))
            yield f"trust names no bundle of trust domain {domain}, so none of its SVIDs is trusted; bundles: {known}"


def _allows_all(wide: PeersEntry, narrow: PeersEntry) -> bool:
    """Whether every call that one entry allows is allowed by the other."""
    return all(any(_covers_pattern(w, n) for w in wide.clients) for n in narrow.clients) and all(
        any(_covers_pattern(w, n) for w in wide.servers) for n in narrow.servers
    )


def _covers_pattern(wide: str, narrow: str) -> bool:
    """Whether every ID of one pattern is one of the other."""
    return covers(wide, split_spiffe_id(narrow)) and (wide.endswith("/*") or not narrow.endswith("/*"))
