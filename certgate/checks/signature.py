"""Rules of the family signature."""
