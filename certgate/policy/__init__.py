"""Everything that users write: policies, configuration, target lists."""
