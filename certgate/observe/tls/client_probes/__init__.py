"""Probes with client certificates: whom a server lets in, and whom it refuses."""
