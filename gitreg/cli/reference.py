"""The reference page of every command, made from the commands themselves: docs/commands.md.

`python -m gitreg.cli.reference docs/commands.md` writes it; a test finds a page that is not current.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gitreg.cli.root import gitreg

HEAD = """\
# Commands

Made from the commands themselves by `python -m gitreg.cli.reference docs/commands.md`; do not edit.

Data is printed on stdout, everything else on stderr. Exit codes: 0 done; 1 the answer is no; 2 usage, or this machine
has no room or no rights; 3 not found or ambiguous; 4 credentials or permission; 5 somebody was faster; 6 verification
refused; 7 remote unreachable, work kept here; 70 a bug; 130 interrupted; 143 asked to end (SIGTERM). `run` ends with
the exit code of its command.
"""


def reference() -> str:
    """The page's text."""
    context = click.Context(gitreg, info_name="gitreg")
    return HEAD + "".join(_section(gitreg, context, 2))


def _section(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """One command, and below it each of its own."""
    words = " ".join(command.collect_usage_pieces(context))
    yield f"\n{'#' * level} {context.command_path}\n\n```\n{context.command_path} {words}\n```\n\n"
    yield inspect.cleandoc(command.help or "") + "\n"
    options = [one for one in command.params if isinstance(one, click.Option) and not one.is_eager]
    if options:
        yield "\n" + "".join(f"- {_option(one)}\n" for one in options)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                below = click.Context(inner, info_name=name, parent=context)
                yield from _section(inner, below, level + 1 if context.parent else level)


def _option(option: click.Option) -> str:
    """Names, value, meaning and default, in one line."""
    names = ", ".join([*option.opts, *option.secondary_opts])
    default = f" Default: `{option.default}`." if option.show_default else ""
    needed = " Required." if option.required else ""
    named = f" Environment: `{option.envvar}`." if option.envvar else ""
    return f"`{names}{_value(option)}`: {option.help}{default}{needed}{named}"


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return f" {'|'.join(map(str, option.type.choices))}"
    return f" {option.metavar or option.type.name.upper()}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), "utf-8")
