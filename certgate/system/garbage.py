"""When Python looks for garbage: seldom, as most of what a run makes is freed without it."""

import gc

__all__ = ["ALLOCATIONS", "collect_from_here"]

ALLOCATIONS = 50_000
"""Allocations between two garbage collections: a run keeps many objects, and few are in cycles."""


def collect_from_here() -> None:
    """Begin to collect garbage. What exists already stays."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
    gc.enable()
