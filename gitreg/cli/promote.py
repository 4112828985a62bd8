"""`gitreg promote`: a candidate is proposed as a version of a model."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import MODELS, REFERENCES
from gitreg.cli.saying import say
from gitreg.cli.session import Act, writing
from gitreg.cli.words import VERSION, dry_run_option, offline_option
from gitreg.domain.version import Part, VersionNumber
from gitreg.workflows.versions.promote import Promoted, PromoteOptions
from gitreg.workflows.versions.promote import promote as promote_candidate


@click.command(short_help="Propose a candidate as a version of a model.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@click.option("-m", "--model", required=True, shell_complete=MODELS, help="The model; made when it is new.")
@click.option(
    "--artifact", metavar="PATH", help="The file or folder that is the model; everything logged unless given."
)
@click.option("--version", type=VERSION, help="The version's number; the next one unless given.")
@click.option(
    "--bump",
    type=click.Choice(["major", "minor", "patch"]),
    help="Which part of the highest version goes up; minor unless given.",
)
@click.option("--stage", help="Put it into this stage by the same proposal.")
@click.option("--description", default="", help="What is new in it.")
@click.option("--title", help="Of the merge request; 'Promote MODEL VERSION' unless given.")
@click.option("--draft", is_flag=True, help="Open the merge request as a draft, not to be merged yet.")
@click.option("--deep", is_flag=True, help="Read every byte back from the storage, and compare.")
@click.option("--again", is_flag=True, help="Also when the candidate is a version of this model already.")
@offline_option
@dry_run_option
@click.pass_obj
def promote(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    reference: str,
    model: str,
    artifact: str | None,
    version: VersionNumber | None,
    bump: Part | None,
    stage: str | None,
    description: str,
    title: str | None,
    draft: bool,
    deep: bool,
    again: bool,
    offline: bool,
    dry_run: bool,
) -> None:
    """Propose candidate REF as a version of a model: gates, artifacts in the storage, then a merge request.

    Run again, it finds the proposal that it made. Prints the version and the merge request's URL, or the proposal's
    branch where the remote is on no forge.
    """
    if version and bump:
        raise click.UsageError("--version names the number, so --bump has nothing to do")
    options = PromoteOptions(
        model,
        artifact,
        version,
        bump or "minor",
        stage,
        description,
        deep,
        offline,
        dry_run,
        again,
        title,
        draft,
    )
    with writing(call, dry_run=dry_run) as act:
        promoted = promote_candidate(act.registry, reference, options, act.author, progress=act.progress)
        _tell(act, promoted)


def _tell(act: Act, promoted: Promoted) -> None:
    version, branch = promoted.version, promoted.branch.removeprefix("refs/heads/")
    name = f"{version.model}@{version.version}"
    click.echo(
        f"propose {name} on the branch {branch}" if act.dry_run else f"{name}\t{promoted.url or branch}"
    )
    if promoted.found and not act.dry_run:
        say("this proposal was there already")
    for result in version.gates:
        say(f"gate {result.kind} {result.result}: {result.detail}")
    for note in promoted.notes:
        say(f"note: {note}")
    if act.dry_run:
        say("nothing was changed (--dry-run)")
        return
    target, signing = act.registry.settings.accepted_branch, f"gitreg release {name}"
    if promoted.url is not None:
        say(f"  next: a reviewer merges it into {target}, then {signing}")
    else:
        say(f"  next: merge {branch} after review, then {signing}; without a forge: {signing} --merge")
