"""Everything that touches a network, a file or a clock: targets in, observations out."""
