"""Journals: observations that are on disk at once, so that a run that was killed can go on."""
