"""`gitreg schema`: the records' JSON schemas."""

from __future__ import annotations

from pathlib import Path

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import PATH, Call
from gitreg.cli.saying import say
from gitreg.cli.words import dry_run_option
from gitreg.documents.schemas import schema_text, schemas, write_all
from gitreg.render.table import table_of

SUFFIX = ".schema.json"


@click.group(short_help="List, show or write the records' JSON schemas.")
def schema() -> None:
    """List, show or write the records' JSON schemas."""


@schema.command("list", short_help="List the kinds of records.")
@format_options
@click.pass_obj
def list_(call: Call, *, form: str | None) -> None:
    """List the kinds of records that have a schema."""
    names = [name.removesuffix(SUFFIX) for name in schemas()]
    table = table_of(("schema", "file"), [(name, f"{name}{SUFFIX}") for name in names])
    answer = Answer("Schema", names, lambda name: {"name": name}, lambda _: table, "no schemas")
    print_answer(call, answer, form)


@schema.command(short_help="Print one schema.")
@click.argument("name")
def show(*, name: str) -> None:
    """Print one schema, as JSON."""
    click.echo(schema_text(name), nl=False)


@schema.command(short_help="Write every schema into a folder.")
@click.argument("folder", metavar="DIR", type=PATH)
@dry_run_option
def write(*, folder: Path, dry_run: bool) -> None:
    """Write every schema into a folder, for editors; prints the folder."""
    if dry_run:
        for name in schemas():
            click.echo(f"write {folder / name}")
        say("nothing was changed (--dry-run)")
        return
    write_all(folder)
    click.echo(str(folder))
