"""Rules on what one certificate, its key or a request says."""
