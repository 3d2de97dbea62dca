"""What is made of the same findings is made once: targets that serve the same chain share most of them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

from certgate.model.finding import Finding
from certgate.model.findings import Findings

__all__ = ["SameFindings"]


class SameFindings:
    """Keeps what was made last. The same findings are the same objects: that is fast to tell, whatever is in them."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[Hashable, ...], tuple[tuple[Finding, ...], Findings]] = OrderedDict()
        """By the identities of findings, which are kept too: no other object gets an identity while it is in use."""

    def get(
        self, how: Hashable, given: Iterable[Finding], make: Callable[[tuple[Finding, ...]], Iterable[Finding]]
    ) -> Findings:
        """What `make` makes of the findings; `how` tells apart the ways in which it may be made."""
        findings = tuple(given)
        key = (how, *map(id, findings))
        try:
            self._kept.move_to_end(key)
        except KeyError:
            made = Findings(make(findings))
            self._kept[key] = (findings, made)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return made
        return self._kept[key][1]
