"""Rules of the family name."""
