"""Other verifiers as witnesses: they are asked the same question as certgate's own path code."""

from certgate.trust.engines.cryptography import Cryptography
from certgate.trust.engines.interface import Engine
from certgate.trust.engines.openssl import OpenSsl

__all__ = ["ENGINES"]

ENGINES: tuple[Engine, ...] = (OpenSsl(), Cryptography())
