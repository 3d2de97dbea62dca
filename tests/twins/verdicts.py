"""What certgate, zlint and pkilint say of a certificate by itself."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from certgate.checks.certificate.lint_pkilint import lint
from certgate.checks.framework.subjects import IssuedInRole
from certgate.judge.apply import RuleIndex
from certgate.lab.pki import CLOCK
from certgate.model.finding import Outcome, Severity
from certgate.model.target import FileSource, Role, Target
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from tests.twins.certificates import Sample

__all__ = ["Verdicts", "has_go", "judged"]

ZLINT = Path(__file__).parent / "zlint"
GO = which("go") or "/usr/local/go/bin/go"
_FATAL = frozenset({"itu.invalid_asn1_syntax"})
"""What pkilint says of parts that it cannot read."""
UNREADABLE = "(unreadable)"
"""What stands for all lints where a linter cannot read the certificate."""


@dataclass(frozen=True)
class Verdicts:
    """What is wrong with one certificate."""

    sample: Sample
    certgate: frozenset[tuple[str, str]]
    """The rules that fail, each with the key of the problem."""
    unchecked: frozenset[str]
    """Rules that could not be checked."""
    zlint: frozenset[str] = frozenset()
    """The lints that report a problem, whatever they rate it as."""
    applied: frozenset[str] = frozenset()
    """The lints that passed or reported a problem."""
    pkilint: frozenset[str] = field(default_factory=frozenset)
    """The codes of pkilint's errors."""
    kind: Role | None = None
    """What the contents say that it is, as zlint reads them; None for what it takes for neither leaf nor CA."""


def has_go() -> bool:
    return Path(GO).exists()


def judged(samples: Sequence[Sample], folder: Path | None) -> list[Verdicts]:
    """What all three say. zlint is built in `folder`; without one it says nothing."""
    lints = _zlint(samples, folder) if folder else [{}] * len(samples)
    target = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"))
    rules = RuleIndex(TargetPolicies(load_policy("webpki-public")).of(target))
    return [_judged(sample, said, rules) for sample, said in zip(samples, lints, strict=True)]


def _judged(sample: Sample, said: dict[str, object], rules: RuleIndex) -> Verdicts:
    failed, unchecked = _certgate(sample, rules)
    if said.get("unreadable"):
        zlint = applied = frozenset({UNREADABLE})
    else:
        found = dict(said.get("lints") or {})
        zlint = frozenset(name for name, status in found.items() if status != "pass")
        applied = frozenset(found)
    return Verdicts(sample, failed, unchecked, zlint, applied, _pkilint(sample), _kind(sample))


def _kind(sample: Sample) -> Role | None:
    try:
        certificate = parse_certificate(sample.der)
        is_ca = certificate.is_ca and "keyCertSign" in (certificate.key_usage or ())
        is_self_issued = certificate.is_self_issued
    except Malformed:
        return None
    if is_ca:
        return Role.CA if is_self_issued else Role.ISSUER
    return None if is_self_issued or certificate.is_ca else Role.SERVER


def _certgate(sample: Sample, rules: RuleIndex) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
    try:
        certificate = parse_certificate(sample.der)
    except Malformed:
        return frozenset({(UNREADABLE, "")}), frozenset()
    label = "issuer 1" if sample.role is Role.ISSUER else "leaf"
    findings = rules.evaluate(IssuedInRole(certificate, label, frozenset({sample.role})), CLOCK)
    failed = frozenset((f.rule, f.key) for f in findings if f.outcome is Outcome.FAIL)
    missing = {Outcome.NOT_CHECKED, Outcome.CRASHED}
    return failed, frozenset(f.rule for f in findings if f.outcome in missing)


def _pkilint(sample: Sample) -> frozenset[str]:
    linted = lint(sample.der, leaf=sample.role is Role.SERVER)
    codes = {remark.code for remark in linted.remarks if remark.severity is Severity.ERROR} - _FATAL
    return frozenset(codes or ({UNREADABLE} if linted.unread else set()))


def _zlint(samples: Sequence[Sample], folder: Path) -> list[dict[str, object]]:
    program = folder / "zlint"
    subprocess.run([GO, "build", "-o", program, "."], cwd=ZLINT, check=True, capture_output=True)
    lines = "".join(f"{b64encode(sample.der).decode()}\n" for sample in samples)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
