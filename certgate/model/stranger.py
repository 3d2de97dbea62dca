"""The names of the probes that ask as a stranger: a client without a certificate, at any address."""

__all__ = ["EDGE_STRANGER", "ORIGIN_STRANGER"]

ORIGIN_STRANGER = "origin stranger"
"""At the origin, which must refuse it."""
EDGE_STRANGER = "edge stranger"
"""At the endpoint in front of it, which lets everyone in."""
