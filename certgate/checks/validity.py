"""Rules of the family validity."""
