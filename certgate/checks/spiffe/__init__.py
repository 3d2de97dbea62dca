"""Rules on SPIFFE IDs and on those who issue them."""
