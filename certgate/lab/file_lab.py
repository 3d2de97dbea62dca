"""Writes file examples into a folder with a configuration that checks them, and checks them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from certgate.gate import RunSpec, prepare, run
from certgate.lab.file_example import FileExample
from certgate.lab.pki import CLOCK, pem
from certgate.model.finding import Finding
from certgate.model.listener import Listener
from certgate.model.verdict import TargetResult
from certgate.sources.check import declare_check
from certgate.sources.context import FileOptions
from certgate.system.stop import Stop

__all__ = ["CONFIG", "check_files", "write_files"]

CONFIG = "certgate.yaml"
_LABEL = "example"


def write_files(examples: Sequence[FileExample], folder: Path) -> None:
    """Write the files, their keys, trust stores and policies, and `certgate.yaml`. Raises OSError."""
    for example in examples:
        (folder / example.file).write_bytes(example.content())
        (folder / _trust_of(example)).write_bytes(pem(*example.trust()))
        if example.key:
            (folder / _key_of(example)).write_bytes(example.key())
        if example.adds:
            (folder / _policy_of(example)).write_text(_policy(example), encoding="utf-8")
    lines = ["targets:", *(line for example in examples for line in _target(example))]
    (folder / CONFIG).write_text("\n".join(lines) + "\n", encoding="utf-8")


def check_files(folder: Path) -> Mapping[str, tuple[Finding, ...]]:
    """All findings, including passes, by the names of the examples that lie in the folder, at the lab's clock."""
    source = declare_check([], FileOptions(), config=folder / CONFIG, tell=lambda _: None).source
    targets = list(source.targets())
    observe = partial(source.observer().observe, completion=None, stop=Stop())
    results = _Results()
    run(prepare(targets, RunSpec(at=CLOCK)), targets, observe, [results])
    return results.findings


class _Results(Listener):
    """Keeps each example's findings."""

    name = "the file examples"

    def __init__(self) -> None:
        self.findings: dict[str, tuple[Finding, ...]] = {}

    def add(self, result: TargetResult) -> None:
        self.findings[result.target.labels[_LABEL]] = result.findings


def _target(example: FileExample) -> Iterator[str]:
    yield f"  - file: {example.file}"
    yield f"    policy: {_policy_of(example) if example.adds else example.policy}"
    yield f"    trust: [{_trust_of(example)}]"
    if example.role:
        yield f"    role: {example.role}"
    if example.key:
        yield f"    key: {_key_of(example)}"
    yield f"    labels: {{{_LABEL}: {example.name}}}"


def _policy(example: FileExample) -> str:
    rules = [json.dumps({"rule": rule, **keys}) for rule, keys in example.adds.items()]
    return f"extends: {example.policy}\nrules:\n" + "".join(f"  - {rule}\n" for rule in rules)


def _trust_of(example: FileExample) -> str:
    return f"{example.name}.trust.pem"


def _key_of(example: FileExample) -> str:
    return f"{example.name}.key.pem"


def _policy_of(example: FileExample) -> str:
    return f"{example.name}.yaml"
