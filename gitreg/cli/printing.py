"""Output as it comes: printed in large pieces, so that a hundred thousand lines take little time and less memory."""

from __future__ import annotations

from collections.abc import Iterable

import click

PIECE = 64 * 1024


def print_pieces(parts: Iterable[str]) -> None:
    """Prints text that comes in parts, a part long or short."""
    waiting: list[str] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size > PIECE:
            click.echo("".join(waiting), nl=False)
            waiting.clear()
            size = 0
    click.echo("".join(waiting), nl=False)
