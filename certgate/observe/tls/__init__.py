"""The TLS client: one connection, one handshake, and when a server is asked again."""
