"""What the benchmarks share: a client of each protocol, servers to measure, scenarios, and the words of the report."""
