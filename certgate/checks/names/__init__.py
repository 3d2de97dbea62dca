"""Rules on the names in a certificate."""
