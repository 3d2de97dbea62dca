"""The header of a journal: which run it belongs to, and everything by which that run judges."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.shard import WHOLE, Shard
from certgate.observe.journal.kept_store import certificates_of, encoded, store_members, store_of
from certgate.observe.saved.members import Members, Wrong
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

__all__ = ["FORMAT", "VERSION", "JournalHeader", "JudgedBy", "KeptPolicy", "KeptStore", "header_text"]

FORMAT = "certgate-journal"
VERSION = 1
"""Increases with every change: an unknown member could change a verdict, so a reader must refuse it."""
_SHA256 = re.compile("[0-9a-f]{64}")


@frozen(slots=True)
class KeptPolicy:
    """A policy with the texts of its own files by path; those of certgate are known by their digest alone."""

    sha256: str
    texts: Mapping[str, str] = field(default_factory=dict)


@frozen(slots=True)
class KeptStore:
    """A trust store. Its content is None if it is Mozilla's, which every certgate has."""

    sha256: str
    content: TrustStore | None = None


@frozen(kw_only=True)
class JudgedBy:
    """Everything by which a run judges, except its exceptions."""

    fail_on: Severity = Severity.ERROR
    at: datetime | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    matrix: tuple[str, ...] = ()
    resolve: tuple[str, ...] = ()
    denied_keys: tuple[str, ...] = ()
    ct_logs: str = ""
    """The text of the list; empty for none."""
    policies: Mapping[str, KeptPolicy] = field(default_factory=dict)
    stores: Mapping[tuple[str, ...], KeptStore] = field(default_factory=dict)
    expected: Mapping[str, tuple[Certificate, ...]] = field(default_factory=dict)
    """The chains that targets are expected to serve."""


@frozen(kw_only=True)
class JournalHeader:
    """The first line of a journal; another one follows wherever a run goes on with another list of targets."""

    certgate: str
    """The version of certgate."""
    targets: int
    """The number of targets of the whole list."""
    shard_targets: int
    """The number of targets of this shard."""
    list_sha256: str
    """The digest of the declared targets, in order."""
    shard: Shard = WHOLE
    left_out: int = 0
    """The number of declared targets that --only and --exclude leave out."""
    only: tuple[str, ...] = ()
    """The arguments of --only."""
    is_part: bool = False
    """Whether only some of the declared targets are selected, by --only or by arguments."""
    judged_by: JudgedBy = JudgedBy()

    @classmethod
    def of(cls, members: Members) -> "JournalHeader":
        """Read a header, without its format and version. Raises Wrong."""
        header = cls(
            certgate=members.text("certgate"),
            targets=members.count("targets"),
            shard_targets=members.count("shard_targets"),
            list_sha256=_digest(members, "list_sha256"),
            shard=_shard(members.members("shard")),
            left_out=members.count("left_out"),
            only=members.texts("only"),
            is_part=members.flag("is_part"),
            judged_by=_judged_by(members.members("judged_by")),
        )
        members.done()
        return header


def header_text(header: JournalHeader) -> str:
    """The line of a header."""
    members = {
        "format": FORMAT,
        "version": VERSION,
        "certgate": header.certgate,
        "targets": header.targets,
        "shard_targets": header.shard_targets,
        "list_sha256": header.list_sha256,
        "shard": {"number": header.shard.number, "count": header.shard.count},
        "left_out": header.left_out,
        "only": list(header.only),
        "is_part": header.is_part,
        "judged_by": dict(_judging_members(header.judged_by)),
    }
    return json.dumps(members) + "\n"


def _judging_members(by: JudgedBy) -> Iterator[tuple[str, Any]]:
    yield "fail_on", by.fail_on.value
    yield "at", by.at and by.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    yield "select", list(by.select)
    yield "ignore", list(by.ignore)
    yield "matrix", list(by.matrix)
    yield "resolve", list(by.resolve)
    yield "denied_keys", list(by.denied_keys)
    yield "ct_logs", by.ct_logs
    yield (
        "policies",
        [{"name": name, "sha256": policy.sha256, "texts": dict(policy.texts)} for name, policy in by.policies.items()],
    )
    yield (
        "stores",
        [
            {"words": list(words), "sha256": store.sha256, "content": store.content and store_members(store.content)}
            for words, store in by.stores.items()
        ],
    )
    yield "expected", [{"words": words, "certificates": encoded(chain)} for words, chain in by.expected.items()]


def _judged_by(members: Members) -> JudgedBy:
    by = JudgedBy(
        fail_on=members.word("fail_on", Severity),
        at=None if members.is_null("at") else members.time("at"),
        select=members.texts("select"),
        ignore=members.texts("ignore"),
        matrix=members.texts("matrix"),
        resolve=members.texts("resolve"),
        denied_keys=members.texts("denied_keys"),
        ct_logs=members.text("ct_logs"),
        policies=dict(map(_policy, members.all_members("policies"))),
        stores=dict(map(_store, members.all_members("stores"))),
        expected=dict(map(_expected, members.all_members("expected"))),
    )
    members.done()
    return by


def _policy(members: Members) -> tuple[str, KeptPolicy]:
    named = members.text("name"), KeptPolicy(_digest(members, "sha256"), members.mapping("texts"))
    members.done()
    return named


def _store(members: Members) -> tuple[tuple[str, ...], KeptStore]:
    words, digest = members.texts("words"), _digest(members, "sha256")
    content = None if members.is_null("content") else store_of(members.members("content"), " + ".join(words))
    members.done()
    if content and content.sha256 != digest:
        raise Wrong(f"the trust store {' + '.join(words)} is not that of its sha256")
    return words, KeptStore(digest, content)


def _expected(members: Members) -> tuple[str, tuple[Certificate, ...]]:
    named = members.text("words"), certificates_of(members, "certificates")
    members.done()
    return named


def _shard(members: Members) -> Shard:
    shard = Shard(members.count("number"), members.count("count"))
    members.done()
    if not 1 <= shard.number <= shard.count:
        raise Wrong(f"{shard} is not a shard")
    return shard


def _digest(members: Members, name: str) -> str:
    digest = members.text(name)
    if not _SHA256.fullmatch(digest):
        raise Wrong(f"{name} is not a SHA-256 in hexadecimal digits")
    return digest
