"""Rules on a target as a whole: that it was seen, what it negotiates, what it should serve."""
