"""Rules on revocation and on certificate transparency."""
