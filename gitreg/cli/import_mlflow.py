"""`gitreg import`: what other tools recorded, brought into the registry."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import pacing, reading
from gitreg.cli.with_mlflow import load_with_mlflow
from gitreg.cli.words import dry_run_option
from gitreg.errors import UsageError
from gitreg.render.imports import count_json, count_table
from gitreg.workflows.import_mlflow.choosing import Choice
from gitreg.workflows.import_mlflow.importing import Import
from gitreg.workflows.import_mlflow.mlruns import MlrunsSource
from gitreg.workflows.import_mlflow.places import ArtifactPlace, Places, plain
from gitreg.workflows.import_mlflow.report import Report
from gitreg.workflows.import_mlflow.source import Source

SOURCES = {
    "sqlite": "gitreg.mlflow_plugin.sources.database:open_database",
    "http": "gitreg.mlflow_plugin.sources.server:open_server",
    "https": "gitreg.mlflow_plugin.sources.server:open_server",
}
"""Sources that MLflow itself reads, by the scheme of their address; everything else is an mlruns/ folder."""
FETCHING = "gitreg.mlflow_plugin.sources.fetching:Fetching"
"""Brings artifacts from object stores, by MLflow's own means."""
MOST_WORKERS = 64


class ArtifactPlaceWord(click.ParamType[ArtifactPlace]):
    """`ADDRESS=FOLDER`, `FOLDER`, or the address of an object store."""

    name = "address"

    def convert(
        self,
        value: str | ArtifactPlace,
        param: click.Parameter | None,  # noqa: ARG002 - click's
        ctx: click.Context | None,
    ) -> ArtifactPlace:
        """The place."""
        if isinstance(value, ArtifactPlace):
            return value
        address, sign, folder = value.rpartition("=")
        if sign and address:
            return ArtifactPlace(address, _existing(ctx, folder))
        is_store = re.match(r"[a-z][a-z0-9+.-]+:/", value) and not value.startswith("file:")
        return ArtifactPlace(value, None if is_store else _existing(ctx, plain(value)))


@click.group("import", short_help="Bring in what other tools recorded.")
def import_() -> None:
    """Bring in what other tools recorded."""


@import_.command(short_help="Bring in experiments, runs and models that MLflow recorded elsewhere.")
@click.argument("word", metavar="SOURCE")
@click.option(
    "-e",
    "--experiment",
    "experiments",
    metavar="NAME",
    multiple=True,
    help="Only this experiment; many times.",
)
@click.option(
    "--models/--no-models", default=None, help="Registered models too, or not; they come unless -e is given."
)
@click.option("--running", is_flag=True, help="Runs that have not ended there too, as killed ones.")
@click.option("--update", is_flag=True, help="Replace what was imported before and has changed there since.")
@click.option(
    "--artifacts",
    "artifacts",
    metavar="ADDRESS[=FOLDER]",
    type=ArtifactPlaceWord(),
    multiple=True,
    help="Read artifacts at such addresses too, in this folder; many times.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, MOST_WORKERS),
    default=min(8, os.cpu_count() or 1),
    help="So many runs at once.",
)
@format_options
@dry_run_option
@click.pass_obj
def mlflow(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    word: str,
    experiments: Sequence[str],
    models: bool | None,
    running: bool,
    update: bool,
    artifacts: Sequence[ArtifactPlace],
    jobs: int,
    form: str | None,
    dry_run: bool,
) -> None:
    """Bring in what MLflow recorded: SOURCE is an mlruns folder, sqlite:///FILE, or the URL of a server.

    Run ids, times, curves, params, tags, datasets, artifacts, logged models, registered models, their versions, numbers and
    aliases stay. Done again it brings what is new, and after an interruption it goes on. Prints how many things of each kind
    are new, were there, have changed, clash or were left out; ends with 1 if something of the source is not here.
    docs/import-mlflow.md says more.
    """
    choice = Choice(frozenset(experiments), not experiments if models is None else models, running, update)
    with reading(call) as act:
        if call.bundle is not None:
            raise UsageError(
                f"{call.bundle} is a bundle, which is only read", hint=f"git clone {call.bundle}"
            )
        source = _opened(call, word, artifacts)
        try:
            done = Import(act.registry, source, choice, act.author, dry=dry_run).run(
                act.progress, pacing(), jobs
            )
        finally:
            source.close()
    tell_counts(call, done, form, dry_run=dry_run)


def _opened(call: Call, word: str, artifacts: Sequence[ArtifactPlace]) -> Source:
    scheme, places = re.match(r"([a-z][a-z0-9+]*):/", word), Places(artifacts)
    if scheme is None or scheme[1] == "file":
        folder = call.path(plain(word))
        if all(one.folder is not None for one in artifacts):
            return MlrunsSource(folder, places)
        return MlrunsSource(folder, places, load_with_mlflow(FETCHING)(places).bring)
    target = SOURCES.get(scheme[1])
    if target is None:
        raise UsageError(
            f"{scheme[1]} is no source that can be read",
            hint="mlflow server --backend-store-uri ... --port 5001, then gitreg import mlflow http://127.0.0.1:5001",
        )
    source: Source = load_with_mlflow(target)(word, places, call.folder)
    return source


def tell_counts(call: Call, done: Report, form: str | None, *, dry_run: bool) -> None:
    """Prints what was done, and ends with 1 if something was left behind."""
    rows = done.rows()
    print_answer(call, Answer("ImportCount", rows, count_json, lambda _: count_table(rows), "nothing"), form)
    for notice in done.notices:
        say(notice)
    if done.further:
        say(f"and {done.further} more of the kind")
    if dry_run:
        say("nothing was changed (--dry-run)")
    if not done.is_whole:
        click.get_current_context().exit(1)


def _existing(ctx: click.Context | None, folder: str) -> Path:
    call = ctx.find_object(Call) if ctx else None
    found = call.path(folder) if call else Path(folder)
    if not found.is_dir():
        raise click.BadParameter(f"there is no folder {folder}")
    return found
