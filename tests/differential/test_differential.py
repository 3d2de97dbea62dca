"""certgate's path validation beside OpenSSL's and Go's, on chains drawn by a seed: every difference is a documented one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from certgate.lab.pki import CLOCK
from certgate.trust.build import build_paths
from certgate.trust.problem import Kind, PathProblem
from certgate.trust.store import TrustStore
from certgate.trust.validation import best, validate
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from tests.differential import clients
from tests.differential.cases import Case, cases

OPENSSL, GO = "OpenSSL", "Go"
QUICK, LONG = 230, 3000


@dataclass(frozen=True)
class Difference:
    """Something in which a client differs, known by the faults, certgate's problems and the client's words."""

    client: str
    title: str
    what: str
    """`refuses` or `accepts`, where certgate's own path validation says otherwise."""
    applies: Callable[[Case, tuple[PathProblem, ...], str], bool]


Test = Callable[[Case, tuple[PathProblem, ...], str], bool]
SEVERAL_PATHS = (
    "cross-signed by another root", "cross-signed by another root, the first has expired", "the leaf is trusted",
    "a namesake of the intermediate is sent first", "an expired certificate of the root is trusted too",
)  # fmt: skip


def faulty(*names: str) -> Test:
    """Whether one of the chain's faults is one of these, with or without who has it."""
    return lambda case, _own, _said: any({fault, fault.rpartition(": ")[2]} & set(names) for fault in case.faults)


def says(*words: str) -> Test:
    return lambda _case, _own, said: any(word in said for word in words)


def only(*kinds: Kind, keys: tuple[str, ...] = ("",)) -> Test:
    """Whether certgate finds problems of these kinds alone, with these keys or with keys that begin so."""
    return lambda _case, own, _said: all(
        any(p.kind is kind and p.key.startswith(key) for kind, key in zip(kinds, keys, strict=True)) for p in own
    )


def several_paths(case: Case, _own: tuple[PathProblem, ...], _said: str) -> bool:
    return any(fault in SEVERAL_PATHS for fault in case.faults)


def was_read(_case: Case, _own: tuple[PathProblem, ...], said: str) -> bool:
    """Whether OpenSSL read the certificates, so that what it says is of the path that it took."""
    return "unable to load" not in said.lower()


def without_dns_name(case: Case, _own: tuple[PathProblem, ...], _said: str) -> bool:
    return any(not parse_certificate(der).dns_names for der in case.sent)


def both(*tests):
    return lambda case, own, said: all(test(case, own, said) for test in tests)


DIFFERENCES = (
    Difference(
        OPENSSL, "the second of notAfter: it is over, where RFC 5280 §4.1.2.5 includes it", "refuses",
        both(faulty("ends this second"), says("certificate has expired")),
    ),
    Difference(
        OPENSSL, "an authority key identifier that is not the issuer's: no issuer (`chain.aki-ski`)", "refuses",
        both(faulty("key identifier of another"), says("unable to get local issuer")),
    ),
    Difference(
        OPENSSL, "the leaf's key usage: it must fit the purpose (`ku.handshake`)", "refuses",
        both(faulty("leaf: cRLSign alone"), says("at 0 depth lookup: unsuitable certificate purpose")),
    ),
    Difference(
        OPENSSL, "several paths: it follows one, to the first anchor that it meets", "refuses",
        both(several_paths, was_read),
    ),
    Difference(
        OPENSSL, "name constraints where no DNS name is in the subjectAltName: the CN counts as one", "refuses",
        both(without_dns_name, says("permitted subtree violation", "excluded subtree violation")),
    ),
    Difference(
        OPENSSL, "a wildcard below which a name is excluded: it looks at the wildcard alone", "accepts",
        both(faulty("leaf: a wildcard"), faulty("excludes a name below"), only(Kind.NAMES, Kind.ANCHOR_CONSTRAINTS, keys=("leaf DNS *", "nameConstraints leaf DNS *"))),
    ),
    Difference(OPENSSL, "certificate policies: not looked at unless asked", "accepts", only(Kind.POLICIES)),
    Difference(
        OPENSSL, "an anchor with keyCertSign that lacks basicConstraints: it counts as a CA", "accepts",
        both(faulty("no basicConstraints"),
             only(Kind.ANCHOR_CONSTRAINTS, keys=("basicConstraints",))),
    ),
    Difference(
        OPENSSL, "an anchor with an extension twice that it does not read: it does not notice", "accepts",
        both(faulty("extension twice"), only(Kind.ANCHOR_CONSTRAINTS, keys=("twice 1.2.3.4",))),
    ),
    Difference(
        OPENSSL, "a leaf that is trusted itself, with an extension that cannot be read: it does not notice", "accepts",
        both(faulty("the leaf is trusted", "the leaf is its own root"), lambda _c, own, _s: all(p.not_checked for p in own)),
    ),
    Difference(
        GO, "names that differ in encoding: it compares bytes (`chain.name-chaining`)", "refuses",
        both(faulty("issuer name in capitals"), says("unknown authority")),
    ),
    Difference(
        GO, "signatures with SHA-1: refused (`sig.sha1`)", "refuses", both(faulty("SHA-1"), says("insecure algorithm")),
    ),
    Difference(
        GO, "serial numbers that are negative: refused (`serial.form`)", "refuses",
        both(faulty("leaf: negative serial", "CA: negative serial"), says("negative serial", "unknown authority")),
    ),
    Difference(
        GO, "an extension twice: refused (`ext.duplicate`)", "refuses",
        both(faulty("leaf: extension twice", "CA: extension twice"), says("duplicate extension", "unknown authority")),
    ),
    Difference(
        GO, "an anchor of version 1 that is not self-issued: it counts as a CA", "accepts",
        both(faulty("CA: version 1"), only(Kind.ANCHOR_CONSTRAINTS, keys=("basicConstraints",))),
    ),
)  # fmt: skip


def own_problems(case: Case, client: str) -> list[tuple[PathProblem, ...]]:
    """What is wrong with each path by what this client asks, the best path first; it holds if that is nothing."""
    purposes = () if case.purpose == "any" else (case.purpose,)
    try:
        sent = tuple(parse_certificate(der) for der in case.sent)
        store = TrustStore("anchors", tuple(parse_certificate(der) for der in case.anchors))
        found = [validate(path, CLOCK, purposes, clients=(client.lower(),)) for path in build_paths(sent, store).paths]
    except Malformed as error:
        return [(PathProblem(kind=Kind.ANCHOR, index=0, text=str(error), not_checked=True),)]
    return [best(found), *found]


def known(client: str, case: Case, paths: list[tuple[PathProblem, ...]], said: str) -> set[Difference]:
    """The documented differences that explain all that is wrong with one of the paths; empty if none is explained."""
    what = "accepts" if said == "ok" else "refuses"
    fitting = [d for d in DIFFERENCES if d.client == client and d.what == what]
    for own in paths:
        apart = [(problem,) for problem in own] or [()]
        explained = [next((d for d in fitting if d.applies(case, each, said)), None) for each in apart]
        if all(explained):
            return {d for d in explained if d}
    return set()


def met(client: str, drawn: list[Case], answers: list[str]) -> set[Difference]:
    """The documented differences that were met; fails for any other."""
    found, undocumented = set(), []
    for case, said in zip(drawn, answers, strict=True):
        paths = own_problems(case, client)
        own = paths[0]
        if (said == "ok") == (not own):
            continue
        differences = known(client, case, paths if own else [own], said)
        if not differences:
            undocumented.append((case.faults, case.purpose, [f"{p.kind}: {p.text}" for p in own], said))
        else:
            found |= differences
    assert undocumented == []
    return found


def by_openssl(drawn: list[Case]) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(clients.openssl, drawn))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_openssl_differs_only_where_it_is_documented():
    drawn = list(cases(1, QUICK))
    met(OPENSSL, drawn, by_openssl(drawn))


@pytest.mark.timeout(240)
def test_go_differs_only_where_it_is_documented(verifier):
    drawn = list(cases(1, QUICK))
    met(GO, drawn, clients.go(verifier, drawn))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2, 3])
def test_many_chains_meet_no_undocumented_difference_and_every_documented_one(verifier, seed):
    drawn = list(cases(seed, LONG))
    assert met(OPENSSL, drawn, by_openssl(drawn)) | met(GO, drawn, clients.go(verifier, drawn)) == set(DIFFERENCES)


def test_a_difference_that_is_not_documented_is_noticed():
    case = next(case for case in cases(1, QUICK) if case.faults == ())
    with pytest.raises(AssertionError, match="server"):
        met(GO, [case], ["refused for no reason"])


def test_the_table_in_the_docs_is_that_of_the_differences():
    lines = (Path(__file__).parents[2] / "docs" / "concepts" / "trust.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| client | on | it |") + 2
    table = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[start : start + len(DIFFERENCES)]
    ]
    assert table == [(d.client, d.title, d.what) for d in DIFFERENCES]
    assert not any(line.startswith("|") for line in lines[start + len(DIFFERENCES) :])
