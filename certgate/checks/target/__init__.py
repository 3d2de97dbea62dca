"""Rules on a target as a whole: whether it was observed, what it negotiates, what it should serve."""
