"""What the lab's servers say before TLS: the server's side of a protocol, a module for each."""
