"""Which paths hold: stores, path building, verification."""
