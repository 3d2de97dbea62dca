"""What rules take for granted of a certificate: a failure that denies it explains theirs."""

from enum import StrEnum

__all__ = ["Premise"]


class Premise(StrEnum):
    """Something that a rule takes for granted, so that its failure says nothing where another rule denies it."""

    LEAF = "leaf"
    """The first certificate is a leaf, not a CA."""
    TLS = "tls"
    """The leaf is for TLS, not for code, mail or time stamps alone. That is so for the whole path, or not at all."""
    ISSUED = "issued"
    """A CA issued the leaf."""
    EXTENSIONS = "extensions"
    """The certificate is of the version that has extensions."""
    ALGORITHM = "algorithm"
    """certgate knows the algorithm by which the certificate is signed."""
    TIMESTAMPS = "timestamps"
    """The leaf's list of SCTs can be read."""
    SIGNER = "signer"
    """The signer of the OCSP response is known."""
    READABLE = "readable"
    """The part that a rule reads can be read. Every rule presumes it."""
