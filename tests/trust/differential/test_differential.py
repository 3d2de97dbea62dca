"""certgate's path validation beside OpenSSL's and Go's, on chains drawn by a seed: every difference is a documented one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest

from certgate.lab.pki import CLOCK
from certgate.trust.build import build_paths
from certgate.trust.problem import Kind, PathProblem
from certgate.trust.store import TrustStore
from certgate.trust.validation import best, validate
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from tests.trust.differential import clients
from tests.trust.differential.cases import Case, cases

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


def faulty(*names: str) -> Callable[[Case, tuple[PathProblem, ...], str], bool]:
    """Whether one of the chain's faults is one of these, wherever it is."""
    return lambda case, _own, _said: any(fault.rpartition(": ")[2] in names for fault in case.faults)


def says(*words: str) -> Callable[[Case, tuple[PathProblem, ...], str], bool]:
    return lambda _case, _own, said: any(word in said for word in words)


def only(*kinds: Kind, key: str = "") -> Callable[[Case, tuple[PathProblem, ...], str], bool]:
    return lambda _case, own, _said: all(p.kind in kinds and p.key.startswith(key) for p in own)


def both(*tests):
    return lambda case, own, said: all(test(case, own, said) for test in tests)


DIFFERENCES = (
    Difference(
        OPENSSL, "the second of notAfter: it is over, where RFC 5280 §4.1.2.5 includes it", "refuses",
        both(faulty("ends this second"), says("expired")),
    ),
    Difference(
        OPENSSL, "an authority key identifier that is not the issuer's: no issuer (`chain.aki-ski`)", "refuses",
        both(faulty("key identifier of another"), says("unable to get")),
    ),
    Difference(
        OPENSSL, "anyExtendedKeyUsage: it does not stand for a purpose (`eku.server-auth`, `eku.subca`)", "refuses",
        both(faulty("for any purpose", "for any purpose and servers"), says("unsuitable certificate purpose")),
    ),
    Difference(
        OPENSSL, "the leaf's key usage: it must fit the purpose (the rules `ku.*`)", "refuses",
        both(faulty("cRLSign alone"), says("unsuitable certificate purpose")),
    ),
    Difference(
        OPENSSL, "several paths: it follows one, to the first anchor that it meets", "refuses",
        faulty("cross-signed by another root", "cross-signed by another root, the first has expired",
               "the leaf is trusted",
            "a namesake of the intermediate is sent first", "an expired certificate of the root is trusted too"),
    ),
    Difference(
        OPENSSL, "name constraints where no DNS name is in the subjectAltName: the CN counts as one", "refuses",
        says("permitted subtree violation", "excluded subtree violation"),
    ),
    Difference(
        OPENSSL, "critical TLS feature: it has no code for it", "refuses",
        both(faulty("TLS feature, critical"), says("unhandled critical extension")),
    ),
    Difference(OPENSSL, "certificate policies: not looked at unless asked", "accepts", only(Kind.POLICIES)),
    Difference(
        OPENSSL, "an anchor with keyCertSign that lacks basicConstraints: it counts as a CA", "accepts",
        both(faulty("no basicConstraints"), only(Kind.ANCHOR_CONSTRAINTS, Kind.POLICIES)),
    ),
    Difference(
        OPENSSL,
        "an anchor with an extension twice that it does not read: it does not notice",
        "accepts",
        faulty("extension twice"),
    ),
    Difference(
        OPENSSL,
        "a leaf that is trusted itself, with an extension that cannot be read: it does not notice",
        "accepts",
        lambda _case, own, _said: all(p.undecided for p in own),
    ),
    Difference(
        GO, "names that differ in encoding: it compares bytes (`chain.name-chaining`)", "refuses",
        faulty("issuer name in capitals"),
    ),
    Difference(GO, "signatures with SHA-1: refused (`sig.sha1`)", "refuses", faulty("SHA-1")),
    Difference(GO, "serial numbers that are negative: refused (`serial.form`)", "refuses", faulty("negative serial")),
    Difference(GO, "an extension twice: refused (`ext.duplicate`)", "refuses", faulty("extension twice")),
    Difference(
        GO, "critical name constraints of directory names: it has no code for them", "refuses",
        both(faulty("permits a directory name", "excludes a directory name"), says("unhandled critical extension")),
    ),
    Difference(GO, "critical TLS feature: it has no code for it", "refuses", faulty("TLS feature, critical")),
    Difference(
        GO, "self-issued intermediates: they count towards path lengths", "refuses",
        both(faulty("a self-issued intermediate"), says("too many intermediates")),
    ),
    Difference(
        GO, "an anchor of version 1 that is not self-issued: it counts as a CA", "accepts",
        both(faulty("version 1"), only(Kind.ANCHOR_CONSTRAINTS, key="basicConstraints")),
    ),
)  # fmt: skip


def own_problems(case: Case) -> tuple[PathProblem, ...]:
    """What is wrong with the best path, in the eyes of clients; empty if one holds."""
    purposes = () if case.purpose == "any" else (case.purpose,)
    try:
        sent = tuple(parse_certificate(der) for der in case.sent)
        store = TrustStore("anchors", tuple(parse_certificate(der) for der in case.anchors))
        return best(validate(path, CLOCK, purposes) for path in build_paths(sent, store).paths)
    except Malformed as error:
        return (PathProblem(Kind.ANCHOR, 0, str(error), undecided=True),)


def known(client: str, case: Case, own: tuple[PathProblem, ...], said: str) -> Difference | None:
    what = "accepts" if said == "ok" else "refuses"
    fitting = (d for d in DIFFERENCES if d.client == client and d.what == what)
    return next((d for d in fitting if d.applies(case, own, said)), None)


def met(client: str, drawn: list[Case], answers: list[str]) -> set[Difference]:
    """The documented differences that were met; fails for any other."""
    found, undocumented = set(), []
    for case, said in zip(drawn, answers, strict=True):
        own = own_problems(case)
        if (said == "ok") == (not own):
            continue
        difference = known(client, case, own, said)
        if difference is None:
            undocumented.append((case.faults, case.purpose, [f"{p.kind}: {p.text}" for p in own], said))
        else:
            found.add(difference)
    assert undocumented == []
    return found


def by_openssl(drawn: list[Case]) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(clients.openssl, drawn))


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    if which("go") is None:
        pytest.skip("Go is not installed")
    return clients.build_go(tmp_path_factory.mktemp("go"))


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
    lines = (Path(__file__).parents[3] / "docs" / "trust.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| client | on | it |") + 2
    table = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[start : start + len(DIFFERENCES)]
    ]
    assert table == [(d.client, d.title, d.what) for d in DIFFERENCES]
    assert not any(line.startswith("|") for line in lines[start + len(DIFFERENCES) :])
