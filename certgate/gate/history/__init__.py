"""Earlier runs, kept in a folder: `--history`."""
