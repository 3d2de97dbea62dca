"""The lab: certificates and servers with known faults, on loopback, for the demo, the tests and policy authors."""
