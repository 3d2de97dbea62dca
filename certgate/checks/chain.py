"""Rules of the family chain."""
