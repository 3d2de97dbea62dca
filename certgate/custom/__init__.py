"""Rules that are not certgate's: expressions, plugins, and decisions of a policy server."""
