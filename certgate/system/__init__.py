"""The process and its machine: named files, child processes, signals, and what must not stay behind."""
