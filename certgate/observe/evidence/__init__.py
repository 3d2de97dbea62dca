"""Evidence beside what a peer sent: fetched, cached or read from files."""
