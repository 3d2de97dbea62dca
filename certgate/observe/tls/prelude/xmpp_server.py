"""XMPP between servers, who speak in a namespace of their own (RFC 6120 §4.8.2)."""

from functools import partial

from certgate.observe.tls.prelude import xmpp
from certgate.observe.tls.prelude.interface import Prelude

__all__ = ["PRELUDES"]

PRELUDES = (Prelude(partial(xmpp.talk, namespace="jabber:server")),)
