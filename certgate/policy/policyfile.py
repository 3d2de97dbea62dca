"""The typed shape of a policy file. Imported only to validate one: pydantic is slow to start."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    create_model,
    model_validator,
)

from certgate.checks.framework.registry import Check, Parameter
from certgate.policy.limits import MOST_EXTENDED, MOST_PLUGINS, MOST_WORDS
from certgate.policy.values import (
    OWN_ID,
    address,
    known_word,
    own_id,
    policies,
    reason,
    rule_path,
    server,
    several,
    short,
    variable,
)

__all__ = ["DayEntry", "OwnEntry", "PolicyFile", "RuleEntry", "WaiverEntry", "WhenEntry", "entry_model"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_ABSENT: Any = None
"""The default of a key that may be absent but not null."""


_Role = Literal["server", "client", "spiffe", "ca", "issuer", "request", "crl", "ocsp"]
_Globs = Annotated[
    list[str], Field(max_length=MOST_WORDS), BeforeValidator(several, json_schema_input_type=str | list[str])
]
_Roles = Annotated[list[_Role], BeforeValidator(several, json_schema_input_type=_Role | list[_Role])]
_Reason = Annotated[Any, PlainValidator(reason, json_schema_input_type=str | Literal[False])]


class WhenEntry(BaseModel):
    """The entry's conditions. All must be met; each is a glob, or a list of globs of which one must match."""

    model_config = _STRICT

    labels: dict[str, _Globs] = Field(default={}, description="Labels of the target.")
    target: _Globs = Field(default=[], description="The target's id: host:port, host:port#name, or a file.")
    role: _Roles = Field(default=[], description="The role of the certificate, or else of the target.")
    issuer: _Globs = Field(default=[], description="The issuer's name as text (RFC 4514), as reports show it.")
    trust: _Globs = Field(default=[], description="A trust store of the target: mozilla, system, or a file.")
    key_type: _Globs = Field(default=[], description="The key's type: RSA, EC, Ed25519, Ed448, ML-DSA-65 …")


class DayEntry(BaseModel):
    """A day, from 00:00 UTC, compared with the certificate's notBefore (issued) or the time of evaluation (clock)."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"maxProperties": 1})

    issued: date = Field(default=_ABSENT, description="The day on which the certificate was issued (notBefore).")
    clock: date = Field(default=_ABSENT, description="The day of evaluation.")

    @model_validator(mode="after")
    def _says_one(self) -> "DayEntry":
        if len(self.model_fields_set) != 1:
            raise ValueError("must be either {issued: DATE} or {clock: DATE}")
        return self


class EntryKeys(BaseModel):
    """The keys that every entry may have."""

    model_config = _STRICT

    severity: Literal["error", "warning", "info"] = Field(default="error", description="How severe a failure is.")
    required: bool = Field(default=True, description="Whether a target is incomplete if the rule cannot be checked.")
    when: WhenEntry = Field(default=_ABSENT, description="Where the entry applies. Default: everywhere.")
    since: DayEntry = Field(default=_ABSENT, description="The first day on which the rule is effective.")
    until: DayEntry = Field(default=_ABSENT, description="The first day on which the rule is no longer effective.")
    note: str = Field(default="", description="A note for readers of this policy.")
    docs: Annotated[str, AfterValidator(address)] = Field(
        default="", description="A page with more information (https://…)."
    )
    disabled: _Reason = Field(default=False, description="Why the rule is off; false switches it on again.")


class RuleEntry(EntryKeys):
    """The keys that an entry of any rule may have; each rule adds its parameters."""

    rule: str = Field(description="The rule's id; `certgate rules` lists them.")


class OpaEntry(BaseModel):
    """An Open Policy Agent server, and the rule to query."""

    model_config = _STRICT

    url: Annotated[str, AfterValidator(server)] = Field(description="The server: http://host:port or https://…")
    path: Annotated[str, AfterValidator(rule_path)] = Field(
        description="The path of the rule below /v1/data: acme/tls/violations."
    )
    ca: str = Field(default="", description="A PEM file with the CAs that vouch for the server; Mozilla's without.")
    client_certificate: str = Field(default="", description="A PEM file with the certificate shown to the server.")
    client_key: str = Field(default="", description="Its key, if that is in a file of its own.")
    token_env: Annotated[str, AfterValidator(variable)] = Field(
        default="", description="The environment variable that holds a bearer token."
    )
    token_file: str = Field(default="", description="The file that holds a bearer token.")

    @model_validator(mode="after")
    def _can_be_shown(self) -> "OpaEntry":
        if self.client_key and not self.client_certificate:
            raise ValueError("client_key needs client_certificate")
        if self.token_env and self.token_file:
            raise ValueError("must have token_env or token_file, not both")
        secret = sorted(self.model_fields_set - {"url", "path"})
        if secret and not self.url.startswith("https://"):
            raise ValueError(f"{', '.join(secret)} can only be used with a url that begins with https://")
        return self


class OwnEntry(EntryKeys):
    """A rule of your own: either a CEL expression or a decision of a policy server."""

    id: Annotated[str, AfterValidator(own_id)] = Field(
        description="A prefix of your own, a dot and a name: acme.our-names.", json_schema_extra={"pattern": OWN_ID}
    )
    cel: str = Field(default=_ABSENT, description="What must be true of every target; docs/guides/own-rules.md.")
    opa: OpaEntry = Field(default=_ABSENT, description="The server that decides.")
    message: Annotated[str, Field(max_length=500)] = Field(
        default=_ABSENT, description="The message of a failure in reports."
    )

    @model_validator(mode="after")
    def _says_one(self) -> "OwnEntry":
        if len({"cel", "opa"} & self.model_fields_set) != 1:
            raise ValueError("must have either cel or opa")
        return self


class WaiverEntry(BaseModel):
    """An exception with a reason, an owner and an expiry date. Its failures stay visible but do not fail the run."""

    model_config = _STRICT

    rule: str = Field(description="The rule's id, or a glob.")
    target: str = Field(description="The target's id (host:port, host:port#name, or a file), or a glob.")
    certificate: str = Field(default="", description="The sha256 of the public key (SPKI), or the serial number.")
    reason: str = Field(description="Why the failure is accepted.")
    owner: str = Field(description="Who is responsible for it.")
    expires: date = Field(description="The last day on which it applies, in UTC.")
    ticket: str = Field(default="", description="Where the fix is tracked.")


class _AnyEntry(BaseModel):
    """An entry that names a rule or declares one. The rule's own model validates it."""

    model_config = ConfigDict(extra="allow", strict=True)

    rule: str = _ABSENT
    id: str = _ABSENT

    @model_validator(mode="after")
    def _names_one(self) -> "_AnyEntry":
        names = {"rule", "id"} & self.model_fields_set
        if not names:
            raise ValueError('key "rule" is missing (or "id", for a rule of your own)')
        if len(names) > 1:
            raise ValueError("must have either rule or id: id declares a rule of your own, rule changes another rule")
        return self


class PolicyFile(BaseModel):
    """A policy: a name, what it extends, and its rules."""

    model_config = _STRICT
    advice: ClassVar[Mapping[str, str]] = {"rules": 'write "- rule: trust.anchor"'}

    name: str | None = Field(default=None, description="The name in reports. Default: the name of the file.")
    extends: Annotated[list[str] | None, BeforeValidator(policies, json_schema_input_type=str | list[str])] = Field(
        default=None,
        max_length=MOST_EXTENDED,
        description="Shipped policies or files beside this one, in order: later ones win.",
    )
    rules: list[_AnyEntry] = Field(default=[], description="The rules of this policy, in order.")
    plugins: list[str] = Field(
        default=[], max_length=MOST_PLUGINS, description="Installed plugins whose checks may be used: acme_checks."
    )
    waivers: list[WaiverEntry] = Field(default=[], description="Exceptions, each with an end.")


def entry_model(check: Check, tables: Collection[str]) -> type[BaseModel]:
    """The model of one rule's entry; the parameters in `tables` are dated tables."""
    fields: dict[str, Any] = {
        name: (_table(parameter) if name in tables else _kind(parameter), parameter.default)
        for name, parameter in check.parameters.items()
    }
    return create_model(check.id, __base__=RuleEntry, **fields)


def _kind(parameter: Parameter) -> Any:
    if parameter.type is dict:
        return OpaEntry
    if parameter.type in {int, float}:
        return Annotated[parameter.type, Field(ge=0, le=parameter.most)]
    if parameter.type not in {str, tuple[str, ...]}:
        return parameter.type
    word = Annotated[str, AfterValidator(partial(known_word, words=parameter.words))] if parameter.words else str
    return (
        word
        if parameter.type is str
        else Annotated[GenericAlias(list, (word,)), Field(max_length=MOST_WORDS), BeforeValidator(short)]
    )


def _table(parameter: Parameter) -> Any:
    row = create_model("row", __config__=_STRICT, issued_before=(date, None), value=(_kind(parameter), ...))
    return GenericAlias(list, (row,))
