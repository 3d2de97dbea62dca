"""LMTP: SMTP that begins with `LHLO` (RFC 2033)."""

from functools import partial

from certgate.observe.tls.prelude import smtp
from certgate.observe.tls.prelude.interface import Prelude

__all__ = ["PRELUDES"]

PRELUDES = (Prelude(partial(smtp.talk, hello=b"LHLO")),)
