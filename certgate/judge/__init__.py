"""Evaluates a policy's rules over what was observed: pure, the same answer every time."""
