"""Shared parts of the benchmarks: the client, the servers that are measured, the actions of users and the load."""
