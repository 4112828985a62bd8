"""Candidates that run: their drafts from the start to the record, and back where a candidate that ended goes on."""
