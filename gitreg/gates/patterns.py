"""Patterns of branches: `*` stands for anything, slashes too; every other character for itself."""

from __future__ import annotations


def matches(pattern: str, name: str) -> bool:
    """Whether a name is of a pattern; in time that grows with both, whoever wrote them."""
    head, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    *middle, tail = rest
    if len(name) < len(head) + len(tail) or not name.startswith(head) or not name.endswith(tail):
        return False
    at, end = len(head), len(name) - len(tail)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
