"""Engines, which run a plan over targets: the results and their order do not depend on the engine."""
