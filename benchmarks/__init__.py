"""Measures the product against what the machine could do at best; `python -m benchmarks` writes docs/benchmarks.md."""
