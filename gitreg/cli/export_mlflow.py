"""`gitreg export mlflow`: what the registry holds, for those who stay with MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gitreg.cli.answer import format_options
from gitreg.cli.call import PATH, Call
from gitreg.cli.completing import EXPERIMENTS
from gitreg.cli.import_mlflow import tell_counts
from gitreg.cli.session import reading
from gitreg.cli.with_mlflow import load_with_mlflow
from gitreg.cli.words import dry_run_option


@click.command(short_help="Write experiments, runs and models to a database or server of MLflow's.")
@click.argument("target", metavar="TARGET")
@click.option(
    "-e",
    "--experiment",
    "experiments",
    metavar="NAME",
    multiple=True,
    shell_complete=EXPERIMENTS,
    help="Only this experiment; many times.",
)
@click.option(
    "--models/--no-models", default=None, help="Registered models too, or not; they go unless -e is given."
)
@click.option(
    "--artifacts",
    metavar="FOLDER",
    type=PATH,
    help="Where a database's artifacts go; mlartifacts beside it unless given.",
)
@format_options
@dry_run_option
@click.pass_obj
def mlflow(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    target: str,
    experiments: Sequence[str],
    models: bool | None,
    artifacts: Path | None,
    form: str | None,
    dry_run: bool,
) -> None:
    """Write experiments, runs and models to TARGET: sqlite:///FILE, or the URL of an MLflow server.

    Needs MLflow. MLflow gives new ids to runs and logged models; the tag gitreg.candidate holds the one they have here. Done
    again it writes what is new. Prints how many things of each kind are new, were there, have changed or clash; ends with 1 if
    something is not there.
    """
    open_target = load_with_mlflow("gitreg.mlflow_plugin.exporting.target:open_target")
    export = load_with_mlflow("gitreg.mlflow_plugin.exporting.export:Export")
    goes = not experiments if models is None else models
    with reading(call) as act:
        place = open_target(target, artifacts, call.folder, dry=dry_run)
        done = export(act.registry, place, frozenset(experiments), goes, act.progress, dry=dry_run).run()
    tell_counts(call, done, form, dry_run=dry_run)
