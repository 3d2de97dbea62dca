"""Hold certgate's path validation against labelled corpora: `python -m tests.conformance.run`.

Prints a table; writes it as JSON and as Markdown where asked. Ends with 1 if a disagreement has no explanation.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from tests.conformance import limbo, pkits
from tests.conformance.corpus import Tally

HEAD = ("corpus", "cases", "agree", "disagree", "skipped")
LINTERS = "\n## Other linters\n"
"""The section that `make twins` writes, which stays as it is."""
INTRODUCTION = """# Conformance

`make conformance` writes this page. certgate judges each case with its own rules, under the policies named here.

- NIST PKITS, with its CRLs and policy settings: `policies/rfc5280-path.yaml` (RFC 5280 §6 and RFC 9618). Cases that
  restrict the initial policy set are included.
- x509-limbo: `tests/conformance/limbo-*.yaml`. They add what its cases expect beyond path validation: the certificate
  profile of RFC 5280 §4 for `rfc5280::*`, that of the CA/Browser Forum for `webpki::*` and `online::*`, and rules on
  the anchor's own certificate for both, because path validation uses only the anchor's name and key.
"""


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.conformance.run", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result there as JSON")
    parser.add_argument("--docs", type=Path, help="write the result there as Markdown")
    options = parser.parse_args(arguments)
    tallies = [pkits.judge_all(), limbo.judge_all()]
    sys.stdout.write(table(tallies))
    if options.json:
        options.json.write_text(json.dumps([as_json(t) for t in tallies], indent=2) + "\n", encoding="utf-8")
    if options.docs and not any(t.missing for t in tallies):
        kept = options.docs.read_text(encoding="utf-8").partition(LINTERS) if options.docs.exists() else ("", "", "")
        options.docs.write_text(as_markdown(tallies) + "".join(kept[1:]), encoding="utf-8")
    return 1 if any(t.unexplained for t in tallies) else 0


def table(tallies: Sequence[Tally]) -> str:
    """The result as text, with what disagrees and what was skipped below it."""
    lines = ["{:<14}{:>7}{:>7}{:>10}{:>9}".format(*HEAD)]
    notes: list[str] = []
    for tally in tallies:
        if tally.missing:
            lines.append(f"{tally.corpus:<14}not judged: {tally.missing}")
            continue
        lines.append("{:<14}{:>7}{:>7}{:>10}{:>9}".format(*_row(tally)))
        notes += _notes(tally)
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def as_json(tally: Tally) -> dict[str, object]:
    return {
        **dict(zip(HEAD[:3], _row(tally), strict=False)),
        "disagree": [
            {"case": d.case, "expected": d.expected, "found": d.found, "why": tally.explained.get(d.case)}
            for d in tally.disagree
        ],
        "skipped": tally.skipped,
        "missing": tally.missing or None,
    }


def as_markdown(tallies: Sequence[Tally]) -> str:
    rows = [HEAD, ("---",) * len(HEAD), *(_row(tally) for tally in tallies)]
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    notes = [f"- {note}" for tally in tallies for note in _notes(tally)]
    return "\n".join([INTRODUCTION, *lines, "", *notes]) + "\n"


def _row(tally: Tally) -> tuple[object, ...]:
    return tally.corpus, tally.cases, tally.agree, len(tally.disagree), len(tally.skipped)


def _notes(tally: Tally) -> list[str]:
    disagreements = (
        f"{d.case}: expected {d.expected}, found {d.found}. {tally.explained.get(d.case, 'NOT EXPLAINED')}"
        for d in tally.disagree
    )
    return [*disagreements, *(f"{case}: skipped, {reason}" for case, reason in tally.skipped.items())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
