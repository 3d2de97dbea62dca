"""Writes the pages on the policies that come with certgate."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from certgate.policy.explain import shown, variants
from certgate.policy.model import Policy, Rule
from certgate.policy.packs import editions_in_force, pack_purpose, read_text, shipped_packs
from docs import spiffe
from docs.markdown import cell as _cell

__all__ = ["having", "index", "page", "rows"]

CLIENTS: Sequence[tuple[str, str, str, Mapping[str, object]]] = (
    ("the anchor's dates", "OpenSSL, Go", "trust.anchor-expiry", {}),
    (
        "the anchor's path length, name constraints and purposes, and whether it is a CA",
        "OpenSSL, Go",
        "trust.anchor-constraints",
        {},
    ),
    (
        "an anchor with a negative serial number, or with a key that Go does not implement",
        "Go",
        "trust.anchor-constraints",
        {"clients": "go"},
    ),
    ("critical key identifiers and authority information access", "Go", "ext.criticality", {}),
    ("authority key identifiers that differ from the issuer's key identifier", "OpenSSL", "chain.aki-ski", {}),
    (
        "issuer names that are encoded differently from the issuer's subject",
        "Go",
        "chain.name-chaining",
        {"byte_equal": True},
    ),
    ("a CA's extended key usage as a limit on what it issues", "OpenSSL, Go", "chain.eku-nesting", {}),
    ("anyExtendedKeyUsage in a CA: it names no purpose", "OpenSSL", "chain.eku-nesting", {"clients": "openssl"}),
    ("self-issued CAs, which count towards the path length", "Go", "chain.pathlen", {"clients": "go"}),
    (
        "critical extensions that the client does not implement, such as the TLS feature",
        "OpenSSL",
        "chain.unknown-critical",
        {"clients": "openssl"},
    ),
    ("the same, and critical name constraints for directory names", "Go", "chain.unknown-critical", {"clients": "go"}),
    ("an extension that occurs twice", "Go", "ext.duplicate", {}),
    ("a key usage in the leaf that TLS can use", "OpenSSL", "ku.handshake", {}),
    ("serverAuth in the leaf's extended key usage", "OpenSSL, browsers", "eku.server-auth", {}),
    ("clientAuth in a client's extended key usage", "OpenSSL, Go", "mtls.client-eku", {}),
    ("the host in the subjectAltName, never in the common name", "Go, browsers", "name.cn-only", {}),
    ("negative serial numbers", "Go", "serial.form", {}),
    ("SHA-1 signatures", "OpenSSL, Go, browsers", "sig.sha1", {}),
    ("short RSA keys", "OpenSSL, Go, browsers", "key.rsa-min", {}),
)
"""What clients check beyond RFC 5280: which clients, which rule covers it, with which parameter."""


def rows(rule: Rule, otherwise: str = "") -> Iterator[str]:
    """A row for what always applies, then one for each condition; `otherwise` takes the place of a missing note."""
    defaults = {p.name: shown(p.default) for p in rule.check.parameters.values()}
    for variant in variants(rule):
        said = {value.key: value.value for value in variant.values}
        values = [f"{name}: {said[name]}" for name in defaults if name in said and said[name] != defaults[name]]
        dates = [f"{key} {said[key]}" for key in ("since", "until") if key in said]
        severity = said.get("severity", "") if not variant.when else f"when {variant.when}"
        if said.get("disabled", "false") != "false":
            severity = f"off: {said['disabled']}"
        elif said.get("required") == "false":
            severity += ", not required"
        elif said.get("required") == "true":
            severity += ", required"
        cells = (severity, "; ".join(values), ", ".join(dates), said.get("note", otherwise))
        yield " | ".join(_cell(cell) for cell in cells) + " |"


def having(packs: Mapping[str, Policy], id: str) -> Iterator[tuple[str, Rule]]:
    """The policies that have a rule, and it in each."""
    return ((name, rule) for name, policy in packs.items() for rule in policy.rules if rule.id == id)


def index(packs: Mapping[str, Policy]) -> str:
    """The page that lists them."""
    lines = [
        "# Policies",
        "",
        "Each of these comes with certgate and has editions that never change: `webpki-public@2026-11-27`. The plain name",
        "means the newest one. [The policy language](../reference/policy.md) says how to write a policy of your own, on top of",
        "one of these.",
        "",
        "| policy | for | rules |",
        "|---|---|---|",
    ]
    for name, policy in packs.items():
        on = sum(1 for rule in policy.rules if rule.is_on)
        lines.append(f"| [{name}]({name}.md) | {_cell(pack_purpose(name))} | {on} |")
    return "\n".join(lines)


def page(policy: Policy) -> str:
    """The page of one."""
    editions = [name for name in shipped_packs() if name.partition("@")[0] == policy.name and "@" in name]
    newest = read_text(shipped_packs()[max(editions)])
    intro = " ".join(line.lstrip("# ") for line in newest.split("\nname:")[0].splitlines())
    extends = re.findall(r"^extends: \[?([^\]\n]+)", newest, re.MULTILINE)
    lines = [
        f"# {policy.name}",
        "",
        "[Policies](README.md)",
        "",
        intro,
        "",
        f"Editions, which never change: {', '.join(f'`{e}`' for e in editions)}.",
    ]
    if days := editions_in_force(policy.name):
        lines += ["", "With `--at`, the name stands for the edition that was in force on that day:", ""]
        lines += ["| from | edition | what changed |", "|---|---|---|"]
        lines += [f"| {day} | `{edition}` | {_change_on(day, edition)} |" for day, edition in days]
        lines.append("")
    if extends:
        parent = extends[0].partition("@")[0]
        lines.append(f"It extends [{parent}]({parent}.md).")
    lines += ["", "| rule | severity | values | effective | what is required | source of the rule |"]
    lines.append("|---|---|---|---|---|---|")
    for rule in policy.rules:
        lines += [
            f"| [{rule.id}](../rules/{rule.id}.md) | {row} {_cell(rule.check.doc.citation)} |"
            for row in rows(rule, rule.check.doc.title)
        ]
    lines += ["", "## What clients check beyond RFC 5280", "", "| what | clients | covered by |", "|---|---|---|"]
    for what, clients, id, wanted in CLIENTS:
        severity = held_as(policy, id, wanted)
        by = f"[{id}](../rules/{id}.md), {severity}" if severity else "no rule"
        lines.append(f"| {what} | {clients} | {by} |")
    if policy.name == spiffe.POLICY:
        lines += spiffe.section()
    return "\n".join([*lines, *_unseen(policy.name)])


def _change_on(day: date, edition: str) -> str:
    """What changed on the day from which an edition is in force, as the first line of its file says."""
    if not edition.endswith(day.isoformat()):
        return "at most 200 days (SC-081v3), no names in reverse zones (SC-086)"
    title = read_text(shipped_packs()[edition]).partition("\n")[0]
    return _cell(title.partition(": ")[2].removesuffix("."))


def _unseen(name: str) -> Iterator[str]:
    """What the policy's sources ask for and certgate cannot see."""
    rows = (
        line.split("\t") for line in Path(__file__).with_name("unseen.tsv").read_text(encoding="utf-8").splitlines()
    )
    found = [(what, source) for policy, what, source in rows if policy == name]
    yield from ("", "## What certgate cannot see", "")
    yield "The sources ask for this too, or users do. No rule checks it, so that *compliant* says nothing about it."
    yield from ("", "| what is not checked | source |", "|---|---|")
    yield from (f"| {_cell(what)} | {_cell(source)} |" for what, source in found)


def held_as(policy: Policy, id: str, wanted: Mapping[str, object]) -> str:
    """The severity that the policy gives the rule with these parameters; empty if it has no such rule."""
    rule = next((rule for rule in policy.rules if rule.id == id and rule.is_on), None)
    if rule is None:
        return ""
    for name, value in wanted.items():
        own = rule.parameters[name]
        if isinstance(own, bool) and own != value:
            return "warning"
        if isinstance(own, tuple) and value not in own:
            return ""
    return str(rule.severity)
