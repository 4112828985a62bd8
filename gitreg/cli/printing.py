"""Output as it comes: printed in large pieces, so that a hundred thousand lines take little time and less memory."""

from __future__ import annotations

from collections.abc import Iterable

import click

PIECE = 64 * 1024
BEGUN = "gitreg.cli.printing.begun"
"""Where a call notes that something of its answer is out (click's `Context.meta`)."""


def print_pieces(parts: Iterable[str]) -> None:
    """Prints text that comes in parts, a part long or short."""
    waiting: list[str] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size > PIECE:
            put("".join(waiting))
            waiting.clear()
            size = 0
    put("".join(waiting))


def put(text: str, *, colour: bool | None = None) -> None:
    """Prints a text, and notes that something is out by now."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[BEGUN] = True
    click.echo(text, nl=False, color=colour)


def is_begun() -> bool:
    """Whether something of this call's answer is out, so that it cannot be begun again."""
    context = click.get_current_context(silent=True)
    return context is not None and BEGUN in context.meta
