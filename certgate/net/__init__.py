"""Requests to servers on the user's behalf: names, and URLs through one guarded fetcher."""
