"""Valid paths: trust stores, path building, verification."""
