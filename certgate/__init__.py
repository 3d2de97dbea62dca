"""certgate: a certificate compliance gate for pipelines."""

__version__ = "0.1.0"
