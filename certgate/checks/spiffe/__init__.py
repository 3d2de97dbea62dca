"""Rules on SPIFFE IDs and on their issuers."""
