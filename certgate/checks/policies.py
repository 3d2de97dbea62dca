"""Rules of the family policies."""
