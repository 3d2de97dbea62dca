"""Saved observations: a file of JSON lines that says whether it is whole, so that it can be judged again."""

from certgate.observe.saved.reading import load_saved, stream_saved
from certgate.observe.saved.writing import SavedObservations

__all__ = ["SavedObservations", "load_saved", "stream_saved"]
