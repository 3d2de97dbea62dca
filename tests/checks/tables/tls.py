"""What a server negotiates and accepts, and which certificates it shows to whom."""

from dataclasses import replace
from datetime import timedelta

from certgate.lab.pki import CLOCK, issue
from certgate.model.observation import FailureKind
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import FileSource, Probe, Visit
from tests.checks.tables.looks import HERE, LEAF, NAME, asked, handshake, seen, silent, vantages
from tests.checks.tables.row import Table, na, nc, problem, row

SECOND = timedelta(seconds=1)
ACCEPTED, REFUSED, SILENT = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.SILENT
FALLBACK = issue("fallback.example", sans=["fallback.example"])
ENDS_NOW, ENDED = (issue(NAME, sans=[NAME], not_after=end) for end in (CLOCK, CLOCK - SECOND))
WHAT = "certificate with a key other than EC"
NO = ProbeAnswer(what=WHAT, outcome=REFUSED)
RSA = ProbeAnswer(what=WHAT, outcome=ACCEPTED, chosen="RSA")
NOT_ASKED = f"the server at {HERE} was not asked for certificates with other types of keys"
FORGOTTEN = na("it is about endpoints")


def only(negotiated, *allowed):
    return f"{negotiated} negotiated, only {', '.join(allowed)} allowed"


def accepting(rule, cause, brief):
    """Rows of a rule on what a server accepts; `cause` is what one first handshake shows."""
    questions = asked(rule)
    facts, problem_of_it = cause
    last = [(what, REFUSED, "") for what in questions[:-1]]
    return (
        row("everything refused", handshake(answers=[(what, REFUSED, "") for what in questions])),
        row("one thing accepted", handshake(answers=[*last, (questions[-1], ACCEPTED, "something old")]), "the server accepts something old, which is not allowed"),
        row("what the first handshake chose", handshake(answers=last, **facts), problem_of_it),
        row("no word", handshake(answers=[*last, (questions[-1], SILENT, "")]), nc(f"it is not known whether the server accepts {brief}: no word")),
    )  # fmt: skip


def chose(what, version, cause):
    return problem(f"the server accepts {what}, which is not allowed", key=version, cause=cause)


def strangers(probe, how, of_files):
    """Rows of a rule on clients that send no server name, or an unknown one."""

    def asking(*answers):
        return vantages(seen(LEAF), *answers)

    def get(text):
        return problem(f"a client {how} gets a certificate that {text} at {HERE}", key="leaf")

    return (
        row("the same leaf", asking(seen(LEAF, probe=probe))),
        row("an alert", asking(silent(probe=probe))),
        row("another leaf in its last second", asking(seen(ENDS_NOW, probe=probe))),
        row(
            "another leaf a second later",
            asking(seen(ENDED, probe=probe)),
            get("is valid from 2026-05-16 to 2026-06-15"),
        ),
        row("a leaf for others", asking(seen(FALLBACK, probe=probe)), get(f"is not for {NAME}: fallback.example")),
        row(
            "no answer",
            asking(silent(FailureKind.TIMED_OUT, probe=probe)),
            nc(f"the connection {how} failed: timed-out: it said no"),
        ),
        row("a file", vantages(seen(LEAF), source=FileSource("a.pem")), na(of_files)),
    )


TABLE: Table = {
    "tls.version": (
        *(row(one, handshake(version=one)) for one in ("TLSv1.2", "TLSv1.3")),
        *(row(one or "nothing", handshake(version=one), only(one, "TLSv1.2", "TLSv1.3")) for one in ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.4", "")),
        row("TLSv1.2, where TLSv1.3 is asked for", handshake(version="TLSv1.2"), only("TLSv1.2", "TLSv1.3"), allowed=("TLSv1.3",)),
        row("nothing allowed", handshake(), only("TLSv1.3", "none"), allowed=()),
    ),
    "tls.cipher": (
        *(row(one, handshake(cipher=one)) for one in ("TLS_AES_256_GCM_SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305")),
        *(row(one, handshake(cipher=one), problem(only(one, "TLS_AES_128_GCM_SHA256"), cause="tls.version"), allowed=("TLS_AES_128_GCM_SHA256",)) for one in ("AES128-SHA", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256", "NULL-MD5")),
    ),
    "tls.group": (
        *(row(one, handshake(group=one)) for one in ("X25519MLKEM768", "x25519", "X25519", "secp256r1", "secp384r1")),
        *(row(one or "nothing", handshake(group=one), only(one, "secp384r1"), allowed=("secp384r1",)) for one in ("secp521r1", "MLKEM1024", "ffdhe2048", "")),
        row("none in TLS 1.2", handshake("TLSv1.2", "DHE-RSA-AES128-GCM-SHA256", None), na("DHE-RSA-AES128-GCM-SHA256 uses no group")),
        row("none in TLS 1.3", handshake(group=None), nc("the group is not known")),
    ),
    "tls.accepts-version": accepting("tls.accepts-version", ({"version": "TLSv1"}, chose("TLSv1", "TLSv1.1", "tls.version")), "SSLv3, TLSv1, TLSv1.1"),
    "tls.accepts-cipher": accepting("tls.accepts-cipher", ({"version": "TLSv1.2", "cipher": "AES128-SHA"}, chose("AES128-SHA", "TLSv1.2", "tls.cipher")), "cipher suites of TLS 1.3 that are not allowed"),
    "tls.accepts-group": accepting("tls.accepts-group", ({"group": "X448"}, chose("X448", "TLSv1.3", "tls.group")), "groups of TLS 1.3 that are not allowed"),
    "tls.no-sni": (
        *strangers(Probe.NO_SNI, "without a server name", "the target sends no server name anyway"),
        row("an alert, where clients send no name", vantages(seen(LEAF), silent(probe=Probe.NO_SNI), visit=Visit(clients_without_sni=True)), problem("a client without a server name is refused: it said no", key="refused")),
    ),
    "tls.unknown-sni": strangers(Probe.UNKNOWN_SNI, "with an unknown server name", "it is about endpoints"),
    "tls.certificates": (
        row("no other", vantages(seen(LEAF, probes=(NO,)))),
        row("an RSA key, and no other", vantages(seen(LEAF, probes=(RSA, replace(NO, what=f"{WHAT}, RSA"))))),
        row("an RSA key, and not asked for more", vantages(seen(LEAF, probes=(RSA,))), nc(NOT_ASKED)),
        row("not asked", vantages(seen(LEAF)), nc(NOT_ASKED)),
        row("a file", vantages(seen(LEAF), source=FileSource("a.pem")), FORGOTTEN),
    ),
}  # fmt: skip
