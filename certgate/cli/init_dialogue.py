"""The questions of `certgate init`: the targets, then policy and trust of each group, then whether to write."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace

import typer

from certgate.judge.proposal import Proposal, ProposedTarget
from certgate.model.counted import listed, plural
from certgate.model.errors import UsageError
from certgate.observe.stores.trust_stores import load_store
from certgate.policy.packs import load_policy
from certgate.reports.complaint import complain
from certgate.reports.escape import for_terminal
from certgate.reports.first_steps import grouped_alike

__all__ = ["ask_for_targets", "confirmed", "corrected"]

_NAMED = 4
_AS_PROPOSED = "as proposed"
_LATER = "later"


def ask_for_targets() -> Sequence[str]:
    """Hosts and paths; none for the files in this folder."""
    text = typer.prompt(
        "Hosts and files, separated by blanks (Enter: the certificates in this folder)", default="", show_default=False
    )
    try:
        return shlex.split(text)
    except ValueError:
        raise UsageError("a quotation mark is not closed") from None


def corrected(proposed: Sequence[ProposedTarget]) -> Sequence[ProposedTarget]:
    """The proposals as the user corrects them, group by group."""
    answers: dict[str, Proposal] = {}
    for proposal, targets in grouped_alike(proposed).items():
        ids = [one.target.id for one in targets]
        typer.echo(for_terminal(f"{plural(len(ids), 'target')}: {listed(ids, _NAMED)}"))
        policy = _asked("  Policy", [proposal.policy], _known)
        trust = _asked("  Trust", [_AS_PROPOSED] if proposal.root else proposal.trust or [_LATER], _readable)
        answers |= {one.target.id: _answered(one.proposal, policy, trust) for one in targets}
    return [replace(one, proposal=answers.get(one.target.id, one.proposal)) for one in proposed]


def confirmed(names: Sequence[str]) -> bool:
    """Whether the files may be written."""
    return typer.confirm(for_terminal(f"Write {listed(names)}?"), default=True)


def _answered(proposal: Proposal, policy: str, trust: str) -> Proposal:
    policy = proposal.policy if policy == _AS_PROPOSED else policy
    if trust == _AS_PROPOSED:
        return replace(proposal, policy=policy)
    if trust == _LATER:
        return replace(proposal, policy=policy, trust=(), root=None)
    return replace(proposal, policy=policy, trust=tuple(trust.split()), root=None, remark="")


def _known(policy: str) -> object:
    return policy == _AS_PROPOSED or load_policy(policy)


def _readable(words: str) -> object:
    return words in {_AS_PROPOSED, _LATER} or load_store(tuple(words.split()))


def _asked(question: str, proposed: Sequence[str], check: Callable[[str], object]) -> str:
    """The answer to a question, asked until `check` raises no UsageError for it."""
    can_be_typed = all(word.isprintable() and (" " not in word or word == _AS_PROPOSED) for word in proposed)
    default = " ".join(proposed) if can_be_typed else _AS_PROPOSED
    while True:
        answer: str = typer.prompt(question, default=default).strip()
        try:
            check(answer)
        except UsageError as error:
            complain(str(error))
        else:
            return answer
