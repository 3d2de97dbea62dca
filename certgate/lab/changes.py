"""How a scenario's certificate differs from the usual one: the arguments of `pki.issue`, typed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from cryptography import x509

from certgate.lab.pki import Credential, PrivateKey

__all__ = ["Changes", "Extensions"]

Extensions = dict[type[x509.ExtensionType], tuple[x509.ExtensionType, bool] | None]
"""By extension type: the value and whether it is critical; None drops the extension."""


class Changes(TypedDict, total=False):
    """Arguments of `pki.issue`, which documents them; absent ones keep its defaults."""

    subject: str | x509.Name
    issuer: Credential | None
    key: PrivateKey | str
    ca: bool
    path_length: int | None
    sans: Sequence[str | x509.GeneralName]
    ekus: Sequence[str] | None
    key_usage: Sequence[str] | None
    policies: Sequence[str] | None
    not_before: datetime
    days: float
    not_after: datetime | None
    serial: int | None
    version: int
    hash_name: str
    extensions: Mapping[type[x509.ExtensionType], tuple[x509.ExtensionType, bool] | None]
    raw_extensions: Sequence[tuple[str, bool, bytes]]
    issuer_name: x509.Name | None
    signing_key: PrivateKey | None
    spki: bytes | None
    unique_ids: bool
    generalized_end: bool
    inner_hash: str | None
