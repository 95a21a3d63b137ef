"""Benchmarks: each prints its figures beside a named yardstick measured in the same run."""
