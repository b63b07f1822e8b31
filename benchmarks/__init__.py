"""What RouteIQ claims of its speed, measured: `python -m benchmarks`."""
