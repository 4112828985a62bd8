"""What a torture tells while it runs: lines on standard output, at once."""

from __future__ import annotations


def say(words: str = "") -> None:
    """One line, not held back: whoever watches a long run sees it now."""
    print(words, flush=True)  # noqa: T201 - these are scripts for people
