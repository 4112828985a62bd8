"""`gitreg rollback`: a stage is proposed to go back."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import MODELS
from gitreg.cli.proposed import tell_proposal
from gitreg.cli.session import writing
from gitreg.cli.words import VERSION, dry_run_option, offline_option
from gitreg.domain.version import VersionNumber
from gitreg.workflows.versions.models import model_slug
from gitreg.workflows.versions.stages import rollback as propose_rollback


@click.command(short_help="Propose that a stage goes back to its former version.")
@click.argument("model", shell_complete=MODELS)
@click.argument("stage")
@click.option("--to", type=VERSION, help="Go to this version; the one before unless given.")
@offline_option
@dry_run_option
@click.pass_obj
def rollback(
    call: Call, *, model: str, stage: str, to: VersionNumber | None, offline: bool, dry_run: bool
) -> None:
    """Propose that a stage goes back to its former version. Prints its merge request, or its branch."""
    slug = model_slug(model)
    with writing(call, dry_run=dry_run) as act:
        proposal = propose_rollback(act.registry, slug, stage, to, act.author, offline=offline)
        tell_proposal(act, proposal, f"gitreg release {slug}")
