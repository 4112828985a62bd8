"""Logged models: what a candidate produced, with its files and measurements, before anybody registers it."""
