"""Words in, messages and exit codes out: the command line.

A command translates words into one workflow's parameters, its value into text, and decides nothing. Time, identity,
randomness and the environment enter here, and nowhere below.
"""

from gitreg.cli.entry import main

__all__ = ["main"]
