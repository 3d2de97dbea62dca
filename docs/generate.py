"""Write the reference from the code and the shipped policies: python -m docs.generate

It writes docs/rules/, docs/policies/ and docs/reference/commands/.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from certgate.checks.framework.catalogue import all_checks, all_rules
from certgate.checks.framework.registry import Check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.lab.file_example import FileExample
from certgate.lab.file_examples import all_examples
from certgate.lab.scenario import Scenario
from certgate.lab.scenarios import all_scenarios
from certgate.lab.scenarios.out_of_reach import OUT_OF_REACH
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.rule_doc import RuleDoc
from certgate.policy.explain import shown
from certgate.policy.model import Policy
from certgate.policy.packs import load_policy, pack_names
from certgate.reports.rule_page import without_policy
from docs import commands, gallery, policy_pages
from docs.families import SUBJECTS
from docs.markdown import cell as _cell

DOCS = Path(__file__).parent
FIXES = {
    "validity": "lifetime", "name": "names", "spiffe": "spiffe", "linkerd": "spiffe", "eku": "usage", "ku": "usage",
    "ev": "names", "mtls": "usage", "bc": "usage", "ext": "usage", "policy": "usage", "cert": "usage", "serial": "usage", "key": "key",
    "pq": "key", "sig": "signature", "request": "key", "chain": "chain", "trust": "chain", "ocsp": "revocation",
    "rev": "revocation", "crl": "revocation", "tls": "handshake", "starttls": "handshake", "history": "lifetime",
    "edge": "origin",
}  # fmt: skip
"""The section of docs/troubleshooting/fixes.md for each family of rules."""
PASSING: Mapping[str, str] = {
    "chain.name-constraints": "good-constrained", "chain.subca-lifetime": "good-constrained",
    "chain.readable": "unrelated-certificate",
    "edge.expiry": "good-origin", "edge.names": "good-origin", "edge.origin-trusted": "good-origin", "edge.origin-closed": "good-closed-origin",
    "edge.same": "good-origin", "edge.version": "good-origin",
    "ct.poison-form": "precertificate", "ct.precert-scts": "precertificate",
    "ev.business-category": "good-extended", "ev.dns-names-only": "good-extended",
    "ev.jurisdiction": "good-extended", "ev.organization-identifier": "good-extended",
    "ev.organization-identifier-extension": "good-extended", "ev.registration-match": "good-commercial-register",
    "ev.wildcard-forbidden": "good-extended", "ext.name-constraints-reserved": "good-constrained",
    "ext.name-constraints-types": "good-constrained", "name.email-in-san": "good-mail-address",
    "name.idn-normalized": "good-alternative-names", "name.issuer-alt-name": "good-alternative-names",
    "name.onion": "good-alternative-names", "policy.mapping-asserted": "good-mapping",
    "policy.mapping-critical": "good-mapping",
    "spiffe.bundle-fresh": "good-svid-bundle",
    "starttls.injection": "good-starttls-smtp",
    "tls.certificates": "good-two-key-types",
    "tls.no-sni": "good-known-names-only", "tls.unknown-sni": "good-known-names-only",
    "tls.accepts-version": "good-accepts", "tls.accepts-cipher": "good-accepts", "tls.accepts-group": "good-accepts",
    "pq.group-offered": "good-post-quantum", "pq.group-preferred": "good-post-quantum",
    "pq.draft-group": "good-post-quantum", "pq.classical-fallback": "good-post-quantum-alone",
    "ct.delivery": "good-timestamps-in-both",
    "ext.ca-consistency": "good-own-policy", "ext.criticality": "good-own-policy",
    "ext.forbidden": "good-own-policy", "ext.required": "good-own-policy", "key.curve": "good-ecdsa",
    "mtls.ca-names": "", "mtls.required": "mtls-enforced", "mtls.resumption-bound": "mtls-enforced",
    "mtls.verifies-chain": "mtls-enforced", "mtls.verifies-identity": "mtls-enforced",
    "mtls.verifies-time": "mtls-enforced",
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
"""Scenarios in which a rule passes that does not apply to the good servers of its policy; empty if it passes nowhere."""
_MORE = "it needs more handshakes than the first one"
NOT_BUILT = {
    "gm.dual-cert": "the GM/T and GB/T sources were not available, and the TLS library does not support TLCP",
    "gm.sm2-cert": "the GM/T sources were not available",
    "key.reused": "it needs the previous certificate: a baseline of keys",
    "pq.readiness": "it is an inventory of many targets, not a fact about one",
    "spiffe.bundle-empty": "a bundle without keys is refused when it is loaded: exit code 2",
    "spiffe.bundle-endpoint": "bundles are read from files, not fetched",
    "spiffe.bundle-jwks": "a malformed bundle is refused when it is loaded: exit code 2",
    "spiffe.bundle-map-dup": "duplicate keys in any file are refused: exit code 2",
    "spiffe.name-constraints": "`chain.name-constraints` evaluates URI constraints, for SPIFFE IDs too",
    "tls.all-addresses": _MORE,
    "tls.chain-bytes": "no source sets a size",
    "tls.chain-sigalgs": _MORE,
    "tls.compression-reneg": _MORE,
    "tls.ems": "the TLS library does not report it",
    "tls.pq-kex": "`tls.group` covers the negotiated group",
    "tls.sigscheme": "the TLS library does not report it",
    "tls.sni": _MORE,
    "tls.status-v2": "the TLS library does not report it",
    "trust.inventory": "the configuration is the inventory: labels hold owner and purpose",
    "validity.dcv-reuse": "the certificate does not say when the CA validated the domain",
    "validity.short-lived": "`rev.pointer` and `rev.status` already exempt short-lived certificates",
}


def pages() -> dict[str, str]:
    """Every page of the reference, by its path below docs/."""
    packs = {name: load_policy(name) for name in pack_names()}
    scenarios = all_scenarios()
    rules = all_rules()
    found = {
        "rules/README.md": _index(rules),
        "policies/README.md": policy_pages.index(packs),
        gallery.PAGE: gallery.page(),
        **commands.pages(),
    }
    found |= {
        f"rules/{family}.md": _family_page(family, subject, rules, packs)
        for subject, families in SUBJECTS.items()
        for family in families
    }
    found |= {f"rules/{id}.md": _rule_page(doc, all_checks().get(id), packs, scenarios) for id, doc in rules.items()}
    found |= {f"policies/{name}.md": policy_pages.page(policy) for name, policy in packs.items()}
    return {path: text.rstrip() + "\n" for path, text in found.items()}


def failing(rule: str, scenarios: Mapping[str, Scenario]) -> Iterator[Scenario]:
    """The scenarios that break a rule."""
    return (s for s in scenarios.values() if any(expected.rule == rule for expected in s.gives))


def passing(rule: str, scenarios: Mapping[str, Scenario]) -> Scenario | None:
    """A scenario that passes a rule: a good server under the policy of one that breaks it."""
    if rule in PASSING:
        return scenarios[PASSING[rule]] if PASSING[rule] else None
    broken = next(failing(rule, scenarios), None)
    good = (s for s in scenarios.values() if not s.gives)
    return next((s for s in good if broken and s.policy == broken.policy), None)


def _index(rules: Mapping[str, RuleDoc]) -> str:
    lines = [
        "# Rules",
        "",
        f"{len(rules)} rules in {sum(map(len, SUBJECTS.values()))} families. The page of each rule says what it checks, by which",
        "source and why, which policies use it with which values, which example fails, and how to fix it.",
        "`certgate explain RULE` prints a short version.",
    ]
    for subject, families in SUBJECTS.items():
        lines += ["", f"## {subject}", "", "| family | what it is about | rules |", "|---|---|---|"]
        for family, about in families.items():
            lines.append(f"| [{family}]({family}.md) | {about} | {len(_members(family, rules))} |")
    lines += [
        "",
        "## Not built",
        "",
        "Rules that were considered, and why they do not exist.",
        "",
        "| rule | why not |",
    ]
    lines += ["|---|---|", *(f"| {rule} | {_cell(why)} |" for rule, why in sorted(NOT_BUILT.items()))]
    return "\n".join(lines)


def _members(family: str, rules: Mapping[str, RuleDoc]) -> list[RuleDoc]:
    return [doc for doc in rules.values() if doc.family == family]


def _family_page(family: str, subject: str, rules: Mapping[str, RuleDoc], packs: Mapping[str, Policy]) -> str:
    about = SUBJECTS[subject][family]
    lines = [f"# {family}: {about}", "", f"[Rules](README.md) · {subject}", ""]
    lines += ["| rule | what it checks | policies |", "|---|---|---|"]
    for doc in _members(family, rules):
        holding = [
            f"[{name}](../policies/{name}.md)" for name, rule in policy_pages.having(packs, doc.id) if rule.is_on
        ]
        some = ", ".join(holding) if len(holding) <= 3 else f"{len(holding)} of {len(packs)}"
        lines.append(f"| [{doc.id}]({doc.id}.md) | {_cell(doc.title)} | {some or '–'} |")
    return "\n".join(lines)


def _rule_page(
    doc: RuleDoc, check: Check | None, packs: Mapping[str, Policy], scenarios: Mapping[str, Scenario]
) -> str:
    lines = [f"# {doc.id}", "", f"[Rules](README.md) · [{doc.family}]({doc.family}.md)", "", f"{doc.title}.", ""]
    lines += ["| what | value |", "|---|---|", f"| judges | {doc.judges} |"]
    if check and check.subject is CertificateInRole:
        lines.append(f"| in the roles | {', '.join(sorted(check.roles))} |")
    lines += [f"| source | {_cell(doc.citation)} |", ""]
    if doc.explanation:
        lines += [_cell(doc.explanation), ""]
    lines += ["## Why", "", f"{_sentence(doc.why)}", ""]
    if check and check.parameters:
        lines += ["## Parameters", "", "| parameter | type | default |", "|---|---|---|"]
        lines += [f"| `{p.name}` | {p.type_name} | {_cell(shown(p.default))} |" for p in check.parameters.values()]
        lines.append("")
    lines += ["## Policies", "", *_policies_of(doc.id, check, packs), ""]
    lines += ["## Examples", "", *_examples(doc.id, scenarios), ""]
    section = FIXES.get(doc.family)
    lines += ["## How to fix it", "", _sentence(doc.fix), ""]
    if section:
        lines.append(f"[With openssl, cert-manager and step](../troubleshooting/fixes.md#{section})")
    return "\n".join(lines)


def _policies_of(id: str, check: Check | None, packs: Mapping[str, Policy]) -> list[str]:
    if id == TARGET_OBSERVED:
        return [without_policy(id, check)]
    rows = []
    for name, rule in policy_pages.having(packs, id):
        rows += [f"| [{name}](../policies/{name}.md) | {row}" for row in policy_pages.rows(rule)]
    if not rows:
        return [without_policy(id, check)]
    return ["| policy | severity | values | effective | note |", "|---|---|---|---|---|", *rows]


def _examples(rule: str, scenarios: Mapping[str, Scenario]) -> list[str]:
    broken = list(failing(rule, scenarios))
    if not broken:
        return [f"No server in the lab breaks it: {OUT_OF_REACH[rule]}.", *_file_examples(rule)]
    lines = ["| outcome | lab scenario | what is served | policy |", "|---|---|---|---|"]
    for scenario in broken[:5]:
        found = sorted({e.outcome.value for e in scenario.gives if e.rule == rule})
        lines.append(f"| {', '.join(found)} | `{scenario.name}` | {_cell(scenario.title)} | {_policy_of(scenario)} |")
    kept = passing(rule, scenarios)
    if kept:
        lines.append(f"| pass | `{kept.name}` | {_cell(kept.title)} | {_policy_of(kept)} |")
    return [*lines, "", f"`certgate lab run {broken[0].name}` starts the first one."]


def shown_by_files(rule: str) -> tuple[list[FileExample], list[FileExample]]:
    """The file examples that break a rule, and those that show a pass."""
    known = all_examples().values()
    return [e for e in known if any(g.rule == rule for g in e.gives)], [e for e in known if rule in e.shows]


def _file_examples(rule: str) -> Iterator[str]:
    broken, kept = shown_by_files(rule)
    if not broken:
        return
    yield from ("", "| outcome | file example | what is in the file | policy |", "|---|---|---|---|")
    for example in broken[:5]:
        found = sorted({e.outcome.value for e in example.gives if e.rule == rule})
        yield f"| {', '.join(found)} | `{example.name}` | {_cell(example.title)} | {_policy_of(example)} |"
    for example in kept[:1]:
        yield f"| pass | `{example.name}` | {_cell(example.title)} | {_policy_of(example)} |"
    yield from ("", f"`certgate lab files examples {broken[0].name}` writes the first one.")


def _policy_of(scenario: Scenario | FileExample) -> str:
    return scenario.policy + (f" and {', '.join(scenario.adds)}" if scenario.adds else "")


def _sentence(text: str) -> str:
    return _cell(text[:1].upper() + text[1:])


if __name__ == "__main__":
    written = pages()
    for old in [
        path for folder in ("rules", "policies", "reference/commands") for path in (DOCS / folder).glob("*.md")
    ]:
        if str(old.relative_to(DOCS)) not in written:
            old.unlink()
    for path, text in written.items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")
