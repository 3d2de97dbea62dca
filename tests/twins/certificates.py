"""Certificates as public CAs would issue them, each with up to three changes, or with one element of its DER changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from cryptography import x509

from certgate.lab.chain import issue_public
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.model.target import Role
from tests.fuzz.mutate import restructured
from tests.twins.changes import ALL
from tests.twins.parts import AIA, CRL, DV, HOST, SERVER, SUBJECTS, key_of, name_of

__all__ = ["Sample", "samples"]

STRUCTURAL = 4
"""One sample in this many has an element of its DER changed, instead of what it says."""


@dataclass(frozen=True)
class Sample:
    """A certificate, and the role in which it is judged."""

    name: str
    der: bytes
    role: Role


def samples(count: int, seed: int, *, every: int = 1) -> Iterator[Sample]:
    """`count` certificates: each change by itself, then chosen by `seed`; of these, `every` so many-th alone."""
    random = Random(seed)
    alone = [(kind, (name,)) for kind, changes in ALL.items() for name in changes]
    for number in range(count):
        if number < len(alone):
            kind, names = alone[number]
        else:
            kind = random.choice(("leaf", "leaf", "leaf", "ca", "root"))
            names = tuple(random.sample(list(ALL[kind]), random.choice((1, 2, 2, 3))))
        if number % every:
            continue
        made = _made(kind, names, random)
        name, der = f"{kind}: {', '.join(names)}", made.der
        if number >= len(alone) and number % STRUCTURAL == 0:
            name, der = f"{name}; one element changed", restructured(random, der)
        yield Sample(name, der, {"leaf": Role.SERVER, "ca": Role.ISSUER, "root": Role.CA}[kind])


def _made(kind: str, names: tuple[str, ...], random: Random) -> Credential:
    arguments: dict[str, Any] = dict(BASES[kind]())
    if kind == "leaf":
        arguments |= random.choice((SUBJECTS["dv"], SUBJECTS["dv"], SUBJECTS["ov"], SUBJECTS["iv"], SUBJECTS["ev"]))
    for name in names:
        found = ALL[kind][name]
        change = found() if callable(found) else found
        for key, value in change.items():
            if key == "extensions":
                arguments[key] = {**arguments.get(key, {}), **value}
            elif key == "raw_extensions":
                arguments[key] = (*arguments.get(key, ()), *value)
            else:
                arguments[key] = value
    if isinstance(arguments.get("key"), str):
        arguments["key"] = key_of(arguments["key"])
    made = issue_public(3, timedelta()) if kind == "leaf" else issue
    return made(**arguments)


def _root_subject() -> x509.Name:
    return name_of(("C", "DE"), ("O", "Lab"), ("CN", "Lab Root"))


@cache
def _root() -> Credential:
    return issue(_root_subject(), ca=True, not_before=CLOCK - timedelta(days=1800), days=20 * 365)


@cache
def _issuer() -> Credential:
    return issue(**BASES["ca"]())


BASES: Mapping[str, Any] = {
    "leaf": lambda: {
        "issuer": _issuer(),
        "sans": (HOST, "example.com"),
        "extensions": {x509.AuthorityInformationAccess: (AIA, False), x509.CRLDistributionPoints: (CRL, False)},
        "not_before": datetime(2026, 5, 1, tzinfo=UTC),
    },
    "ca": lambda: {
        "issuer": _root(),
        "subject": name_of(("C", "DE"), ("O", "Lab"), ("CN", "Lab CA")),
        "ca": True,
        "path_length": 0,
        "not_before": datetime(2025, 6, 15, tzinfo=UTC),
        "days": 1000,
        "ekus": (SERVER,),
        "policies": (DV,),
        "extensions": {x509.AuthorityInformationAccess: (AIA, False), x509.CRLDistributionPoints: (CRL, False)},
    },
    "root": lambda: {
        "subject": _root_subject(),
        "ca": True,
        "not_before": datetime(2024, 1, 1, tzinfo=UTC),
        "days": 20 * 365,
    },
}
