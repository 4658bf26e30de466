"""What is measured, against what, each ratio within one run. ``python -m benchmarks`` prints the table."""
