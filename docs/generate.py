"""Write the reference from what is declared in the code and the shipped policies: python docs/generate.py

docs/rules.md and a page for each rule, a page for each policy, docs/commands.md.
"""

import contextlib
import io
import os
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from unittest.mock import patch

from certgate.checks.framework.catalogue import all_checks, all_rules
from certgate.checks.framework.registry import Check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.cli.main import run
from certgate.lab.scenario import Scenario
from certgate.lab.scenarios import all_scenarios
from certgate.lab.scenarios.out_of_reach import OUT_OF_REACH
from certgate.lab.scenarios.packs import ACCEPTS
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.rule_doc import RuleDoc
from certgate.policy.explain import cases, shown
from certgate.policy.model import Policy, Rule
from certgate.policy.packs import load_policy, pack_names, read_text, shipped_packs

DOCS = Path(__file__).parent
COMMANDS = (
    "scan", "check", "forecast", "explain", "rules", "policy schema", "policy show", "policy diff", "policy lint",
    "policy test", "lab list", "lab run", "lab verify",
)  # fmt: skip
MENDING = {
    "validity": "lifetime", "name": "names", "spiffe": "spiffe", "linkerd": "spiffe", "eku": "uses", "ku": "uses",
    "mtls": "uses", "bc": "uses", "ext": "uses", "policy": "uses", "cert": "uses", "serial": "uses", "key": "key",
    "pq": "key", "sig": "signature", "request": "key", "chain": "chain", "trust": "chain", "ocsp": "status",
    "rev": "status", "crl": "status", "tls": "handshake",
}  # fmt: skip
"""The section of docs/fixes.md that shows how, by family."""
PASSING: Mapping[str, str] = {
    "chain.name-constraints": "good-constrained", "chain.subca-lifetime": "good-constrained",
    "chain.readable": "unrelated-certificate",
    "ct.delivery": "good-timestamps-in-both",
    "ext.ca-consistency": "good-own-policy", "ext.criticality": "good-own-policy",
    "ext.forbidden": "good-own-policy", "ext.required": "good-own-policy", "key.curve": "good-ecdsa",
    "ku.ec-leaf": "good-ecdsa", "linkerd.identity": "good-linkerd", "name.cn-discouraged": "good-own-policy",
    "name.internal-name": "good-registered-names", "name.wildcard-public-suffix": "good-registered-names",
    "name.ov-iv-ev-subject": "good-organization", "name.reserved-ip": "good-names",
    "name.san-allowlist": "good-own-policy", "name.san-count": "good-own-policy", "name.wildcard-form": "good-names",
    "ocsp.certid": "staple-good", "ocsp.delegate-profile": "good-delegated-staple", "ocsp.fresh": "staple-good",
    "ocsp.interval": "staple-good",
    "ocsp.must-staple": "staple-good", "ocsp.next-update-bound": "staple-good", "ocsp.reason-ext": "staple-good",
    "ocsp.signature": "staple-good", "ocsp.stale": "staple-good", "ocsp.stapled": "staple-good",
    "policy.expected": "good-policy", "rev.no-rev-avail": "good-no-revocation", "rev.status": "staple-good",
    "sig.allowed": "good-own-policy",
    "sig.pkcs1-v15": "good-own-policy", "spiffe.k8s-shape": "good-service-account",
    "spiffe.signer-as-leaf": "good-service-account", "trust.anchor-expiry": "good-own-policy",
    "trust.issuer-allow": "good-own-policy", "trust.pin": "good-own-policy",
}  # fmt: skip
"""Scenarios in which a rule passes that says nothing about the good servers of its policy."""
CLIENTS = (
    ("the anchor's dates", "OpenSSL, Go", "trust.anchor-expiry", {}),
    ("the anchor's path length, name constraints, purposes, and that it is a CA", "OpenSSL, Go", "trust.anchor-constraints", {}),
    ("an anchor's negative serial number, or a key that Go has no code for", "Go", "trust.anchor-constraints", {"clients": "go"}),
    ("key identifiers and access information that are critical", "Go", "ext.criticality", {}),
    ("authority key identifiers that are not the issuer's", "OpenSSL", "chain.aki-ski", {}),
    ("issuer names in other bytes than the issuer's own", "Go", "chain.name-chaining", {"byte_equal": True}),
    ("extended key usage of CAs as a limit on what they issue", "OpenSSL, Go", "chain.eku-nesting", {}),
    ("anyExtendedKeyUsage in a CA, which names no purpose", "OpenSSL", "chain.eku-nesting", {"clients": "openssl"}),
    ("path lengths that self-issued CAs count towards", "Go", "chain.pathlen", {"clients": "go"}),
    ("critical extensions without code for them, the TLS feature among them", "OpenSSL", "chain.unknown-critical", {"clients": "openssl"}),
    ("the same, and critical name constraints of directory names", "Go", "chain.unknown-critical", {"clients": "go"}),
    ("an extension twice", "Go", "ext.duplicate", {}),
    ("a key usage of the leaf that TLS has a use for", "OpenSSL", "ku.handshake", {}),
    ("serverAuth, named in the leaf", "OpenSSL, browsers", "eku.server-auth", {}),
    ("clientAuth, named in a client's extended key usage", "OpenSSL, Go", "mtls.client-eku", {}),
    ("the host in the subjectAltName, never in the common name", "Go, browsers", "name.cn-only", {}),
    ("serial numbers that are negative", "Go", "serial.form", {}),
    ("signatures with SHA-1", "OpenSSL, Go, browsers", "sig.sha1", {}),
    ("short RSA keys", "OpenSSL, Go, browsers", "key.rsa-min", {}),
)
"""What clients check beyond RFC 5280, which of them, the rule that holds it, and with which parameter."""
_MORE = "it needs further handshakes than the one that shows the chain"
NOT_BUILT = {
    "gm.dual-cert": "GM/T and GB/T sources could not be read, and the TLS library speaks no TLCP",
    "gm.sm2-cert": "GM/T sources could not be read",
    "key.reused": "it needs the certificate that was there before: a baseline of keys",
    "pq.readiness": "an inventory over many targets, not a fact about one",
    "spiffe.bundle-empty": "a bundle without keys is refused when it is loaded: exit code 2",
    "spiffe.bundle-endpoint": "bundles are read from files, not fetched",
    "spiffe.bundle-jwks": "a malformed bundle is refused when it is loaded: exit code 2",
    "spiffe.bundle-map-dup": "duplicate keys are refused wherever a file has them: exit code 2",
    "spiffe.name-constraints": "`chain.name-constraints` evaluates URI constraints, for SPIFFE IDs too",
    "tls.all-addresses": _MORE,
    "tls.chain-bytes": "no source fixes a size",
    "tls.chain-sigalgs": _MORE,
    "tls.compression-reneg": _MORE,
    "tls.ems": "the TLS library does not tell",
    "tls.multi-cert": _MORE,
    "tls.pq-kex": "`tls.group` judges the group that was agreed on",
    "tls.sigscheme": "the TLS library does not tell",
    "tls.sni": _MORE,
    "tls.status-v2": "the TLS library does not tell",
    "trust.inventory": "an inventory is the configuration itself: labels hold owner and purpose",
    "validity.dcv-reuse": "when a CA validated a domain does not stand in the certificate",
    "validity.short-lived": "no rule of its own: `rev.pointer` and `rev.status` let short-lived certificates be",
}


def pages() -> dict[str, str]:
    """Every page of the reference, by its path below docs/."""
    packs = {name: load_policy(name) for name in pack_names()}
    scenarios = all_scenarios()
    rules = all_rules()
    found = {"rules.md": _index(list(rules.values()), packs), "commands.md": _commands()}
    found |= {f"rules/{id}.md": _rule_page(doc, all_checks().get(id), packs, scenarios) for id, doc in rules.items()}
    found |= {f"policies/{name}.md": _policy_page(policy) for name, policy in packs.items()}
    return {path: text.rstrip() + "\n" for path, text in found.items()}


def failing(rule: str, scenarios: Mapping[str, Scenario]) -> Iterator[Scenario]:
    """The scenarios that break a rule."""
    return (s for s in scenarios.values() if any(expected.rule == rule for expected in s.gives))


def passing(rule: str, scenarios: Mapping[str, Scenario]) -> Scenario | None:
    """A scenario that keeps a rule: a good server under the policy of one that breaks it."""
    if rule in PASSING:
        return scenarios[PASSING[rule]]
    broken = next(failing(rule, scenarios), None)
    good = (s for s in scenarios.values() if set(s.gives) <= {ACCEPTS} - {e for e in s.gives if e.rule == rule})
    return next((s for s in good if broken and s.policy == broken.policy), None)


def _index(rules: list[RuleDoc], packs: Mapping[str, Policy]) -> str:
    lines = [
        "# Rules",
        "",
        f"{len(rules)} rules, each with a page: what it checks, by which source, why, which policies hold it and how,",
        "an example that fails, and how to fix it. `certgate explain RULE` says the same in short.",
    ]
    for family, members in groupby(rules, key=lambda doc: doc.family):
        lines += ["", f"## {family}", "", "| rule | what it checks | policies |", "|---|---|---|"]
        for doc in members:
            holding = [f"[{name}](policies/{name}.md)" for name, rule in _in(packs, doc.id) if rule.is_on]
            some = ", ".join(holding) if len(holding) <= 3 else f"{len(holding)} of {len(packs)}"
            lines.append(f"| [{doc.id}](rules/{doc.id}.md) | {_cell(doc.title)} | {some or '–'} |")
    lines += ["", "## Not built", "", "What was considered, and why there is no rule for it.", "", "| rule | why not |"]
    lines += ["|---|---|", *(f"| {rule} | {_cell(why)} |" for rule, why in sorted(NOT_BUILT.items()))]
    return "\n".join(lines)


def _rule_page(
    doc: RuleDoc, check: Check | None, packs: Mapping[str, Policy], scenarios: Mapping[str, Scenario]
) -> str:
    lines = [f"# {doc.id}", "", f"{doc.title}.", "", "| | |", "|---|---|", f"| judges | {doc.judges} |"]
    if check and check.subject is CertificateInRole:
        lines.append(f"| in the roles | {', '.join(sorted(check.roles))} |")
    lines += [f"| source | {_cell(doc.citation)} |", ""]
    if doc.explanation:
        lines += [_cell(doc.explanation), ""]
    lines += ["## Why", "", f"{_sentence(doc.why)}", ""]
    if check and check.parameters:
        lines += ["## Parameters", "", "| parameter | type | default |", "|---|---|---|"]
        lines += [
            f"| `{p.name}` | {p.type_name} | {_cell(shown(p.default))} |" for p in check.parameters.values()
        ]
        lines.append("")
    lines += ["## Policies", "", *_policies_of(doc.id, packs), ""]
    lines += ["## Examples", "", *_examples(doc.id, scenarios), ""]
    section = MENDING.get(doc.family)
    lines += ["## How to fix it", "", _sentence(doc.fix), ""]
    if section:
        lines.append(f"[With openssl, cert-manager and step](../fixes.md#{section})")
    return "\n".join(lines)


def _policies_of(id: str, packs: Mapping[str, Policy]) -> list[str]:
    if id == TARGET_OBSERVED:
        return ["Belongs to every policy; nobody sets or leaves it out."]
    rows = []
    for name, rule in _in(packs, id):
        rows += [f"| [{name}](../policies/{name}.md) | {row}" for row in _said(rule)]
    if not rows:
        return ["No shipped policy holds this rule; name it in one of your own."]
    return ["| policy | severity | values | effective | what the source asks |", "|---|---|---|---|---|", *rows]


def _said(rule: Rule, otherwise: str = "") -> Iterator[str]:
    """A row for what holds everywhere, then one for each condition; `otherwise` stands where there is no note."""
    defaults = {p.name: shown(p.default) for p in rule.check.parameters.values()}
    for case in cases(rule):
        said = {s.key: s.value for s in case.said}
        values = [f"{name}: {said[name]}" for name in defaults if name in said and said[name] != defaults[name]]
        dates = [f"{key} {said[key]}" for key in ("since", "until") if key in said]
        severity = said.get("severity", "") if not case.when else f"when {case.when}"
        if said.get("disabled", "false") != "false":
            severity = f"off: {said['disabled']}"
        elif said.get("required") == "false":
            severity += ", not required"
        elif said.get("required") == "true":
            severity += ", required"
        cells = (severity, "; ".join(values), ", ".join(dates), said.get("note", otherwise))
        yield " | ".join(_cell(cell) for cell in cells) + " |"


def _in(packs: Mapping[str, Policy], id: str) -> Iterator[tuple[str, Rule]]:
    return ((name, rule) for name, policy in packs.items() for rule in policy.rules if rule.id == id)


def _examples(rule: str, scenarios: Mapping[str, Scenario]) -> list[str]:
    broken = list(failing(rule, scenarios))
    if not broken:
        return [f"No server of the lab breaks it: {OUT_OF_REACH[rule]}."]
    lines = ["| it | scenario of the lab | what is served | policy |", "|---|---|---|---|"]
    for scenario in broken[:5]:
        found = sorted({e.outcome.value for e in scenario.gives if e.rule == rule})
        lines.append(f"| {', '.join(found)} | `{scenario.name}` | {_cell(scenario.title)} | {_policy_of(scenario)} |")
    kept = passing(rule, scenarios)
    if kept:
        lines.append(f"| pass | `{kept.name}` | {_cell(kept.title)} | {_policy_of(kept)} |")
    return [*lines, "", f"`certgate lab run {broken[0].name}` serves it."]


def _policy_of(scenario: Scenario) -> str:
    return scenario.policy + (f" and {', '.join(scenario.adds)}" if scenario.adds else "")


def _policy_page(policy: Policy) -> str:
    editions = [name for name in shipped_packs() if name.partition("@")[0] == policy.name and "@" in name]
    newest = read_text(shipped_packs()[max(editions)])
    intro = " ".join(line.lstrip("# ") for line in newest.split("\nname:")[0].splitlines())
    extends = re.findall(r"^extends: \[?([^\]\n]+)", newest, re.MULTILINE)
    lines = [f"# {policy.name}", "", intro, "", f"Editions that never change: {', '.join(f'`{e}`' for e in editions)}."]
    if extends:
        parent = extends[0].partition("@")[0]
        lines.append(f"It extends [{parent}]({parent}.md).")
    lines += ["", "Vocabulary in “quotation marks” are the source's own.", ""]
    lines.append("| rule | severity | values | effective | what is asked | source of the rule |")
    lines.append("|---|---|---|---|---|---|")
    for rule in policy.rules:
        lines += [
            f"| [{rule.id}](../rules/{rule.id}.md) | {row} {_cell(rule.check.doc.citation)} |"
            for row in _said(rule, rule.check.doc.title)
        ]
    lines += ["", "## What clients check beyond RFC 5280", "", "| what | clients | held by |", "|---|---|---|"]
    for what, clients, id, wanted in CLIENTS:
        severity = held_as(policy, id, wanted)
        by = f"[{id}](../rules/{id}.md), {severity}" if severity else "no rule"
        lines.append(f"| {what} | {clients} | {by} |")
    return "\n".join(lines)


def held_as(policy: Policy, id: str, wanted: Mapping[str, object]) -> str:
    """As what the policy holds the rule with these parameters; empty if it does not."""
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


def _commands() -> str:
    lines = ["# Commands", "", "What `certgate COMMAND --help` prints. Exit codes are the same for all."]
    for command in ("", *COMMANDS):
        title = f"certgate {command}".strip()
        lines += ["", f"## {title}", "", "```text", _help(command.split()), "```"]
    return "\n".join(lines)


def _help(words: list[str]) -> str:
    plain = {"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1", "TERM": "dumb"}
    forcing = ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS")
    printed = io.StringIO()
    with patch.dict(os.environ, plain), contextlib.redirect_stdout(printed):
        for name in forcing:
            os.environ.pop(name, None)
        run([*words, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().strip("\n").splitlines()).strip("\n")


def _cell(text: str) -> str:
    """Text for Markdown: no pipes of a table, no tags, no emphasis by accident."""
    return re.sub(r"([|<>*_])", r"\\\1", text) if "`" not in text else text.replace("|", "\\|")


def _sentence(text: str) -> str:
    return _cell(text[:1].upper() + text[1:])


if __name__ == "__main__":
    written = pages()
    for old in [*DOCS.glob("rules/*.md"), *DOCS.glob("policies/*.md")]:
        if str(old.relative_to(DOCS)) not in written:
            old.unlink()
    for path, text in written.items():
        (DOCS / path).parent.mkdir(exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")
