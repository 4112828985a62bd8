"""The steps of verification, a file for each group of them; gitreg.workflows.verification.verify puts them in order.

Each step takes what the steps before it found and returns what it found itself, or refuses. Knows objects, keys and
records; nothing of the command line, and of content only where bytes are asked for.
"""
