"""What a server asks of a push before it takes it: a file for each kind of ref; judge.py puts them together.

Knows records, commits and signatures; nothing of the command line. Changes nothing (docs/adr/0030).
"""
