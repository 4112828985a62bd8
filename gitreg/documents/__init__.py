"""Records as canonical YAML text, where each of them lives, and what is wrong with a file that is none.

Knows records, text and paths; knows nothing of commits.
"""
