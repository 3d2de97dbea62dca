"""The TLS client: connections, handshakes and retries."""
