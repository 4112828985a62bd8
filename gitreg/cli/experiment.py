"""`gitreg experiment`: lists, shows, makes and changes experiments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from gitreg.cli.answer import Answer, format_options, json_option, print_answer, print_page
from gitreg.cli.call import Call
from gitreg.cli.completing import EXPERIMENTS
from gitreg.cli.session import reading, writing
from gitreg.cli.words import PAIR, dry_run_option, once
from gitreg.documents.records_json import to_json
from gitreg.render.experiments import experiment_json, experiment_page, experiment_table
from gitreg.workflows.candidates.experiments import ExperimentChange, create_experiment, edit_experiment
from gitreg.workflows.candidates.show_experiment import show_experiment, summarize_experiments

F = TypeVar("F", bound=Callable[..., Any])


@click.group(short_help="List, show, create and edit experiments.")
def experiment() -> None:
    """List, show, create and edit experiments."""


@experiment.command("list", short_help="List experiments.")
@click.option("--deleted", is_flag=True, help="Deleted experiments too.")
@format_options
@click.pass_obj
def list_(call: Call, *, deleted: bool, form: str | None) -> None:
    """List experiments, by slug, with how many candidates they have."""
    with reading(call) as act:
        found = summarize_experiments(act.registry, deleted=deleted)
    table = experiment_table(found.experiments)
    answer = Answer(
        "Experiment",
        [experiment for experiment, _ in found.experiments],
        to_json,
        lambda _: table,
        "no experiments",
        found.faults,
    )
    print_answer(call, answer, form)


@experiment.command(short_help="Show one experiment whole.")
@click.argument("name", shell_complete=EXPERIMENTS)
@json_option
@click.pass_obj
def show(call: Call, *, name: str, form: str | None) -> None:
    """Show one experiment whole: its metrics, how many candidates, the latest and the best."""
    with reading(call) as act:
        summary = show_experiment(act.registry, name)
    print_page(experiment_page(summary), "Experiment", [experiment_json(summary)], form)


def _change_options(command: F) -> F:
    """What can be said of an experiment, when it is made and later."""
    options = (
        click.option("--description", help="What it is for."),
        click.option("--primary", metavar="METRIC", help="The metric that decides which candidate is best."),
        click.option(
            "--maximize", metavar="METRIC", multiple=True, help="More of this metric is better; many times."
        ),
        click.option(
            "--minimize", metavar="METRIC", multiple=True, help="Less of this metric is better; many times."
        ),
        click.option(
            "--unit",
            "units",
            metavar="METRIC=UNIT",
            type=PAIR,
            multiple=True,
            help="A metric's unit; many times.",
        ),
        click.option("-t", "--tag", "tags", type=PAIR, multiple=True, help="A tag; many times."),
    )
    for option in reversed(options):
        command = option(command)
    return dry_run_option(command)


def _change(
    *,
    description: str | None,
    primary: str | None,
    maximize: Sequence[str],
    minimize: Sequence[str],
    units: Sequence[tuple[str, str]],
    tags: Sequence[tuple[str, str]],
    **more: Any,  # noqa: ANN401 - what only one of the two commands has
) -> ExperimentChange:
    both = set(maximize) & set(minimize)
    if both:
        raise click.UsageError(f"{min(both)!a} cannot be both maximized and minimized")
    goals = dict.fromkeys(maximize, "maximize") | dict.fromkeys(minimize, "minimize")
    set_tags = {**once(tags, "-t"), **dict.fromkeys(more.pop("remove_tags", ()))}
    return ExperimentChange(
        description=description,
        primary=primary,
        goals=goals,
        units=once(units, "--unit"),
        tags=set_tags,
        **more,
    )


@experiment.command(short_help="Make an experiment.")
@click.argument("name")
@_change_options
@click.pass_obj
def create(call: Call, /, *, name: str, dry_run: bool, **words: Any) -> None:  # noqa: ANN401 - see _change
    """Make an experiment; prints its slug. Logging to a new name makes one, too."""
    change = _change(**words)
    with writing(call, dry_run=dry_run) as act:
        act.done(create_experiment(act.registry, name, change, act.author).slug)


@experiment.command(short_help="Change an experiment.")
@click.argument("experiment_name", metavar="NAME", shell_complete=EXPERIMENTS)
@click.option("--name", help="What people call it from now on.")
@click.option(
    "--remove-tag", "remove_tags", metavar="KEY", multiple=True, help="Remove this tag; many times."
)
@click.option("--delete/--restore", "deleted", default=None, help="Hide it, or show it again.")
@_change_options
@click.pass_obj
def edit(call: Call, /, *, experiment_name: str, dry_run: bool, **words: Any) -> None:  # noqa: ANN401 - see _change
    """Change an experiment, as a commit; prints its slug."""
    change = _change(**words)
    with writing(call, dry_run=dry_run) as act:
        act.done(edit_experiment(act.registry, experiment_name, change, act.author).slug)
