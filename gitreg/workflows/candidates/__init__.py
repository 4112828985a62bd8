"""Candidates and experiments that are there: looked at, compared, changed, taken away."""
