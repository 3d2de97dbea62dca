"""Tests of a policy, written beside it: cases with their expected findings."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, time
from itertools import islice
from pathlib import Path

from certgate.checks.framework.catalogue import all_rules
from certgate.model.errors import UsageError
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.target import FileSource, Place, Role, Target
from certgate.model.waiver import matches
from certgate.policy.limits import MOST_MISTAKES
from certgate.policy.mistakes import InvalidFile, Mistake, nearest
from certgate.policy.packs import load_policy, read_text
from certgate.policy.references import policy_word, trust_words
from certgate.policy.yaml import Document, read_yaml
from certgate.system.named_files import walk

__all__ = ["Case", "Expect", "case_files", "differences", "load_cases"]

_SUFFIXES = (".test.yaml", ".test.yml")


@frozen(slots=True)
class Expect:
    """An expected finding; None matches any value."""

    rule: str
    outcome: Outcome
    severity: Severity | None
    subject: str | None

    def covers(self, finding: Finding) -> bool:
        """Whether the finding matches."""
        return (
            (finding.rule, finding.outcome) == (self.rule, self.outcome)
            and self.severity in {None, finding.severity}
            and self.subject in {None, finding.subject}
        )

    def __str__(self) -> str:
        """The finding as text: chain.depth (path): fail, warning."""
        subject = f" ({self.subject})" if self.subject else ""
        return f"{self.rule}{subject}: {self.outcome}" + (f", {self.severity}" if self.severity else "")


@frozen(slots=True, kw_only=True)
class Case:
    """One test. `target` has its policy and settings; the source is a file or, with `lab`, a scenario."""

    name: str
    place: Place
    target: Target
    lab: str
    """The name of a lab scenario; empty for a file."""
    at: datetime | None
    """The clock; None for the lab's clock."""
    rules: tuple[str, ...]
    """Globs of rule ids; findings of other rules are ignored."""
    expect: tuple[Expect, ...]


def case_files(path: Path) -> list[Path]:
    """The test file at `path`, or the test files in that folder. Raises UsageError if there is none."""
    if path.is_dir():
        found = []
        for one in walk(str(path), _SUFFIXES):
            if one.problem:
                raise UsageError(f"{one.path}: {one.problem}")
            found.append(Path(one.path))
        if not found:
            raise UsageError(f"{path}: holds no test file; write one that ends in {_SUFFIXES[0]}")
        return found
    if not path.name.endswith(_SUFFIXES):
        beside = [path.with_name(path.name.removesuffix(path.suffix) + suffix) for suffix in _SUFFIXES]
        return [next((file for file in beside if file.is_file()), beside[0])]
    return [path]


def load_cases(file: Path) -> list[Case]:
    """The cases of a test file; paths in it are relative to it. Raises UsageError, InvalidFile."""
    from certgate.policy.casefile import CaseFile
    from certgate.policy.shape import mistakes_in

    document = read_yaml(read_text(file), str(file), may_be_empty={"expect"})
    if not isinstance(document.value, dict):
        wrong = document.mistake((), "policy tests are a mapping with the keys policy, cases")
        raise InvalidFile(document.all_mistakes([wrong]))
    if mistakes := document.all_mistakes(islice(mistakes_in(CaseFile, document.value, document), MOST_MISTAKES)):
        raise InvalidFile(mistakes)
    content = CaseFile.model_validate(document.value)
    beside = next(file.name.removesuffix(suffix) + ".yaml" for suffix in _SUFFIXES if file.name.endswith(suffix))
    policy = policy_word(content.policy or beside, file.parent)
    if mistakes := list(_unknown_rules(document, policy)):
        raise InvalidFile(mistakes)
    return [
        Case(
            name=case.name,
            place=document.place(("cases", index)),
            target=Target(
                id=case.target or case.pem or "",
                ordinal=0,
                source=FileSource(str(file.parent / (case.pem or ""))),
                policy=policy,
                trust=trust_words(case.trust, file.parent),
                roles=frozenset({Role(case.role)}),
                names=(case.host,) if case.host else (),
                labels=case.labels,
            ),
            lab=case.lab or "",
            at=datetime.combine(case.at, time(), UTC) if case.at else None,
            rules=tuple(case.rules),
            expect=tuple(
                Expect(e.rule, Outcome(e.outcome), Severity(e.severity) if e.severity else None, e.subject)
                for e in case.expect
            ),
        )
        for index, case in enumerate(content.cases)
    ]


def _unknown_rules(document: Document, policy: str) -> Iterable[Mistake]:
    known = set(all_rules())
    if any(expected["rule"] not in known for case in document.value["cases"] for expected in case["expect"]):
        with suppress(UsageError):  # running the cases reports a policy that cannot be read
            known |= {rule.id for rule in load_policy(policy).rules}
    for index, case in enumerate(document.value["cases"]):
        for number, expected in enumerate(case["expect"]):
            rule = expected["rule"]
            if rule not in known:
                at = ("cases", index, "expect", number, "rule")
                yield document.mistake(at, f'there is no rule "{rule}"{nearest(rule, known)}')


def differences(case: Case, findings: Iterable[Finding]) -> tuple[list[Expect], list[Finding]]:
    """The missing expected findings, and the unexpected findings that failed or could not be checked."""
    counted = [f for f in findings if any(matches(glob, f.rule) for glob in (*case.rules, TARGET_OBSERVED))]
    missing = [expected for expected in case.expect if not any(expected.covers(finding) for finding in counted)]
    against = [f for f in counted if f.outcome is Outcome.FAIL or f.not_checked]
    return missing, [f for f in against if not any(expected.covers(f) for expected in case.expect)]
