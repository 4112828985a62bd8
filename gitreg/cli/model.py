"""`gitreg model`: lists, shows and changes models; lists their versions."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.answer import Answer, format_options, json_option, print_answer, print_page
from gitreg.cli.call import Call
from gitreg.cli.completing import MODELS
from gitreg.cli.proposed import tell_proposal
from gitreg.cli.session import reading, writing
from gitreg.cli.words import PAIR, dry_run_option, offline_option, once
from gitreg.documents.records_json import to_json
from gitreg.render.models import model_page, model_table, version_json, version_table
from gitreg.workflows.versions.models import ModelChange, edit_model, list_models, show_model


@click.group(short_help="List, show and edit models and their versions.")
def model() -> None:
    """List, show and edit models and their versions."""


@model.command("list", short_help="List models.")
@click.option("--deleted", is_flag=True, help="Deleted models too.")
@format_options
@click.pass_obj
def list_(call: Call, *, deleted: bool, form: str | None) -> None:
    """List models, by slug."""
    with reading(call) as act:
        found = list_models(act.registry, deleted=deleted)
    answer = Answer("Model", found, to_json, lambda brief: model_table(found, brief=brief), "no models")
    print_answer(call, answer, form)


@model.command(short_help="Show one model whole.")
@click.argument("name", metavar="MODEL", shell_complete=MODELS)
@json_option
@click.pass_obj
def show(call: Call, *, name: str, form: str | None) -> None:
    """Show one model whole: its stages, gates and versions."""
    with reading(call) as act:
        found, versions = show_model(act.registry, name)
    print_page(model_page(found, versions), "Model", [to_json(found)], form)


@model.command(short_help="List a model's versions.")
@click.argument("name", metavar="MODEL", shell_complete=MODELS)
@format_options
@click.pass_obj
def versions(call: Call, *, name: str, form: str | None) -> None:
    """List a model's accepted versions, highest first; a released one has a tag here, which verify proves."""
    with reading(call) as act:
        found = show_model(act.registry, name)[1]
    answer = Answer(
        "ModelVersion", found, version_json, lambda brief: version_table(found, brief=brief), "no versions"
    )
    print_answer(call, answer, form)


@model.command(short_help="Propose a change of a model's record.")
@click.argument("model_name", metavar="MODEL", shell_complete=MODELS)
@click.option("--name", help="What people call it from now on.")
@click.option("--description", help="What it is for.")
@click.option(
    "--owner", "owners", multiple=True, help="Who answers for it; many times, in place of those it has."
)
@click.option("-t", "--tag", "tags", type=PAIR, multiple=True, help="A tag; many times.")
@click.option(
    "--remove-tag", "remove_tags", metavar="KEY", multiple=True, help="Remove this tag; many times."
)
@click.option("--delete/--restore", "deleted", default=None, help="Hide it, or show it again.")
@offline_option
@dry_run_option
@click.pass_obj
def edit(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    model_name: str,
    name: str | None,
    description: str | None,
    owners: Sequence[str],
    tags: Sequence[tuple[str, str]],
    remove_tags: Sequence[str],
    deleted: bool | None,
    offline: bool,
    dry_run: bool,
) -> None:
    """Propose a change of a model's record; prints its merge request, or its branch."""
    set_tags = {**once(tags, "-t"), **dict.fromkeys(remove_tags)}
    change = ModelChange(name, description, tuple(owners) or None, set_tags, deleted)
    with writing(call, dry_run=dry_run) as act:
        proposal = edit_model(act.registry, model_name, change, act.author, offline=offline)
        tell_proposal(act, proposal)
