"""Certificate requests by cert-manager's resources."""
