"""The files of a first configuration: certgate.yaml with its targets, and a PEM file for each root that was sent."""

import os
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap

from certgate.judge.proposal import Proposal, ProposedTarget
from certgate.model.frozen import frozen
from certgate.model.target import Endpoint, Target
from certgate.policy.endpoint_parts import default_port
from certgate.policy.hosts import join
from certgate.policy.packs import shipped_packs
from certgate.reports.escape import cut, for_terminal
from certgate.reports.yaml_text import WIDTH, Value, yaml_lines
from certgate.x509.certificate import Certificate

__all__ = ["FirstConfig", "first_config", "is_root_file"]

_ROOT_FILE = "# A root that certgate init took from a chain: compare it with your CA before you rely on it."
_LONGEST_NAME = 40
_LONGEST_SUBJECT = 200
_NO_TRUST = ("?",)
"""In place of the trust stores of a group: they are to be filled in."""
_UNKNOWN = (Proposal().policy, Proposal().trust)
"""The group of what was not observed: it gets the defaults."""
_HEAD = """\
# What certgate judges, and by what. certgate init wrote this from what it saw: read it, and correct what is wrong.
# A target's own keys come before the ones at the top. Try it with: certgate scan --config {name}
"""
_POLICY = "# certgate policy list shows all policies; certgate policy show NAME shows the rules of one."
_TARGETS = (
    "# certgate scan judges all targets; certgate check --config needs no network, and judges files and manifests."
)


@frozen(kw_only=True)
class FirstConfig:
    """The files to write, by path; the configuration is the first."""

    files: Mapping[Path, str]
    roots: Sequence[tuple[Certificate, str]]
    """The roots that were sent, each with the name of its file."""


@frozen(kw_only=True)
class _Entry:
    """One target of the configuration."""

    keys: Mapping[str, Value]
    proposal: Proposal
    policy: str
    trust: tuple[str, ...]

    @property
    def group(self) -> tuple[str, tuple[str, ...]]:
        """What targets can have in common."""
        return self.policy, self.trust


def is_root_file(content: bytes) -> bool:
    """Whether it is a PEM file of a root as `first_config` writes it."""
    return content.startswith(_ROOT_FILE.encode())


def first_config(path: Path, proposed: Sequence[ProposedTarget]) -> FirstConfig:
    """The files for these targets; `path` is that of the configuration. The same targets give the same text."""
    kept = [one for one in proposed if not one.proposal.left_out]
    names = _root_names(one.proposal.root for one in kept if one.proposal.root)
    entries = [_entry(one, names, path.parent) for one in _merged(kept)]
    files = {path: "\n".join(_config(path.name, entries, names)) + "\n"}
    files |= {path.parent / name: _pem(root) for root, name in names.items()}
    return FirstConfig(files=files, roots=list(names.items()))


def _merged(proposed: Sequence[ProposedTarget]) -> Iterator[ProposedTarget]:
    """One target for each manifest, with the proposal that most of its chains have."""
    of_manifests: dict[str, list[ProposedTarget]] = {}
    for one in proposed:
        if one.target.source.kind == "manifest":
            of_manifests.setdefault(one.target.source.name, []).append(one)
    for one in proposed:
        if one.target.source.kind != "manifest":
            yield one
        elif together := of_manifests.pop(one.target.source.name, None):
            counts = Counter((each.proposal.policy, each.proposal.trust, each.proposal.root) for each in together)
            common = max(counts, key=lambda key: counts[key])
            yield next(
                each for each in together if (each.proposal.policy, each.proposal.trust, each.proposal.root) == common
            )


def _root_names(roots: Iterator[Certificate]) -> Mapping[Certificate, str]:
    """A file name for each root, made of its common name, and of its digest if another one has the same."""
    stems = {root: _stem(root) for root in roots}
    counts = Counter(stems.values())
    return {
        root: f"{stem}.pem" if counts[stem] == 1 else f"{stem}-{root.sha256[:8]}.pem" for root, stem in stems.items()
    }


def _stem(root: Certificate) -> str:
    text = root.subject.text
    common = re.search(r"(?:^|,)CN=((?:[^,\\]|\\.)*)", text)
    words = re.findall(r"[a-z0-9]+", (common[1] if common else text).lower())
    return "-".join(words)[:_LONGEST_NAME].strip("-") or "root"


def _entry(one: ProposedTarget, names: Mapping[Certificate, str], base: Path) -> _Entry:
    proposal = one.proposal
    trust = (names[proposal.root],) if proposal.root else tuple(_relative(word, base) for word in proposal.trust)
    keys = {name: value for name, value in _keys(one.target, proposal, base).items() if value}
    policy = proposal.policy if proposal.policy in shipped_packs() else _relative(proposal.policy, base)
    return _Entry(keys=keys, proposal=proposal, policy=policy, trust=trust or _NO_TRUST)


def _keys(target: Target, proposal: Proposal, base: Path) -> Mapping[str, Value]:
    """The keys of a target, empty ones included."""
    labels = {"labels": dict(target.labels)}
    if target.source.needs_connection:
        expect = _relative(target.expect, base) if target.expect else ""
        return {**_endpoint(target.source.endpoint), "expect": expect, **labels}
    found = {target.source.kind: _relative(target.source.name, base), "names": target.names}
    role = {"role": proposal.role.value} if proposal.role else {}
    key = {"key": _relative(target.source.key, base)} if target.source.key else {}
    return {**found, **role, **key, **labels}


def _endpoint(endpoint: Endpoint) -> Mapping[str, Value]:
    is_usual = endpoint.port == default_port(endpoint.protocol)
    bare = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return {
        "host": bare if is_usual else join(endpoint.host, endpoint.port),
        "name": endpoint.server_name if endpoint.server_name and endpoint.server_name != endpoint.host else "",
        "starttls": endpoint.protocol,
        "alpn": endpoint.visit.alpn,
        "addresses": "all" if endpoint.visit.all_addresses else "",
        "also": endpoint.visit.also,
        "clients_without_sni": endpoint.visit.clients_without_sni,
        "proxy": str(endpoint.visit.proxy or ""),
    }


def _relative(word: str, base: Path) -> str:
    """A path or the word for a trust store, as it is written in a file in `base`."""
    if word in {"mozilla", "system"}:
        return word
    domain, equals, file = word.partition("=") if word.startswith("spiffe://") else ("", "", word)
    return f"{domain}{equals}{Path(os.path.relpath(file, base)).as_posix()}"


def _config(name: str, entries: Sequence[_Entry], roots: Mapping[Certificate, str]) -> Iterator[str]:
    counts = Counter(entry.group for entry in entries if entry.proposal.is_seen or entry.group != _UNKNOWN)
    default = max(counts, key=lambda group: counts[group], default=_UNKNOWN)
    policy, trust = default
    yield from _HEAD.format(name=cut(for_terminal(name), _LONGEST_NAME)).splitlines()
    yield from ("", _POLICY)
    yield from yaml_lines("policy", policy, indent=0)
    yield from _about_roots(roots)
    yield from _trust(trust, indent=0)
    yield from ("fail_on: error", "", _TARGETS, "targets:")
    for entry in entries:
        yield from _target(entry, default)


def _about_roots(roots: Mapping[Certificate, str]) -> Iterator[str]:
    if roots:
        yield ""
        yield "# Roots as they were sent: compare the SHA-256 of each with your CA before you rely on it."
    for root, name in roots.items():
        yield from _comment(f"{name}: {cut(root.subject.text, _LONGEST_SUBJECT)}", 0)
        yield f"#   SHA-256 {root.sha256}"


def _trust(words: tuple[str, ...], *, indent: int) -> Iterator[str]:
    if words == _NO_TRUST:
        yield f"{' ' * indent}# trust: [root.pem]  # fill in: the file with the root of your CA"
    else:
        yield from yaml_lines("trust", words, indent=indent)


def _target(entry: _Entry, default: tuple[str, tuple[str, ...]]) -> Iterator[str]:
    if entry.proposal.remark:
        told = entry.proposal.remark if entry.proposal.is_seen else f"not observed: {entry.proposal.remark}"
        yield from _comment(told, 2)
    lines = [line for key, value in entry.keys.items() for line in yaml_lines(key, value, indent=4)]
    yield f"  - {lines[0].lstrip()}"
    yield from lines[1:]
    if not entry.proposal.is_seen and entry.group == _UNKNOWN:
        return
    policy, trust = default
    if entry.policy != policy:
        yield from yaml_lines("policy", entry.policy, indent=4)
    if entry.trust != trust:
        yield from _trust(entry.trust, indent=4)


def _comment(text: str, indent: int) -> Iterator[str]:
    start = f"{' ' * indent}# "
    for line in wrap(for_terminal(text), WIDTH - len(start)):
        yield start + line


def _pem(root: Certificate) -> str:
    subject = for_terminal(cut(root.subject.text, _LONGEST_SUBJECT)).replace("-----", "- - -")
    body = "\n".join(wrap(b64encode(root.der).decode(), 64))
    return (
        f"{_ROOT_FILE}\n# {subject}\n# SHA-256 {root.sha256}\n"
        f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    )
