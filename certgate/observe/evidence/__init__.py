"""Evidence beside what a peer sent: fetched, kept or given as files."""
