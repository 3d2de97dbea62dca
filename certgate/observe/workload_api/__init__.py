"""The SPIFFE Workload API: what an agent gives to the workload that asks."""
