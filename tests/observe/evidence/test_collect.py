"""Evidence is fetched in rounds, each thing once, kept while it holds; a failure is an answer too."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.lab.crl import make_crl
from certgate.lab.ocsp import issue_responder, make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.observation import Observation, Observed
from certgate.model.target import FileSource, Target
from certgate.net.errors import FetchError
from certgate.observe.evidence import cache as evidence_cache
from certgate.observe.evidence.cache import EvidenceCache, usual_folder
from certgate.observe.evidence.collect import Collector
from certgate.observe.evidence.rounds import MAX_ROUNDS, Completion
from certgate.trust.evidence_request import EvidenceRequest
from certgate.x509.certificate import parse_certificate

CA = issue("CA", ca=True)
LEAF, OTHER = (issue(name, issuer=CA, sans=["a.example"]) for name in ("leaf", "other"))
TARGET = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"))
SEEN = Observed(TARGET, (Observation(observed_at=CLOCK),))
CRL = make_crl(CA)
DAY = timedelta(days=1)


def crl_request(url="http://crl.example/1.crl"):
    leaf, issuer = parse_certificate(LEAF.der), parse_certificate(CA.der)
    return EvidenceRequest(kind=EvidenceKind.CRL, url=url, certificate=leaf, issuer=issuer)


def ocsp_request(leaf=LEAF, nonce=b""):
    certificate, issuer = parse_certificate(leaf.der), parse_certificate(CA.der)
    return EvidenceRequest(
        kind=EvidenceKind.OCSP,
        url="http://ocsp.example/",
        certificate=certificate,
        issuer=issuer,
        body=leaf.der[-20:],
        nonce=nonce,
    )


class Server:
    """Stands in for the fetcher."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def fetch(self, url, *, post=None, content_type=""):
        self.asked.append((url, post, content_type))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def once(*requests):
    """A plan that wants these and then nothing more."""
    return lambda observed: [[] if observed.observations[0].evidence else requests]


def complete(collector, *plans):
    return [Completion(plan, collector.fetch).complete(SEEN).observations[0].evidence for plan in plans]


def test_a_url_that_cannot_be_taken_apart_is_an_answer_too():
    ((evidence,),) = complete(Collector(Server(CRL)), once(crl_request("http://[crl.example/1.crl")))

    assert (evidence.content, evidence.failure) == (None, FetchFailure.BAD_URL)


def test_two_certificates_with_one_serial_are_each_answered():
    twins = [replace(ocsp_request(leaf), body=b"the same question") for leaf in (LEAF, OTHER)]

    found = complete(Collector(Server(b"answer")), *(once(twin) for twin in twins))

    assert [evidence.about for (evidence,) in found] == [twin.certificate.sha256 for twin in twins]


def test_rounds_go_on_until_nothing_is_missing():
    rounds = [[crl_request("http://crl.example/1"), ocsp_request()], [crl_request("http://crl.example/2")], []]
    server = Server(CRL)
    plan = iter(rounds)

    (evidence,) = complete(Collector(server), lambda _: [next(plan)])

    assert [(e.kind, e.source) for e in evidence] == [
        (EvidenceKind.CRL, "http://crl.example/1"),
        (EvidenceKind.OCSP, "http://ocsp.example/"),
        (EvidenceKind.CRL, "http://crl.example/2"),
    ]
    assert sorted(server.asked, key=str) == sorted(
        [
            ("http://crl.example/1", None, ""),
            ("http://ocsp.example/", LEAF.der[-20:], "application/ocsp-request"),
            ("http://crl.example/2", None, ""),
        ],
        key=str,
    )


def test_a_plan_that_never_ends_is_ended():
    (evidence,) = complete(Collector(Server(CRL)), lambda _: [[crl_request()]])

    assert len(evidence) == MAX_ROUNDS


def test_many_targets_share_one_fetch_of_one_thing():
    server = Server(CRL)

    found = complete(Collector(server), *[once(crl_request())] * 50)

    assert len(server.asked) == 1
    assert set(found) == {(Evidence(kind=EvidenceKind.CRL, source="http://crl.example/1.crl", content=CRL),)}


def test_a_response_belongs_to_the_certificate_that_was_asked_for():
    server = Server(b"response")

    (evidence,) = complete(Collector(server), once(ocsp_request(), ocsp_request(OTHER)))

    assert [e.about for e in evidence] == [parse_certificate(c.der).sha256 for c in (LEAF, OTHER)]
    assert len(server.asked) == 2


def test_a_failure_is_an_answer_shared_too():
    server = Server(FetchError(FetchFailure.STATUS, "answered with status 404"))

    found = complete(Collector(server), *[once(crl_request())] * 3)

    failed = Evidence(
        kind=EvidenceKind.CRL,
        source="http://crl.example/1.crl",
        content=None,
        failure=FetchFailure.STATUS,
        detail="answered with status 404",
    )
    assert found == [(failed,)] * 3
    assert len(server.asked) == 1


@pytest.mark.parametrize(("kind", "asked"), [(FetchFailure.TIMED_OUT, 3), (FetchFailure.STATUS, 5)])
def test_a_host_that_cannot_be_reached_is_given_up(kind, asked):
    server = Server(FetchError(kind, "no"))
    collector = Collector(server)

    found = [complete(collector, once(crl_request(f"http://crl.example/{n}")))[0][0] for n in range(5)]

    assert len(server.asked) == asked
    assert found[-1].detail == ("no" if asked == 5 else "crl.example could not be reached 3 times in a row")


def test_a_bug_is_no_evidence():
    with pytest.raises(ZeroDivisionError):
        complete(Collector(Server(ZeroDivisionError())), once(crl_request()))


# --- the cache ---


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "cache"


def cached(folder, content, now=CLOCK, request=None):
    """What a second run gets without asking: whether it had to ask, and what it got."""
    server = Server(content)
    for moment in (CLOCK, now):
        ((evidence,),) = complete(
            Collector(server, EvidenceCache(folder), now=lambda moment=moment: moment), once(request or crl_request())
        )
    assert evidence.content == content
    return len(server.asked) == 1


@pytest.mark.parametrize(("seconds", "kept"), [(-1, True), (0, False), (1, False)])
@pytest.mark.parametrize(
    ("content", "request_"),
    [
        (CRL, crl_request()),
        (make_staple(LEAF, CA), ocsp_request()),
        (make_staple(LEAF, CA, responder=issue_responder(CA)), ocsp_request()),
    ],
)
def test_a_crl_and_a_response_are_kept_until_their_next_update(folder, seconds, kept, content, request_):
    now = CLOCK + 3 * DAY + timedelta(seconds=seconds)

    assert cached(folder, content, now, request_) is kept


@pytest.mark.parametrize(
    ("content", "request_"),
    [
        (b"<html>", crl_request()),
        (make_crl(CA, signing_key=LEAF.key), crl_request()),
        (make_crl(CA, this_update=CLOCK + DAY), crl_request()),
        (b"<html>", ocsp_request()),
        (make_staple(OTHER, CA), ocsp_request()),
        (make_staple(LEAF, CA, signing_key=LEAF.key), ocsp_request()),
        (make_staple(LEAF, CA, next_update=None), ocsp_request()),
        (make_staple(LEAF, CA), ocsp_request(nonce=b"n" * 32)),
        (CA.der, replace(crl_request(), kind=EvidenceKind.ISSUER, issuer=None)),
    ],
)
def test_what_does_not_hold_or_answers_a_nonce_is_not_kept(folder, content, request_):
    assert not cached(folder, content, request=request_)
    assert not folder.exists()


def test_files_that_were_damaged_or_swapped_are_not_believed(folder):
    cache = EvidenceCache(folder)
    cache.put(crl_request(), CRL, CLOCK)
    (file,) = folder.iterdir()

    for content in (b"", CRL[:-1] + bytes([CRL[-1] ^ 1]), make_crl(CA, signing_key=LEAF.key), make_staple(LEAF, CA)):
        file.write_bytes(content)
        assert cache.get(crl_request(), CLOCK) is None
    file.write_bytes(CRL)
    assert cache.get(crl_request(), CLOCK) == CRL


def test_a_folder_that_cannot_be_used_is_as_good_as_none(folder):
    folder.parent.mkdir()
    folder.write_text("a file")
    cache = EvidenceCache(folder)

    cache.put(crl_request(), CRL, CLOCK)

    assert cache.get(crl_request(), CLOCK) is None


def test_the_folder_is_bounded_and_the_oldest_go_first(folder):
    cache = EvidenceCache(folder, max_bytes=2 * len(CRL))
    requests = [crl_request(f"http://crl.example/{n}") for n in range(3)]
    for age, request in enumerate(requests[:2]):
        cache.put(request, CRL, CLOCK)
        os.utime(cache._file(request), (1000 + age, 1000 + age))

    assert [cache.get(r, CLOCK) is not None for r in requests] == [True, True, False]
    cache.put(requests[2], CRL, CLOCK)
    assert [cache.get(r, CLOCK) is not None for r in requests] == [False, True, True]


def test_no_file_of_somebody_else_goes_from_the_folder(folder):
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_bytes(bytes(1000))
    (folder / ".bashrc").write_bytes(bytes(1000))
    EvidenceCache(folder, max_bytes=len(CRL)).put(crl_request(), CRL, CLOCK)

    assert {"thesis.txt", ".bashrc"} < {file.name for file in folder.iterdir()}
    assert EvidenceCache(folder).get(crl_request(), CLOCK) == CRL


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_what_is_no_file_or_too_large_is_not_read(folder, monkeypatch):
    cache = EvidenceCache(folder)
    cache.put(crl_request(), CRL, CLOCK)
    (file,) = folder.iterdir()
    monkeypatch.setattr(evidence_cache, "_MAX_FILE", len(CRL))
    assert cache.get(crl_request(), CLOCK) == CRL
    monkeypatch.setattr(evidence_cache, "_MAX_FILE", len(CRL) - 1)
    assert cache.get(crl_request(), CLOCK) is None
    file.unlink()
    os.mkfifo(file)
    assert cache.get(crl_request(), CLOCK) is None


def test_the_usual_folder_is_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert usual_folder() == tmp_path / "certgate"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for relative in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", relative)
        assert usual_folder() == tmp_path / "home" / ".cache" / "certgate"
