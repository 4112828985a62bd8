"""A line for people: stdout is data, and this is everything else."""

from __future__ import annotations

import click

from gitreg.safe import one_line


def say(message: str) -> None:
    """A line for people, on stderr."""
    click.echo(one_line(message), err=True)
