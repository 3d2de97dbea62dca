"""The checks: one module per family, each check a small pure function of one subject."""
