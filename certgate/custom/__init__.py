"""Rules that are not certgate's own: expressions, plugins, and decisions of a policy server."""
