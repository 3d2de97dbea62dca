"""What `certgate init` tells: how targets could be judged, the roots to compare, and the lines for a scheduler."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from certgate.judge.proposal import Proposal, ProposedTarget
from certgate.model.counted import listed, plural
from certgate.reports.first_config import FirstConfig
from certgate.reports.page import Page, Part
from certgate.reports.yaml_text import yaml_item, yaml_lines

__all__ = ["grouped_alike", "write_groups", "write_lines", "write_roots"]

_NAMED = 4
_MOST_LISTED = 10


def grouped_alike(proposed: Sequence[ProposedTarget]) -> Mapping[Proposal, Sequence[ProposedTarget]]:
    """The targets that could be judged in the same way, by their policy and their trust store."""
    groups: dict[tuple[object, ...], list[ProposedTarget]] = {}
    for one in proposed:
        if one.proposal.is_seen and not one.proposal.left_out:
            is_open = not (one.proposal.trust or one.proposal.root)
            key = (one.proposal.policy, one.proposal.trust, one.proposal.root, one.proposal.remark if is_open else "")
            groups.setdefault(key, []).append(one)
    return {targets[0].proposal: targets for targets in groups.values()}


def write_groups(page: Page, proposed: Sequence[ProposedTarget], config: FirstConfig) -> None:
    """How the targets could be judged, and which are not judged."""
    names = dict(config.roots)
    for proposal, targets in grouped_alike(proposed).items():
        trust = names[proposal.root] if proposal.root else ", ".join(proposal.trust) or "to be filled in"
        page.line((proposal.policy, "bold"), f", trust {trust}: ", *_named(targets), hang=2)
        if not (proposal.root or proposal.trust):
            page.line(f"{proposal.remark}; until then these chains are violations", indent=2, hang=2)
    unseen = [one for one in proposed if not one.proposal.is_seen]
    _listed(page, ("not observed", "bold magenta"), [f"{one.target.id}: {one.proposal.remark}" for one in unseen])
    written = {str(path) for path in config.files}
    others = [one for one in proposed if one.proposal.left_out and one.target.source.name not in written]
    _listed(page, ("not a target", "bold"), [f"{one.target.id}: {one.proposal.left_out}" for one in others])


def _listed(page: Page, word: Part, lines: Sequence[str]) -> None:
    for line in lines[:_MOST_LISTED]:
        page.line(word, f"  {line}", hang=2)
    if len(lines) > _MOST_LISTED:
        page.line(word, f"  and {len(lines) - _MOST_LISTED:,} more", hang=2)


def write_roots(page: Page, config: FirstConfig, proposed: Sequence[ProposedTarget]) -> None:
    """The roots that were sent: nothing but a comparison with the CA makes them trustworthy."""
    for root, name in config.roots:
        senders = [one for one in proposed if one.proposal.root == root]
        page.blank()
        page.line((f"{name}  compare with your CA", "bold yellow"), hang=2)
        page.line(f"{root.subject.text}, for ", *_named(senders), indent=2, hang=2)
        page.line(f"SHA-256 {root.sha256}", indent=2, hang=2)


def write_lines(page: Page, path: Path, folder: Path, baseline: str | None) -> None:
    """The command for the first scan, and the lines for cron, GitHub and GitLab."""
    known = ["--baseline", baseline] if baseline else []
    command = shlex.join(["certgate", "scan", "--config", str(path), *known])
    quiet = shlex.join(["certgate", "scan", "--quiet", "--config", str(path), *known])
    percent = f"cd {shlex.quote(str(folder))} && {quiet}".replace("%", r"\%")
    _block(page, "Scan now:", [command])
    _block(page, "Every night, in a crontab:", [f"17 3 * * *  {percent}"])
    inputs = {"config": str(path), **({"baseline": baseline} if baseline else {})}
    _block(
        page,
        "A step of a GitHub job:",
        [
            "- uses: OWNER/certgate@v1",
            "  with:",
            *(line for name, value in inputs.items() for line in yaml_lines(name, value, indent=4)),
        ],
    )
    _block(
        page,
        "A job in .gitlab-ci.yml:",
        [
            "certgate:",
            "  image: python:3.13-slim",
            "  script:",
            "    - pip install --quiet certgate",
            *yaml_item(f"{command} --report junit=certgate.xml", indent=4),
            "  artifacts: {when: always, reports: {junit: certgate.xml}}",
        ],
    )


def _block(page: Page, title: str, lines: Sequence[str]) -> None:
    page.blank()
    page.line((title, "bold"))
    for line in lines:
        page.unfolded(line, indent=2)


def _named(targets: Sequence[ProposedTarget]) -> Iterator[str]:
    yield f"{plural(len(targets), 'target')}: " if len(targets) > 1 else ""
    yield listed([one.target.id for one in targets], _NAMED)
