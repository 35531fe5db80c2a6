"""Speed, measured beside peers and beside a bound: `python -m benchmarks --help`."""
