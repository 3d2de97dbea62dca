"""Reports: findings in, text out; one interface, one module per format."""
