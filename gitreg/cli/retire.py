"""`gitreg retire`: a version is proposed not to be used any more."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import VERSIONS
from gitreg.cli.proposed import tell_proposal
from gitreg.cli.session import writing
from gitreg.cli.words import dry_run_option, model_version, offline_option
from gitreg.workflows.versions.stages import retire as propose_retirement


@click.command(short_help="Propose that a version is not used any more.")
@click.argument("what", metavar="MODEL@VERSION", shell_complete=VERSIONS)
@click.option("--reason", required=True, help="Why, for those who read it later.")
@offline_option
@dry_run_option
@click.pass_obj
def retire(call: Call, *, what: str, reason: str, offline: bool, dry_run: bool) -> None:
    """Propose that a version is not used any more. Prints its merge request, or its branch."""
    model, version = model_version(what)
    with writing(call, dry_run=dry_run) as act:
        proposal = propose_retirement(act.registry, model, version, reason, act.author, offline=offline)
        tell_proposal(act, proposal, f"gitreg release {model}")
