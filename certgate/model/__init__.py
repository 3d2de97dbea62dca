"""What things are: targets, observations, findings, verdicts. Pure data that imports nothing of certgate's."""
