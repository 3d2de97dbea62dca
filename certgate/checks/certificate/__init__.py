"""Rules on single certificates, their keys and requests."""
