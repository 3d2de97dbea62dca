"""Targets and how they are observed: endpoints, files, manifests, saved observations."""
