"""What is said on a connection before TLS begins: a module for each protocol."""
