"""How a check is declared."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, get_type_hints

from certgate.checks.framework.needs import Demand, Need, Setting
from certgate.checks.framework.subjects import (
    CertificateInRole,
    CertificatePath,
    ExpectedChain,
    Handshake,
    IssuedInRole,
    KeyPair,
    Observations,
    PresentedChain,
    RevocationEvidence,
    Staple,
    TargetFacts,
    Vantages,
)
from certgate.model.finding import Severity
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Role

__all__ = [
    "OID",
    "SUBJECTS",
    "Answer",
    "Check",
    "Extra",
    "NotApplicable",
    "NotChecked",
    "Parameter",
    "Problem",
    "Vocabulary",
    "check",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the subject. `severity` may lower the rule's severity, never raise it."""

    message: str
    key: str = ""
    """Tells two problems of one check on one subject apart: a name, an OID; never a serial or a date."""
    severity: Severity | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    """The rule that reports the cause, so that one mistake is one error: where that rule fails, no less severely, this
    problem is not-checked. It stays a failure where the policy lacks that rule."""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The rule has nothing to say about this subject, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A fact that the subject should have is missing: which, and why."""

    reason: str


Answer = Problem | NotApplicable | NotChecked
"""A check yields problems, or first thing (and only) one NotApplicable or NotChecked; nothing at all is a pass."""

SUBJECTS: Mapping[str, type] = MappingProxyType(
    {
        "certificate": CertificateInRole,
        "presented chain": PresentedChain,
        "path": CertificatePath,
        "staple": Staple,
        "revocation evidence": RevocationEvidence,
        "handshake": Handshake,
        "key pair": KeyPair,
        "expected chain": ExpectedChain,
        "target": Observations,
        "vantages": Vantages,
        "view": TargetFacts,
    }
)
_RESERVED = frozenset(
    {
        "rule",
        "severity",
        "required",
        "when",
        "since",
        "until",
        "note",
        "docs",
        "disabled",
        "id",
        "cel",
        "opa",
        "message",
    }
)
OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_TYPES: tuple[Any, ...] = (bool, int, float, str, date, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that a parameter knows: `Annotated[tuple[str, ...], Vocabulary(…)]`. Others are mistakes."""

    known: tuple[str, ...] = ()
    or_oid: bool = False
    """A dotted OID stands for what has no word."""

    def know(self, word: str) -> bool:
        """Whether the word is one of them."""
        return word in self.known or (self.or_oid and OID.fullmatch(word) is not None)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a policy may set on a check. `type` is bool, int, float, str, date or tuple[str, ...]."""

    name: str
    type: Any
    default: Any
    words: Vocabulary | None = None
    """None: any words."""

    @property
    def most(self) -> int:
        """The largest number that a policy may set, the smallest being 0; days beyond it lie beyond all calendars."""
        return 1 if self.name.endswith("_fraction") else 1_000_000

    @property
    def type_name(self) -> str:
        """As people read it: `list of str` for tuple[str, ...]."""
        return self.type.__name__ if isinstance(self.type, type) else "list of str"


@dataclass(frozen=True, slots=True)
class Extra:
    """A part of certgate that is installed on request: `pip install 'certgate[name]'`."""

    name: str
    package: str
    """What it brings along, by the name that it is imported by."""

    @property
    def is_installed(self) -> bool:
        """Whether it can be imported, as far as can be told without doing so."""
        return find_spec(self.package) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A pure function of one subject, typed parameters and, if it takes `now`, the clock."""

    doc: RuleDoc
    subject: type
    """What it judges, one of `SUBJECTS`."""
    roles: frozenset[Role]
    """For certificates: the roles that it judges."""
    run: Callable[..., Iterator[Answer]]
    takes_clock: bool
    parameters: Mapping[str, Parameter]
    extra: Extra | None = None
    """Without it the check cannot be run."""
    binds: Mapping[str, Setting] = field(default_factory=dict)
    """Parameters that a setting of the target or of the run supplies."""
    demanded_by: tuple[Demand, ...] = ()
    """The settings that switch it on."""
    needs: Mapping[Need, str] = field(default_factory=dict)
    """What is fetched for it where that is allowed, and the parameter that says from where; empty for none."""
    judges_as: Role | None = None
    """Under a policy that holds it, a server's leaf is judged in this role too."""
    is_essential: bool = False
    """Without it a chain of anybody's making passes."""
    needs_order: str = ""
    """The rule that reports a wrong order. Where the leaf is not sent first, a pass of this check means nothing."""
    needs_issued: bool = False
    """For certificates: it looks at what only the CA adds, so that it says nothing of a request."""

    @property
    def id(self) -> str:
        """The id of the rule."""
        return self.doc.id

    def __call__(self, *facts: Any, **parameters: Any) -> Iterator[Answer]:
        """What it says of the subject, which comes first, and `now` after it if it takes the clock."""
        return self.run(*facts, **parameters)


ALL_ROLES = frozenset(Role)
LEAF = frozenset({Role.SERVER, Role.CLIENT, Role.SPIFFE})
"""End-entity roles."""
ISSUER = frozenset({Role.ISSUER, Role.CA})
"""CA roles."""


def check(
    id: str,
    *,
    citation: str,
    roles: frozenset[Role] = ALL_ROLES,
    extra: Extra | None = None,
    binds: Mapping[str, Setting] = MappingProxyType({}),
    demanded_by: Iterable[Demand] = (),
    needs: Iterable[Need] = (),
    judges_as: Role | None = None,
    is_essential: bool = False,
    needs_order: str = "",
) -> Callable[[Callable[..., Iterator[Answer]]], Check]:
    """Make a function a check, which its module then holds in its place.

    Subject and parameters come from the signature, the documentation from the docstring.

    The docstring's first line is the title; then the explanation; then a paragraph that begins `Why:` (one line that
    the terminal report shows) and one that begins `Fix:`. Raises TypeError for a declaration that breaks the rules.
    """

    def declare(function: Callable[..., Iterator[Answer]]) -> Check:
        hints = get_type_hints(function, include_extras=True)
        first, *others = inspect.signature(function).parameters.values()
        needs_issued = hints[first.name] is IssuedInRole
        wanted = CertificateInRole if needs_issued else hints[first.name]
        subject = next((name for name, kind in SUBJECTS.items() if wanted is kind), None)
        if subject is None:
            raise TypeError(f"check {id}: {wanted} is not a subject")
        takes_clock = any(p.name == "now" and p.kind is not p.KEYWORD_ONLY for p in others)
        parameters = {}
        for parameter in others:
            if parameter.kind is not parameter.KEYWORD_ONLY:
                if parameter.name == "now" and hints["now"] is datetime:
                    continue
                raise TypeError(f"check {id}: parameter {parameter.name} must be keyword-only")
            said = getattr(hints[parameter.name], "__metadata__", ())
            kind = hints[parameter.name].__origin__ if said else hints[parameter.name]
            if parameter.name in _RESERVED or parameter.default is parameter.empty or kind not in _TYPES:
                raise TypeError(
                    f"check {id}: parameter {parameter.name} has a reserved name, no default, or a wrong type"
                )
            known = next((word for word in said if isinstance(word, Vocabulary)), None)
            parameters[parameter.name] = Parameter(parameter.name, kind, parameter.default, known)
        if not binds.keys() <= parameters.keys():
            raise TypeError(f"check {id}: binds a name that is not a parameter")
        doc = RuleDoc.of(id, inspect.getdoc(function) or "", citation=citation, judges=subject)
        return Check(
            doc=doc,
            subject=SUBJECTS[subject],
            roles=roles,
            run=function,
            takes_clock=takes_clock,
            parameters=parameters,
            extra=extra,
            binds=binds,
            demanded_by=tuple(demanded_by),
            needs=dict.fromkeys(needs, ""),
            judges_as=judges_as,
            is_essential=is_essential,
            needs_order=needs_order,
            needs_issued=needs_issued,
        )

    return declare
