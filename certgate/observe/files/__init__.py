"""Files that are about to be deployed: chains, requests and keys in all formats."""
