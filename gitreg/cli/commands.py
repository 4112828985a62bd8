"""The group that imports a command when it is called, so that `gitreg --help` costs no more than click.

The short help stands in the table; a test compares it with each command's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from gitreg.cli.loading import load


class Entry(NamedTuple):
    """One command: the module and attribute that it is, and what it does in one line."""

    target: str
    short_help: str


class Commands(click.Group):
    """A group whose commands are named by a table of sections, and imported one at a time.

    Unlisted ones are called by programs, and help does not name them.
    """

    def __init__(
        self,
        *,
        sections: Mapping[str, Mapping[str, Entry]],
        unlisted: Mapping[str, Entry],
        **attributes: Any,  # noqa: ANN401 - click's own
    ) -> None:
        super().__init__(**attributes)
        self.sections = sections
        self.unlisted = unlisted

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """The commands, in the table's order."""
        return [name for section in self.sections.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        tables = (*self.sections.values(), self.unlisted)
        entry = next((table[cmd_name] for table in tables if cmd_name in table), None)
        if entry is None:
            return None
        command: click.Command = load(entry.target)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; where there is none, the one that was probably meant is named."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = load("difflib:get_close_matches")(args[0], self.list_commands(ctx), 1)
            if not close:
                raise
            message = f"there is no command {args[0]!a}; did you mean {close[0]}?"
            raise click.UsageError(message, ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table, as help shows it: nothing is imported."""
        for title, section in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.short_help) for name, entry in section.items()])
