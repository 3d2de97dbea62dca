"""Rules of the family spiffe."""
