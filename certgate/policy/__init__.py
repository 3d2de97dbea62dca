"""What people write: policies, configuration, target lists."""
