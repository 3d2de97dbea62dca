"""Chains that a server has for further types of keys: which first chain each belongs to, and what is judged of it."""

from collections.abc import Sequence

from certgate.judge.chain import leaf_of
from certgate.model.observation import HandshakeFacts, Observation
from certgate.x509.certificate import Certificate

__all__ = ["first_handshake", "must_be_expected"]


def first_handshake(seen: Observation, observations: Sequence[Observation]) -> HandshakeFacts | None:
    """The handshake that any client gets at this vantage, not one that certgate narrowed to a type of key."""
    if not seen.vantage.key_type:
        return seen.handshake
    return next((one.handshake for one in _together(seen, observations) if not one.vantage.key_type), None)


def must_be_expected(seen: Observation, observations: Sequence[Observation], deployed: Sequence[Certificate]) -> bool:
    """Whether the observation must show the chain that was deployed: it is for a single type of key."""
    if not deployed:
        return True
    together = _together(seen, observations)
    if not any(one.vantage.key_type for one in together):
        return True
    wanted = deployed[0].key.algorithm
    if any(_key_type(one) == wanted for one in together):
        return _key_type(seen) == wanted
    return not seen.vantage.key_type


def _together(seen: Observation, observations: Sequence[Observation]) -> list[Observation]:
    """The observations at the same address, under the same server name."""
    where = (seen.vantage.address, seen.vantage.server_name)
    return [one for one in observations if (one.vantage.address, one.vantage.server_name) == where]


def _key_type(seen: Observation) -> str:
    leaf = leaf_of(seen)
    return leaf.key.algorithm if leaf else ""
