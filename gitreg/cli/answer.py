"""What a reading command answers: a table, in the form that was asked for, or one JSON document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import click

from gitreg.cli.call import Call
from gitreg.cli.loading import load
from gitreg.cli.printing import print_pieces, put
from gitreg.cli.saying import say
from gitreg.cli.screen import is_terminal, screen
from gitreg.render.document import Json, document
from gitreg.render.table import FORMS, Table

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
FORMATS = ("table", "tsv", "csv", "md", "json")


class Answer(NamedTuple, Generic[T]):
    """Things of one kind.

    Args:
        kind: of one of them, `Candidate`.
        things: what was found.
        as_json: one of them, for programs.
        table: draws them; told whether a person reads it, who would rather have less and shorter.
        none: what to say when there are none.
        faults: what is wrong with those that are left out.
    """

    kind: str
    things: Sequence[T]
    as_json: Callable[[T], Json]
    table: Callable[[bool], Table]
    none: str
    faults: Sequence[str] = ()


def format_options(command: F) -> F:
    """`--format` and `--json`; the command gets the chosen one as `form`, or None."""
    chosen = click.option(
        "--format", "form", type=click.Choice(FORMATS), help="Default: a table on a terminal, TSV in a pipe."
    )
    return json_option(chosen(command))


def json_option(command: F) -> F:
    """`--json`, short for `--format json`."""
    return click.option(
        "--json", "form", flag_value="json", type=click.UNPROCESSED, help="One JSON document."
    )(command)


def print_answer(call: Call, answer: Answer[T], form: str | None) -> None:
    """Prints the answer; an empty one says so on stderr."""
    if not answer.things:
        say(answer.none)
    form = form or ("table" if is_terminal() else "tsv")
    if form == "json":
        items = [answer.as_json(thing) for thing in answer.things]
        click.echo(document(f"{answer.kind}List", items, answer.faults), nl=False)
    elif form != "table":
        print_pieces(FORMS[form](answer.table(False)))
    elif answer.things:
        print_table(call, answer.table(True))
    warn(answer.faults)


def warn(faults: Sequence[str]) -> None:
    """One line for what is in no answer, as it is no record."""
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        say(f"warning: left out: {faults[0]}{more} (gitreg validate)")


def print_table(call: Call, table: Table) -> None:
    """Draws a table for a person."""
    drawn = screen(call.environ)
    text = load("gitreg.render.table_terminal:table_text")(table, drawn.width, colour=drawn.colour)
    put(text, colour=drawn.colour)


def print_page(page: str, kind: str, items: Sequence[Json], form: str | None) -> None:
    """Prints one thing whole: a page for people, or the same document as a list of one."""
    click.echo(document(f"{kind}List", items) if form == "json" else page, nl=False)
