"""Proxies: how a connection through one is asked for."""
