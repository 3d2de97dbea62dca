"""What cert-manager's resources ask for."""
