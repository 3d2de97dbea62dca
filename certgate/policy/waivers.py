"""The waivers of a policy file, and every mistake in them with its place."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from certgate.checks.framework.catalogue import has_shipped_family
from certgate.model.reserved import RESERVED
from certgate.model.waiver import Waiver, matches
from certgate.policy.mistakes import Mistake, nearest
from certgate.policy.yaml import Document

__all__ = ["read_waivers", "waiver_mistakes"]

_SPKI = re.compile(r"[0-9a-f]{64}")
_SERIAL = re.compile(r"[0-9a-f]{1,40}")
_GLOB = re.compile(r"[*?]")


def waiver_mistakes(document: Document, known: Collection[str], *, is_partial: bool) -> Iterator[Mistake]:
    """Mistakes in the waivers beyond their shape; `known` are all known ids.

    `is_partial`: some ids could not be read, so an id outside certgate's families may be one of them.
    """
    written = document.value.get("waivers")
    is_for_some = cache(lambda rule: any(matches(rule, id) for id in known))
    for index, entry in enumerate(written if isinstance(written, list) else ()):
        if not isinstance(entry, dict):
            continue
        at = ("waivers", index)
        if isinstance(rule := entry.get("rule"), str):
            if rule in RESERVED:
                yield document.mistake((*at, "rule"), f"{rule} cannot be waived")
            elif not is_for_some(rule) and (has_shipped_family(rule) or not is_partial):
                what = "no rule matches" if _GLOB.search(rule) else "there is no rule"
                yield document.mistake((*at, "rule"), f'{what} "{rule}"{nearest(rule, set(known) - RESERVED)}')
        if isinstance(certificate := entry.get("certificate"), str) and not _identity(certificate):
            expected = "the sha256 of its public key (64 hexadecimal digits) or its serial number (at most 40)"
            yield document.mistake((*at, "certificate"), f'"{certificate}" is not a certificate; write {expected}')


def read_waivers(document: Document) -> tuple[Waiver, ...]:
    """The waivers of a valid document."""
    return tuple(_waiver(document, i, entry) for i, entry in enumerate(document.value.get("waivers") or ()))


def _waiver(document: Document, index: int, entry: Mapping[str, Any]) -> Waiver:
    return Waiver(
        rule=entry["rule"],
        target=entry["target"],
        reason=entry["reason"],
        owner=entry["owner"],
        expires=entry["expires"],
        certificate=_identity(entry.get("certificate", "")),
        ticket=entry.get("ticket", ""),
        place=document.place(("waivers", index)),
    )


def _identity(written: str) -> str:
    """The certificate in lower-case digits without colons, as in reports; empty if the text is not an identity."""
    digits = written.lower().replace(":", "").removeprefix("0x")
    if _SPKI.fullmatch(digits):
        return digits
    return (digits.lstrip("0") or "0") if _SERIAL.fullmatch(digits) else ""
