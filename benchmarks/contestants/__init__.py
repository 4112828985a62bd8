"""Ways to log one candidate, one per file; `log_one.py` has the list."""
