"""`gitreg init`: a registry in a new or existing repository."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import click

from gitreg.cli.call import PATH, Call
from gitreg.cli.clock import now
from gitreg.cli.saying import say
from gitreg.cli.words import dry_run_option
from gitreg.safe import one_line
from gitreg.workflows.init.ci import PIPELINE, CiFiles
from gitreg.workflows.init.init_registry import Initialized, InitOptions, init_registry

IDENTITY = re.compile(r"\s*([^<>]+?)\s*<([^<>\s]+)>\s*")


@click.command(short_help="Make a registry in a new or existing repository.")
@click.argument("folder", metavar="[DIR]", type=PATH, required=False)
@click.option("--name", help="What people call the registry; the folder's name unless given.")
@click.option(
    "--storage", metavar="URL|PATH", help="Where artifacts are kept; DIR-store beside DIR unless given."
)
@click.option(
    "--signing-key", metavar="FILE|new", help="The SSH key that signs; Git's own setting unless given."
)
@click.option(
    "--identity",
    metavar="'NAME <MAIL>'",
    help="Who works in this repository; Git's own setting unless given.",
)
@click.option(
    "--ci",
    type=click.Choice(["gitlab"]),
    help="Let this forge's CI run gitreg: the lines that it needs, too.",
)
@click.option(
    "--components",
    metavar="PROJECT@VERSION",
    help="With --ci: include them from this project of the same GitLab, instead of copying them.",
)
@click.option("--no-commit", is_flag=True, help="Leave the files staged.")
@dry_run_option
@click.pass_obj
def init(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    folder: Path | None,
    name: str | None,
    storage: str | None,
    signing_key: str | None,
    identity: str | None,
    ci: str | None,
    components: str | None,
    no_commit: bool,
    dry_run: bool,
) -> None:
    """Make a registry in a new or existing repository.

    Writes gitreg.yaml, the DVC remote, the trust files and the candidate branch, and commits what it wrote and nothing
    else on the current branch. Run again, it changes nothing but what is missing: the trust root of a registry that MLflow's
    plugin made, and, with --ci, what that needs.
    """
    if components and not ci:
        raise click.UsageError("--components goes with --ci")
    key = signing_key if signing_key in {None, "new"} else str(call.path(str(signing_key)))
    kept = storage if storage is None or "://" in storage else str(call.path(storage))
    options = InitOptions(name, kept, key, _identity(identity), not no_commit, ci is not None, components)
    target = folder or call.registry
    if dry_run:
        click.echo(
            one_line(
                f"make a registry in {target}: gitreg.yaml, .dvc, .gitreg/trust, models, branch gitreg/candidates"
                f"{', .gitlab-ci.yml' if ci else ''}"
            )
        )
        say("nothing was changed (--dry-run)")
        return
    made = init_registry(target, options, call.environ, now=now(), registry_id=str(uuid.uuid4()))
    _tell(made, committed=options.commit)


def _identity(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    match = IDENTITY.fullmatch(text)
    if match is None:
        raise click.UsageError(f"--identity {text!a}: write it as 'Ada Example <ada@example.com>'")
    return match[1], match[2]


def _tell(made: Initialized, *, committed: bool) -> None:
    click.echo(one_line(str(made.root)))
    _tell_ci(made.ci)
    if not made.written:
        say(f"the registry {made.settings.name} is there already; nothing was changed")
        return
    state = "committed" if committed else "staged, not committed"
    say(f"registry {made.settings.name}; {state}: {', '.join(made.written)}")
    if made.key_file:
        say(f"made the signing key {made.key_file}; keep it safe")
    say(f"trust root: {made.fingerprint}")
    say(f"artifacts: {made.storage}")
    if made.local_storage:
        say("  this folder serves this machine only; to share it: gitreg storage set URL")
    say("  next: gitreg log EXPERIMENT -p NAME=VALUE -m NAME=VALUE -a FILE")


def _tell_ci(ci: CiFiles | None) -> None:
    if ci is None:
        return
    for path in ci.kept:
        say(f"{path} is not what this version of gitreg would write, and was kept")
    if ci.by_hand:
        say(f"{PIPELINE} was not changed; what it needs for gitreg:")
        for line in ci.by_hand.splitlines():
            say(f"  {line}")
