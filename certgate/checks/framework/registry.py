"""How a check is declared."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, field
from datetime import date, datetime
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from certgate.checks.framework.needs import Need, Setting
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.subjects import (
    CertificateInRole,
    CertificatePath,
    ExpectedChain,
    Handshake,
    HelperFiles,
    IssuedInRole,
    KeyPair,
    KubernetesObjects,
    Observations,
    PresentedChain,
    PublishedCrl,
    PublishedResponse,
    RevocationEvidence,
    ServedSvid,
    Staple,
    Succession,
    TargetFacts,
    Vantages,
)
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.question import Question
from certgate.model.rule_doc import RuleDoc, page_of
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
    "Passed",
    "Problem",
    "Vocabulary",
    "check",
]


@frozen(slots=True)
class Problem:
    """Something wrong with the subject. `severity` can lower the rule's severity, but not raise it."""

    message: str
    key: str = ""
    """Distinguishes two problems of one check on one subject: a name or an OID, never a serial number or a date."""
    severity: Severity | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    cause: str = ""
    """The rule that reports the cause: one mistake gives one error. If that rule fails at least as severely, this
    problem is not-checked; without that rule in the policy, it stays a failure."""
    denies: Premise | None = None
    """What other rules presume and this problem denies: it is the cause of their problems."""


@frozen(slots=True)
class NotApplicable:
    """The rule does not apply to this subject, and why."""

    reason: str


@frozen(slots=True)
class NotChecked:
    """A required fact about the subject is missing: which, and why."""

    reason: str


@frozen(slots=True)
class Passed:
    """The rule passes, and what that rests on."""

    remark: str


Answer = Problem | NotApplicable | NotChecked | Passed
"""A check yields problems, or exactly one of the others; if it yields nothing, that is a pass."""

SUBJECTS: Mapping[str, type] = MappingProxyType(
    {
        "certificate": CertificateInRole,
        "presented chain": PresentedChain,
        "path": CertificatePath,
        "staple": Staple,
        "CRL": PublishedCrl,
        "OCSP response": PublishedResponse,
        "revocation evidence": RevocationEvidence,
        "handshake": Handshake,
        "key pair": KeyPair,
        "SVID files": HelperFiles,
        "expected chain": ExpectedChain,
        "served SVID": ServedSvid,
        "earlier certificate": Succession,
        "Kubernetes object": KubernetesObjects,
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


@frozen(slots=True)
class Vocabulary:
    """The words that a parameter accepts: `Annotated[tuple[str, ...], Vocabulary(…)]`. Others are errors."""

    known: tuple[str, ...] = ()
    or_oid: bool = False
    """Whether a dotted OID is accepted too, for things without a word."""

    def know(self, word: str) -> bool:
        """Whether the word is one of them."""
        return word in self.known or (self.or_oid and OID.fullmatch(word) is not None)


@frozen(slots=True)
class Parameter:
    """What a policy may set on a check. `type` is bool, int, float, str, date or tuple[str, ...]."""

    name: str
    type: Any
    default: Any
    words: Vocabulary | None = None
    """The accepted words; None accepts any."""

    @property
    def most(self) -> int:
        """The largest number that a policy may set; the smallest is 0. More days would exceed any calendar."""
        return 1 if self.name.endswith("_fraction") else 1_000_000

    @property
    def type_name(self) -> str:
        """The type for people: `list of str` for tuple[str, ...]."""
        return self.type.__name__ if isinstance(self.type, type) else "list of str"


@frozen(slots=True)
class Extra:
    """A part of certgate that is installed on request: `pip install 'certgate[name]'`."""

    name: str
    package: str
    """The import name of the package that it installs."""

    @property
    def is_installed(self) -> bool:
        """Whether the package can be found, without importing it."""
        return find_spec(self.package) is not None


@frozen(slots=True, kw_only=True)
class Check:
    """A pure function of one subject, typed parameters and, if it takes `now`, the clock."""

    doc: RuleDoc
    subject: type
    """The type of its subject, one of `SUBJECTS`."""
    roles: frozenset[Role]
    """The roles to which it applies, for certificates."""
    run: Callable[..., Iterator[Answer]]
    takes_clock: bool
    parameters: Mapping[str, Parameter]
    extra: Extra | None = None
    """The extra that the check needs to run."""
    binds: Mapping[str, Setting] = field(default_factory=dict)
    """Parameters that a setting of the target or of the run supplies."""
    needs: Mapping[Need, str] = field(default_factory=dict)
    """What is fetched for it if allowed, with the name of the parameter that says from where; empty for none."""
    judges_as: Role | None = None
    """The additional role of a server's leaf under a policy that contains this check."""
    is_essential: bool = False
    """Whether a chain made by anyone passes without this check."""
    needs_order: str = ""
    """The rule that reports a wrong order. If the leaf is not sent first, a pass of this check has no meaning."""
    needs_issued: bool = False
    """Whether it checks what only the CA adds, so that it does not apply to a request."""
    of_template: bool = False
    """Whether it looks at nothing but what certificates have in common, so that one answer is that for all of them.

    Never so if it takes the clock or what a target supplies.
    """
    skips_listed: bool = False
    """Whether it looks at no expected name that the subjectAltName lists, so that its answer is the same for all."""
    takes_place_of: str = ""
    """The rule whose place it takes for keys in Secrets."""
    judges_trust: bool = False
    """Whether it asks how the chain leads to the trust store, so that it does not apply to what is an anchor itself."""
    presumes: frozenset[Premise] = frozenset()
    """What it takes for granted: where another rule denies that, its problems are consequences."""
    asks: Callable[..., Sequence[Question]] | None = None
    """The questions to the server whose answers it needs, made from its parameters."""
    unshipped: str = ""
    """Why no shipped policy has it, although no setting switches it on; empty if one has it."""

    @property
    def id(self) -> str:
        """The id of the rule."""
        return self.doc.id

    def __call__(self, *facts: Any, **parameters: Any) -> Iterator[Answer]:
        """Run the check. The subject is the first argument; `now` is the second if the check takes the clock."""
        return self.run(*facts, **parameters)


ALL_ROLES = frozenset(Role) - {Role.CRL, Role.OCSP}
"""The roles of certificates."""
LEAF = frozenset({Role.SERVER, Role.CLIENT, Role.SPIFFE})
"""End-entity roles."""
CLIENT = frozenset({Role.CLIENT})
"""The role of clients, which are not held to what is asked of servers."""
ISSUER = frozenset({Role.ISSUER, Role.CA})
"""CA roles."""


def check(
    id: str,
    *,
    citation: str,
    roles: frozenset[Role] = ALL_ROLES,
    extra: Extra | None = None,
    binds: Mapping[str, Setting] = MappingProxyType({}),
    needs: Iterable[Need] = (),
    judges_as: Role | None = None,
    is_essential: bool = False,
    needs_order: str = "",
    skips_listed: bool = False,
    takes_place_of: str = "",
    judges_trust: bool = False,
    presumes: Iterable[Premise] = (),
    asks: Callable[..., Sequence[Question]] | None = None,
    unshipped: str = "",
) -> Callable[[Callable[..., Iterator[Answer]]], Check]:
    """Turn a function into a check, which replaces the function in its module.

    Subject and parameters come from the signature, the documentation from the docstring.

    The docstring consists of the title in the first line, the explanation, a paragraph that begins with `Why:` (one
    line that the terminal report shows) and one that begins with `Fix:`. Raises TypeError for an invalid declaration.
    """

    def declare(function: Callable[..., Iterator[Answer]]) -> Check:
        hints = inspect.get_annotations(function, eval_str=True)
        (first, *others), settable = _arguments(function)
        needs_issued, of_template = (hints[first] is kind for kind in (IssuedInRole, TemplateInRole))
        wanted = CertificateInRole if needs_issued or of_template else hints[first]
        subject = next((name for name, kind in SUBJECTS.items() if wanted is kind), None)
        if subject is None:
            raise TypeError(f"check {id}: {wanted} is not a subject")
        takes_clock = "now" in others
        for name in others:
            if name != "now" or hints["now"] is not datetime:
                raise TypeError(f"check {id}: parameter {name} must be keyword-only")
        parameters = {}
        for name, default in settable.items():
            annotations = getattr(hints[name], "__metadata__", ())
            kind = hints[name].__origin__ if annotations else hints[name]
            if name in _RESERVED or default is inspect.Parameter.empty or kind not in _TYPES:
                raise TypeError(f"check {id}: parameter {name} has a reserved name, no default, or a wrong type")
            known = next((word for word in annotations if isinstance(word, Vocabulary)), None)
            parameters[name] = Parameter(name, kind, default, known)
        if not binds.keys() <= parameters.keys():
            raise TypeError(f"check {id}: binds a name that is not a parameter")
        page = page_of(id) if function.__module__.startswith("certgate.") else ""
        doc = RuleDoc.of(id, function.__doc__ or "", citation=citation, judges=subject, page=page)
        return Check(
            doc=doc,
            subject=SUBJECTS[subject],
            roles=roles,
            run=function,
            takes_clock=takes_clock,
            parameters=parameters,
            extra=extra,
            binds=binds,
            needs=dict.fromkeys(needs, ""),
            judges_as=judges_as,
            is_essential=is_essential,
            needs_order=needs_order,
            needs_issued=needs_issued,
            of_template=of_template and not (takes_clock or binds),
            skips_listed=skips_listed,
            takes_place_of=takes_place_of,
            judges_trust=judges_trust,
            presumes=frozenset(presumes),
            asks=asks,
            unshipped=unshipped,
        )

    return declare


def _arguments(function: Callable[..., Any]) -> tuple[list[str], dict[str, Any]]:
    """The names of the facts that a function takes, and its keyword-only parameters with their defaults.

    `inspect.signature` says the same in four times the time.
    """
    plain = inspect.unwrap(function)
    code = plain.__code__
    names = code.co_varnames
    more = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    end = code.co_argcount + code.co_kwonlyargcount
    defaults = plain.__kwdefaults__ or {}
    facts = [*names[: code.co_argcount], *names[end : end + more]]
    return facts, {name: defaults.get(name, inspect.Parameter.empty) for name in names[code.co_argcount : end]}
