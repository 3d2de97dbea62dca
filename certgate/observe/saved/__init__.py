"""Saved observations: a file of JSON lines that says whether it is complete."""

from certgate.observe.saved.reading import load_saved, saved_part, stream_saved
from certgate.observe.saved.writing import SavedObservations

__all__ = ["SavedObservations", "load_saved", "saved_part", "stream_saved"]
