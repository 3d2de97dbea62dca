"""What a certificate has in common with others of its CA, for checks that look at nothing else."""

from certgate.model.frozen import frozen
from certgate.model.target import Role
from certgate.x509.template import TemplateFacts

__all__ = ["TemplateInRole"]


@frozen(slots=True)
class TemplateInRole:
    """A template in the role of its certificates. Equal for all of them."""

    certificate: TemplateFacts
    label: str
    roles: frozenset[Role]
