"""What is true of models, candidates and releases without a computer: values, names and their laws.

Knows no files, no Git, no YAML text.
"""
