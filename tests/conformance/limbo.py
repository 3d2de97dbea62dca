"""x509-limbo: labelled hierarchies, read in place from ../shared/corpora."""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from certgate.model.target import Role
from certgate.policy.model import TargetRule
from certgate.policy.packs import load_policy
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.crl import parse_crl
from certgate.x509.errors import Malformed
from tests.conformance.corpus import Tally
from tests.conformance.hierarchy import Hierarchy, rules_of

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / ".." / "shared" / "corpora" / "limbo.json"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""For cases that name no time. Times count in whole seconds, as in certificates."""
POLICIES = {
    "rfc5280::": ("limbo-rfc5280.yaml", "limbo-root-rfc5280.yaml"),
    "webpki::cn::": ("limbo-webpki-cn.yaml", "limbo-root.yaml"),
    "webpki::": ("limbo-webpki.yaml", "limbo-root.yaml"),
    "online::": ("limbo-webpki.yaml", "limbo-root.yaml"),
    "": ("limbo-path.yaml", ""),
}
"""For the beginning of a case's name, the policies of the chain and of the anchor's own certificate, if any."""
MISBUILT = {
    "rfc5280::ski::critical-ski": "the case itself is wrong (x509-limbo issue 634)",
    "rfc5280::intermediate-ca-missing-basic-constraints": "the case itself is wrong (x509-limbo issue 634)",
    "rfc5280::ica-ku-keycertsign": "the case itself is wrong (x509-limbo issue 634)",
}

EXPLAINED = {
    "webpki::san::public-suffix-private-namespace-wildcard-san": (
        "the suffix is in the list's private section, where CA/B BR §3.2.2.6 allows its owner a wildcard"
    ),
    "webpki::malformed-aia": "rev.aia-form would find it, but also requires URLs that the other cases leave out",
}
"""Why certgate judges otherwise than the label."""


def judge_all() -> Tally:
    """Judge every case by the policies beside this file; the anchor's own certificate too."""
    tally = Tally("x509-limbo", explained=EXPLAINED)
    if not CORPUS.is_file():
        tally.missing = f"there is no {CORPUS.parent.name}/{CORPUS.name} in the folder shared beside the checkout"
        return tally
    for case in json.loads(CORPUS.read_text(encoding="utf-8"))["testcases"]:
        if case["id"] in MISBUILT:
            tally.skipped[case["id"]] = MISBUILT[case["id"]]
            continue
        problems = _problems(case)
        tally.add(case["id"], case["expected_result"], "FAILURE" if problems else "SUCCESS", "; ".join(problems))
    return tally


def _problems(case: Mapping[str, Any]) -> list[str]:
    """Why certgate says no; empty if it says yes."""
    chain, root = next(v for k, v in POLICIES.items() if case["id"].startswith(k))
    try:
        leaf, *others = (_certificate(pem) for pem in (case["peer_certificate"], *case["untrusted_intermediates"]))
        store = TrustStore("limbo", tuple(_certificate(pem) for pem in case["trusted_certs"]))
        crls = tuple(parse_crl(_der(pem)) for pem in case["crls"])
    except Malformed as error:
        return [str(error)]
    unfit = [crl.profile_problem for crl in crls if crl.profile_problem]
    if unfit:
        return unfit
    hierarchy = Hierarchy(
        (leaf, *others),
        store,
        crls,
        _rules(chain),
        datetime.fromisoformat(case["validation_time"]).replace(microsecond=0) if case["validation_time"] else NOW,
        Role.CLIENT if case["validation_kind"] == "CLIENT" else Role.SERVER,
        dict(_bound(case)),
        _rules(root) if root else (),
    )
    return hierarchy.problems(leaf)


def _bound(case: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "chain.eku-nesting", {"purposes": (case["validation_kind"].lower(),)}
    peer = case["expected_peer_name"]
    if peer and peer["kind"] in {"DNS", "IP"}:
        yield "name.host-match", {"names": (peer["value"],)}
    if case["max_chain_depth"] is not None:
        yield "chain.depth", {"max_intermediates": case["max_chain_depth"]}


@cache
def _rules(policy: str) -> tuple[TargetRule, ...]:
    return rules_of(load_policy(policy, HERE))


def _certificate(pem: str) -> Certificate:
    return parse_certificate(_der(pem))


def _der(pem: str) -> bytes:
    return b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))
