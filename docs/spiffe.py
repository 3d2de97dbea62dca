"""Writes which rule holds which requirement of the SPIFFE specifications, from spiffe.tsv."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docs.markdown import cell

__all__ = ["POLICY", "Requirement", "requirements", "section"]

POLICY = "spiffe-svid"
_REPOSITORY = "https://github.com/spiffe/spiffe"
_FILE = Path(__file__).with_name("spiffe.tsv")
_FILES = {
    "X509-SVID": "X509-SVID",
    "SPIFFE-ID": "SPIFFE-ID",
    "Trust Domain and Bundle": "SPIFFE_Trust_Domain_and_Bundle",
    "Federation": "SPIFFE_Federation",
}
"""The files of the specifications that are mapped, without their ending."""


class Requirement(NamedTuple):
    """Something that a specification requires with MUST or MUST NOT, in certgate's words."""

    document: str
    section: str
    text: str
    rules: tuple[str, ...]
    """The rules that hold it; none if it cannot be seen in a certificate or on a connection."""
    remark: str
    """How far they hold it, or why none does."""


def requirements() -> tuple[str, list[Requirement]]:
    """The commit that was read, and what it requires."""
    head, *lines = _FILE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    found = [
        Requirement(document, place, text, tuple(ids.split()), remark) for document, place, text, ids, remark in rows
    ]
    return head.split()[2], found


def section() -> Iterator[str]:
    """The section of the policy's page."""
    commit, found = requirements()
    yield f"Every MUST and MUST NOT of these documents at commit `{commit[:8]}`, in other words:"
    yield ""
    for name, file in _FILES.items():
        yield f"- [{name}]({_REPOSITORY}/blob/{commit[:8]}/standards/{file}.md)"
    yield from ("", "| source | what is required | rules | besides |", "|---|---|---|---|")
    for one in found:
        rules = ", ".join(f"[{id}](../rules/{id}.md)" for id in one.rules) or "no rule"
        yield f"| {one.document} {one.section} | {cell(one.text)} | {rules} | {cell(one.remark)} |"
