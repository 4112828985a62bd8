"""`gitreg doctor`: finds what is wrong here, and says what mends it."""

from __future__ import annotations

from pathlib import Path

import click

from gitreg.cli.answer import json_option
from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.cli.session import reading
from gitreg.render.doctor import examination_page, finding_json, tier_json, tiers_page
from gitreg.render.document import document
from gitreg.workflows.doctor.ci_tiers import ci_tiers
from gitreg.workflows.doctor.examine import Extent, examine


@click.command(short_help="Find what is wrong here, and the command that mends it.")
@click.option("--offline", is_flag=True, help="Ask no remote and no storage.")
@click.option("--deep", is_flag=True, help="Look at every object and every artifact, however long it takes.")
@click.option("--ci", is_flag=True, help="Say what this CI job may do, and what would let it do more.")
@json_option
@click.pass_obj
def doctor(call: Call, *, offline: bool, deep: bool, ci: bool, form: str | None) -> None:
    """Find what is wrong with this registry on this machine, and the command that mends each. Changes nothing.

    Ends with 1 if something needs mending, else with 0. docs/doctor.md lists the findings. With --ci, it says instead which
    tokens, keys and files this job has, what each lets it do, and what to set in GitLab for each that it lacks; it ends
    with 1 if something is set and does not work.
    """
    if ci:
        _tell_tiers(call, form, offline=offline)
        return
    place = None if call.registry.resolve() == Path.cwd().resolve() else call.registry
    found = examine(call.registry, call.environ, now=now(), extent=Extent(offline, deep), place=place)
    if form == "json":
        click.echo(document("DiagnosisList", [finding_json(one) for one in found.findings]), nl=False)
    else:
        click.echo(examination_page(found), nl=False)
    if not found.is_sound:
        click.get_current_context().exit(1)


def _tell_tiers(call: Call, form: str | None, *, offline: bool) -> None:
    with reading(call) as act:
        tiers = ci_tiers(act.registry, offline=offline)
    if form == "json":
        click.echo(document("TierList", [tier_json(one) for one in tiers]), nl=False)
    else:
        click.echo(tiers_page(tiers), nl=False)
    if any(one.state == "refused" for one in tiers):
        click.get_current_context().exit(1)
