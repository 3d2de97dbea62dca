"""Compare certgate's rules with their twins in zlint and pkilint: `python -m tests.twins.run`.

Makes certificates, has all three judge each, and prints the agreement for each rule and every difference. A difference
by design is listed in by-design.tsv, with its reason. `--docs FILE` replaces the section on linters of that page.
"""

import sys
from argparse import ArgumentParser
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from re import DOTALL, findall
from tempfile import TemporaryDirectory

from certgate.model.target import Role
from tests.conformance.run import LINTERS
from tests.twins.certificates import Sample, samples
from tests.twins.verdicts import UNREADABLE, Verdicts, has_go, judged

HERE = Path(__file__).parent
ALONE = "(certgate alone)"
AGREEMENT, COVERAGE = 99.5, 90.0


@dataclass
class Twins:
    """A rule, or its problems whose key begins with `key`, and the codes that say the same."""

    rule: str
    key: str
    codes: set[str] = field(default_factory=set)
    agree: int = 0
    differ: Counter[str] = field(default_factory=Counter)
    by_design: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.rule}#{self.key}" if self.key else self.rule

    def compare(self, verdicts: Verdicts, reasons: Mapping[tuple[str, str], str]) -> None:
        """Count what zlint and certgate say of one certificate."""
        fails = any(rule == self.rule and key.startswith(self.key) for rule, key in verdicts.certgate)
        said = verdicts.zlint & self.codes
        if not (fails or verdicts.applied & self.codes):
            return
        if self.rule in verdicts.unchecked or fails == bool(said):
            self.agree += 1
            return
        for code in sorted(said) or [ALONE]:
            told = self.by_design if (self.name, code) in reasons else self.differ
            told[code] += 1
            self.examples.setdefault(code, verdicts.sample.name)


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.twins.run", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="the number of certificates")
    parser.add_argument("--seed", type=int, default=1, help="which changes are combined")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="also judge the PEM files in a folder")
    parser.add_argument("--docs", type=Path, help="write the result into this page")
    options = parser.parse_args(arguments)
    made = [*samples(options.count, options.seed), *_corpus(options.corpus)]
    with TemporaryDirectory() as folder:
        verdicts = judged(made, Path(folder) if has_go() else None)
    reasons = {(rule, code): reason for rule, code, reason in _rows("by-design.tsv")}
    rules = agreement(verdicts, reasons)
    covered = coverage(verdicts, reasons)
    sys.stdout.write("\n".join([*report(rules, covered, len(verdicts)), ""]))
    if options.docs and has_go():
        text = options.docs.read_text(encoding="utf-8").partition(LINTERS)[0]
        options.docs.write_text(text + LINTERS + "\n".join(page(rules, covered, verdicts)) + "\n", encoding="utf-8")
    return int(rate(rules) < AGREEMENT and has_go()) or int(covered.rate < COVERAGE)


def agreement(verdicts: Iterable[Verdicts], reasons: Mapping[tuple[str, str], str]) -> list[Twins]:
    """The rules with twins in zlint, compared on the certificates that both take for the same kind."""
    rules: dict[str, Twins] = {}
    for name, linter, code in _rows("twins.tsv"):
        if linter == "zlint":
            rule, _, key = name.partition("#")
            rules.setdefault(name, Twins(rule, key)).codes.add(code)
    for one in verdicts:
        if is_comparable(one):
            for twins in rules.values():
                twins.compare(one, reasons)
    return sorted(rules.values(), key=lambda twins: twins.name)


def is_comparable(verdicts: Verdicts) -> bool:
    """Whether zlint reads the certificate, as one of the kind as which certgate judges it, and each extension once."""
    twice = any(rule == "ext.duplicate" for rule, _ in verdicts.certgate)
    return UNREADABLE not in verdicts.zlint and verdicts.kind is verdicts.sample.role and not twice


def rate(rules: Iterable[Twins]) -> float:
    """The agreement in per cent, without differences by design."""
    agree, differ = 0, 0
    for twins in rules:
        agree += twins.agree
        differ += twins.differ.total()
    return 100 * agree / (agree + differ) if agree else 0.0


def raw(rules: Iterable[Twins]) -> float:
    """The agreement in per cent, with every difference."""
    agree, differ = 0, 0
    for twins in rules:
        agree += twins.agree
        differ += twins.differ.total() + twins.by_design.total()
    return 100 * agree / (agree + differ) if agree else 0.0


@dataclass
class Covered:
    """Errors of pkilint, by code: how many there are, and how many one of certgate's own rules reports."""

    found: Counter[str] = field(default_factory=Counter)
    reported: Counter[str] = field(default_factory=Counter)
    by_design: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return 100 * self.reported.total() / self.found.total() if self.found else 0.0

    @property
    def codes(self) -> float:
        """The share of the codes of which at least nine in ten errors are reported, in per cent."""
        good = sum(10 * self.reported[code] >= 9 * count for code, count in self.found.items())
        return 100 * good / len(self.found) if self.found else 0.0


def coverage(verdicts: Iterable[Verdicts], reasons: Mapping[tuple[str, str], str]) -> Covered:
    """How many of pkilint's errors certgate's own rules report, as failures or missing answers."""
    rules: dict[str, set[str]] = {}
    for rule, linter, code in _rows("twins.tsv"):
        if linter == "pkilint":
            rules.setdefault(code, set()).update({rule} - {""})
    covered = Covered()
    for one in verdicts:
        wrong = {rule for rule, _ in one.certgate} | one.unchecked
        for code in one.pkilint - {UNREADABLE}:
            covered.found[code] += 1
            covered.reported[code] += bool(wrong & rules.get(code, set()))
    covered.by_design = Counter({code: covered.found[code] for _, code in reasons if code in covered.found})
    return covered


def report(rules: Sequence[Twins], covered: Covered, count: int) -> Iterator[str]:
    """The result as text: a line for each rule, then every difference."""
    yield f"{count} certificates"
    yield f"\n{'rule':48}{'agree':>8}{'differ':>8}{'by design':>11}{'%':>8}"
    for twins in rules:
        both = twins.agree + twins.differ.total()
        share = 100 * twins.agree / both if both else 100.0
        yield f"{twins.name:48}{twins.agree:8}{twins.differ.total():8}{twins.by_design.total():11}{share:8.1f}"
    said = f"{rate(rules):.2f} % (at least {AGREEMENT}), {raw(rules):.2f} % with differences by design"
    yield f"\nagreement with zlint: {said}" if has_go() else "\nzlint: Go is missing"
    yield f"own coverage of pkilint's errors: {covered.rate:.1f} % (at least {COVERAGE}), of its codes {covered.codes:.1f} %"
    yield "\ndifferences:"
    for twins in rules:
        for code, number in twins.differ.most_common():
            yield f"  {twins.name}: {code}, {number} times, such as {twins.examples[code]}"
    for code, number in covered.found.items():
        if missed := number - covered.reported[code]:
            yield f"  pkilint's {code}: {missed} of {number} are reported by no rule"


def page(rules: Sequence[Twins], covered: Covered, verdicts: Sequence[Verdicts]) -> Iterator[str]:
    """The section of docs/contributing/conformance.md."""
    compared = sum(map(is_comparable, verdicts))
    judgements = sum(twins.agree + twins.differ.total() for twins in rules)
    yield ""
    yield "`make twins` writes this section (it needs Go). It makes certificates as public CAs issue them, with up to three"
    yield "changes each or with one damaged element, and compares the rules of `webpki-public` with what two linters that"
    yield "public CAs use say: zlint 3.7.3, lint by lint, and the errors of pkilint 0.13.3 for TLS servers."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| certificates | {len(verdicts):,} |"
    yield f"| compared with zlint: it reads them, and takes them for what certgate judges them as | {compared:,} |"
    yield f"| rules with twins in zlint, verdicts of both | {len(rules)}, {judgements:,} |"
    yield f"| agreement with zlint | {raw(rules):.2f} % |"
    yield f"| the same without differences by design | {rate(rules):.2f} % |"
    yield f"| errors of pkilint that rules of certgate's own report | {covered.rate:.1f} % of {covered.found.total():,} |"
    yield f"| codes of these errors of which at least nine in ten are reported | {covered.codes:.1f} % of {len(covered.found)} |"
    yield ""
    yield "Certificates that a linter cannot read are not compared: certgate reports something for each. zlint"
    yield "tells leaves, CAs and roots apart by their contents, certgate by their place; of an extension that occurs twice it"
    yield "reads one. Differences by design:"
    yield ""
    yield "| rule | who reports it alone | times | why |"
    yield "|---|---|---|---|"
    for rule, code, reason in _rows("by-design.tsv"):
        found = next((twins.by_design[code] for twins in rules if twins.name == rule), covered.by_design[code])
        who = "certgate" if code == ALONE else f"`{code}`"
        yield f"| {rule.replace('#', ', ') or 'none'} | {who} | {found} | {reason} |"
    rest = [(twins, code, number) for twins in rules for code, number in twins.differ.most_common()]
    yield ""
    yield f"Other differences with zlint: {sum(number for *_, number in rest)}."
    yield ""
    yield from (
        f"- {twins.name.replace('#', ', ')}: {'certgate alone' if code == ALONE else code}, {number}"
        for twins, code, number in rest
    )


def _rows(name: str) -> list[tuple[str, str, str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(one, two, three) for one, two, three in (line.split("\t") for line in lines)]


def _corpus(folders: Iterable[Path]) -> Iterator[Sample]:
    """The first certificate of each PEM file, as a leaf."""
    for folder in folders:
        for path in sorted(folder.rglob("*.pem")):
            blocks = findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", path.read_bytes(), DOTALL)
            if blocks:
                yield Sample(path.name, b64decode(blocks[0]), Role.SERVER)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
