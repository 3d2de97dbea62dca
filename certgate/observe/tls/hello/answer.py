"""What a server's reply means for a question. Pure."""

from functools import lru_cache

from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.question import About, Question
from certgate.model.tls_names import TLS_1_3, VERSIONS, cipher_name, group_name
from certgate.observe.tls.hello.reply import Alert, Reply, Unreadable
from certgate.observe.tls.hello.server_hello import ServerHello

__all__ = ["answer_to"]

_OTHER_REASONS = {
    50: "decode error",
    109: "missing extension",
    110: "unsupported extension",
    112: "unrecognized name",
    120: "no application protocol",
}
"""Alerts by which a server refuses something else than what is asked about."""


@lru_cache(maxsize=1024)
def answer_to(question: Question, reply: Reply, further_group: int | None = None) -> ProbeAnswer:
    """The answer; `further_group` was offered in addition to the question's own."""
    what = question.what
    match reply:
        case Unreadable(why):
            return ProbeAnswer(what=what, outcome=ProbeOutcome.FAILED, detail=why)
        case Alert(number) if number in _OTHER_REASONS:
            detail = f"it sent the alert '{_OTHER_REASONS[number]}', which says nothing about what was offered"
            return ProbeAnswer(what=what, outcome=ProbeOutcome.FAILED, alert=number, detail=detail)
        case Alert(number):
            return ProbeAnswer(what=what, outcome=ProbeOutcome.REFUSED, alert=number)
        case ServerHello():
            return _chosen(question, reply, further_group)


def _chosen(question: Question, hello: ServerHello, further_group: int | None) -> ProbeAnswer:
    what = question.what
    offered = {*question.groups, further_group}
    is_offered = hello.version == TLS_1_3 if question.version == TLS_1_3 else hello.version <= question.version
    name = VERSIONS.get(hello.version, f"0x{hello.version:04X}")
    if not is_offered or hello.version not in VERSIONS:
        return _strange(what, name)
    if hello.suite not in question.suites:
        return _strange(what, cipher_name(hello.suite))
    if hello.group is not None and hello.group not in offered:
        return _strange(what, group_name(hello.group))
    number: int | None = hello.version
    if question.about is About.CIPHER:
        number, name = hello.suite, cipher_name(hello.suite)
    elif question.about is About.GROUP:
        number, name = hello.group, group_name(hello.group or 0)
    if number is None:
        return ProbeAnswer(what=what, outcome=ProbeOutcome.FAILED, detail="it did not name the group that it chose")
    if number in question.wanted and not (question.at_once and hello.is_retry):
        return ProbeAnswer(what=what, outcome=ProbeOutcome.ACCEPTED, chosen=name)
    detail = f"it asked for another key share, for {name}" if number in question.wanted else f"it chose {name}"
    return ProbeAnswer(what=what, outcome=ProbeOutcome.REFUSED, chosen=name, detail=detail)


def _strange(what: str, name: str) -> ProbeAnswer:
    return ProbeAnswer(what=what, outcome=ProbeOutcome.FAILED, detail=f"it chose {name}, which was not offered")
