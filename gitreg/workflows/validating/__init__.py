"""Validating records and changes of them by every rule."""
