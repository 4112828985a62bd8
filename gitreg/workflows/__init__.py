"""What a person wants done: one act per file, readable from top to bottom.

Knows no words of the command line and prints nothing.
"""
