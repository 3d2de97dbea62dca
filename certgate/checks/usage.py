"""Rules of the family usage."""
