"""`gitreg assign`: a version is proposed for a stage."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import VERSIONS
from gitreg.cli.proposed import tell_proposal
from gitreg.cli.session import writing
from gitreg.cli.words import dry_run_option, model_version, offline_option
from gitreg.workflows.versions.models import model_slug
from gitreg.workflows.versions.stages import assign as propose_assignment

EMPTY = "@none"


@click.command(short_help="Propose that a version serves in a stage.")
@click.argument("what", metavar="MODEL@VERSION", shell_complete=VERSIONS)
@click.argument("stage")
@offline_option
@dry_run_option
@click.pass_obj
def assign(call: Call, *, what: str, stage: str, offline: bool, dry_run: bool) -> None:
    """Propose that a version serves in a stage; MODEL@none empties it. Prints its merge request, or its branch."""
    if what.endswith(EMPTY):
        model, version = model_slug(what.removesuffix(EMPTY)), None
    else:
        model, version = model_version(what)
    with writing(call, dry_run=dry_run) as act:
        proposal = propose_assignment(act.registry, model, version, stage, act.author, offline=offline)
        tell_proposal(act, proposal, f"gitreg release {model}")
