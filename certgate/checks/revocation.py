"""Rules of the family revocation."""
