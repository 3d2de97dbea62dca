"""The typed shape of `origin:` in certgate.yaml. Imported only if there is one: pydantic is slow to start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from certgate.model.errors import UsageError
from certgate.model.target import Sameness
from certgate.policy.references import trust_words
from certgate.sources.client_entry import ClientEntry, client_source_of
from certgate.sources.origin_declaration import OriginDeclaration, parse_origin_address
from certgate.sources.trust_entry import Stores, words_of

__all__ = ["OriginEntry"]


class OriginEntry(BaseModel):
    """The server to which the endpoint forwards."""

    model_config = ConfigDict(extra="forbid", strict=True)

    address: str = Field(description="Its IP address, with :PORT if that differs from the endpoint's.")
    trust: Stores = Field(
        default=None,
        description="mozilla, system or files, which must trust the origin's chain; a list is their union.",
    )
    cert: ClientEntry = Field(default=None, description="The client certificate to show to the origin, and its key.")
    same: list[Literal["names", "key", "issuer"]] = Field(
        default_factory=list, description="What the certificates of edge and origin must have in common."
    )
    closed: bool = Field(default=False, description="The origin must refuse everyone but the edge.")

    def mistakes(self) -> Iterator[str]:
        """What is wrong beyond the entry's shape."""
        try:
            parse_origin_address(self.address)
        except UsageError as error:
            yield str(error)
        if self.closed and self.cert is None and (self.trust or self.same):
            key = "trust" if self.trust else "same"
            yield f"{key}: nobody sees the certificate of a closed origin; name a client certificate (cert), too"

    def declaration(self, base: Path) -> OriginDeclaration:
        """The declaration of the entry; paths are relative to `base`."""
        host, port = parse_origin_address(self.address)
        return OriginDeclaration(
            host=host,
            port=port,
            trust=trust_words(words_of(self.trust), base),
            client=client_source_of(self.cert, base),
            same=tuple(Sameness(word) for word in dict.fromkeys(self.same)),
            closed=self.closed,
        )
