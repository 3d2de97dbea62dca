"""The domain model: targets, observations, findings, verdicts; pure data without imports from other packages."""
