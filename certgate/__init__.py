"""certgate: a certificate compliance gate for pipelines."""

__version__ = "0.1.0"

REPOSITORY = "https://github.com/OWNER/certgate"
"""OWNER until it is decided."""
DOCUMENTS = f"{REPOSITORY}/blob/main/docs"
