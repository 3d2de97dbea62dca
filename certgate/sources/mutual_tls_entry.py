"""The typed shape of `mtls` in certgate.yaml. Imported only if there is one: pydantic is slow to start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from certgate.model.mutual_tls import ClientFiles, ClientKind, Expect, MutualTls
from certgate.sources.client_entry import CLIENT_SCHEMAS, client_source_of, valid_client

__all__ = ["MutualTlsEntry"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_MAX_PATH = 2048
_CONTROL = {"anyOf": [{"const": "none"}, *CLIENT_SCHEMAS]}
_APP = {
    "anyOf": [
        {"enum": ["http", "none"]},
        {
            "type": "object",
            "properties": {"http": {"type": "string", "pattern": "^/"}},
            "required": ["http"],
            "additionalProperties": False,
        },
    ]
}


def _control(value: Any) -> Any:
    return value if value in (None, "none") else valid_client(value, ", or none")


def _app(value: Any) -> Any:
    if value in (None, "http", "none"):
        return value
    if not (isinstance(value, dict) and value.keys() == {"http"} and isinstance(value["http"], str)):
        raise ValueError("must be http, {http: /PATH} or none")
    path = value["http"]
    if not (path.startswith("/") and path.isascii() and path.isprintable() and " " not in path):
        raise ValueError("the path of http must begin with / and have ASCII letters, digits and signs alone, no blank")
    if len(path) > _MAX_PATH:
        raise ValueError(f"the path of http must have at most {_MAX_PATH:,} characters")
    return value


class ClientCertificateEntry(BaseModel):
    """A client certificate."""

    model_config = _STRICT

    cert: str = Field(description="The client certificate: PEM or PKCS#12.")
    key: str | None = Field(default=None, description="Its private key, unless the same file has it.")


class RefusedClients(BaseModel):
    """Clients that the server must refuse, each with its certificate."""

    model_config = _STRICT

    expired: ClientCertificateEntry | None = Field(
        default=None, description="A certificate of an accepted CA that has expired."
    )
    not_yet_valid: ClientCertificateEntry | None = Field(
        default=None, alias="not-yet-valid", description="A certificate of an accepted CA that is not valid yet."
    )
    revoked: ClientCertificateEntry | None = Field(
        default=None, description="A certificate that its CA, an accepted one, revoked."
    )
    public_ca: ClientCertificateEntry | None = Field(
        default=None, alias="public-ca", description="A certificate for clients from a public CA."
    )
    foreign_trust_domain: ClientCertificateEntry | None = Field(
        default=None, alias="foreign-trust-domain", description="A certificate of another SPIFFE trust domain."
    )
    wrong_id: ClientCertificateEntry | None = Field(
        default=None, alias="wrong-id", description="A certificate of an accepted CA for somebody who has no access."
    )


class MutualTlsEntry(BaseModel):
    """Which clients the server must let in, and which it must refuse."""

    model_config = _STRICT

    expect: Literal["required", "optional", "none"] = Field(
        default="required", description="What becomes of clients without a certificate. Default: they are refused."
    )
    control: Annotated[Any, AfterValidator(_control), WithJsonSchema(_CONTROL)] = Field(
        default=None,
        description="A client that must be let in, {cert, key} or workload-api. Without one, refusals prove nothing, "
        "unless this is none.",
    )
    refuse: RefusedClients = Field(
        default_factory=RefusedClients, description="Clients that must be refused, {cert, key} each."
    )
    app: Annotated[Any, AfterValidator(_app), WithJsonSchema(_APP)] = Field(
        default=None,
        description="How the application is asked: http, {http: /PATH}, or none if TLS decides.",
    )

    def mistakes(self) -> Iterator[str]:
        """The mistakes beyond the shape."""
        if self.expect == "none" and self.refuse.model_fields_set:
            yield "with expect: none everybody is let in, so nobody can be refused; leave out expect or refuse"

    def declared(self, base: Path) -> MutualTls:
        """What the target declares; paths are relative to `base`."""
        refused = ((kind, getattr(self.refuse, kind.replace("-", "_"))) for kind in ClientKind if kind.needs_files)
        app = self.app["http"] if isinstance(self.app, dict) else {"http": "/", "none": "none"}.get(self.app, "")
        return MutualTls(
            expect=Expect(self.expect),
            control=client_source_of(None if self.control == "none" else self.control, base),
            needs_control=self.control != "none",
            refuse=tuple((kind, _files(base, files.cert, files.key)) for kind, files in refused if files),
            app=app,
        )


def _files(base: Path, cert: str, key: str | None) -> ClientFiles:
    return ClientFiles(str(base / cert), str(base / key) if key else "")
