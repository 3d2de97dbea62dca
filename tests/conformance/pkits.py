"""NIST PKITS: 249 labelled paths with CRLs and policy settings."""

from collections.abc import Iterator
from csv import DictReader
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors

from certgate.policy.model import TargetRule
from certgate.policy.packs import load_policy
from certgate.trust.build import build_paths
from certgate.trust.policy_graph import PolicySettings, process_policies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.crl import Crl, parse_crl
from tests.conformance.corpus import Tally
from tests.conformance.hierarchy import Hierarchy, rules_of

HERE = Path(__file__).parent
DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
NOW = datetime(2020, 1, 1, tzinfo=UTC)
POLICIES = "2.16.840.1.101.3.2.1.48."
"""NIST-test-policy-1 is the first below this arc."""


def judge_all() -> Tally:
    """Judge every case by the pack rfc5280-path, and hold the user-constrained policy set against its label."""
    tally = Tally("NIST PKITS")
    rules = rules_of(load_policy("rfc5280-path"))
    for row in _rows():
        tally.add(row["test"], row["expected"], *_judge(row, rules))
    return tally


def _rows() -> Iterator[dict[str, str]]:
    with (HERE / "pkits.tsv").open(encoding="utf-8", newline="") as table:
        yield from DictReader(table, delimiter="\t")


def _judge(row: dict[str, str], rules: tuple[TargetRule, ...]) -> tuple[str, str]:
    root, *others = (_certificate(name) for name in row["certificates"].split())
    store = TrustStore("PKITS", (root,))
    settings, holds = _settings(row["settings"])
    parameters = {
        "initial_policies": tuple(sorted(settings.initial_policies)),
        "require_explicit": settings.require_explicit,
        "inhibit_mapping": settings.inhibit_mapping,
        "inhibit_any": settings.inhibit_any,
    }
    crls = tuple(_crl(name) for name in row["crls"].split())
    bound = {"chain.policy-valid": parameters}
    problems = Hierarchy(tuple(others), store, crls, rules, NOW, bound=bound).problems(others[-1])
    if problems:
        return "invalid", "; ".join(problems)
    (path,) = build_paths((others[-1], *others[:-1]), store).paths
    found = process_policies(path, settings).user_constrained
    return "valid" if found == holds else "wrong policies", ", ".join(sorted(found))


def _settings(words: str) -> tuple[PolicySettings, frozenset[str]]:
    """What a case starts from, and which policies must hold in the end."""
    values = dict(word.partition("=")[::2] for word in words.split())
    accept = _policies(values.get("accept", "anyPolicy"))
    settings = PolicySettings(accept, "explicit" in values, "inhibit-mapping" in values, "inhibit-any" in values)
    return settings, _policies(values.get("holds", "1"))


def _policies(text: str) -> frozenset[str]:
    names = [name for name in text.split(",") if name]
    return frozenset("2.5.29.32.0" if name == "anyPolicy" else POLICIES + name for name in names)


@cache
def _certificate(name: str) -> Certificate:
    return parse_certificate((DATA / "certs" / f"{name}.crt").read_bytes())


@cache
def _crl(name: str) -> Crl:
    return parse_crl((DATA / "crls" / f"{name}.crl").read_bytes())
