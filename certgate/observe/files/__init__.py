"""Files that are about to be deployed: chains, requests and keys, whatever their format."""
