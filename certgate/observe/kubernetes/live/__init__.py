"""Clusters: what an API server says about its objects."""
