"""The process and its machine: named files, child processes, signals, temporary files."""
