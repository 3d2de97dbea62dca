"""Questions to servers: a ClientHello of certgate's own, and the server's first answer. No cryptography."""
