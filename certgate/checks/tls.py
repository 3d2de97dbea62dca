"""Rules of the family tls."""
