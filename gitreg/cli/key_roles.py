"""`gitreg key role` and `gitreg key root`: who may do what, in the proposal of the next trust root."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.call import Call
from gitreg.cli.key_change import change_options, make
from gitreg.cli.session import reading
from gitreg.domain.trust import Permission
from gitreg.workflows.trust.role import RoleChange, assignment_of, permission_of, with_role, without_role
from gitreg.workflows.trust.root_keys import RootChange, with_root_change


@click.command(short_help="Propose who may release and assign.")
@click.argument("name", metavar="MODEL|default")
@click.option("--release", metavar="PEOPLE", help="Who may release, as 'ada,bob' or '2 of ada,bob'.")
@click.option(
    "--assign", "assigns", metavar="[STAGE=]PEOPLE", multiple=True,
    help="Who may assign to a stage, or to every stage; many times.",
)  # fmt: skip
@click.option("--formats", metavar="FORMAT,..", help="Which artifact formats may be released; 'any' for all.")
@click.option("--remove", is_flag=True, help="Remove the role: the model falls under the default one.")
@change_options
@click.pass_obj
def role(
    call: Call,
    /,
    *,
    name: str,
    release: str | None,
    assigns: Sequence[str],
    formats: str | None,
    remove: bool,
    **how: bool,
) -> None:
    """Propose who may release a model and assign its stages, and how many people each takes; the rest of the role stays."""
    if remove == bool(release or assigns or formats):
        context = click.get_current_context()
        raise click.UsageError("say what is different: --release, --assign, --formats, or --remove", context)
    change = RoleChange(
        name, permission_of(release) if release else None, _assigns(assigns), formats.split(",") if formats else None
    )  # fmt: skip
    with reading(call) as act:
        stages = tuple(act.registry.rules.stages)
    if remove:
        make(call, lambda _, draft: without_role(draft, name), how)
    else:
        make(call, lambda _, draft: with_role(draft, change, stages), how)


def _assigns(words: Sequence[str]) -> dict[str | None, Permission]:
    found: dict[str | None, Permission] = {}
    for stage, permission in map(assignment_of, words):
        if stage in found:
            raise click.UsageError(f"--assign is given twice for {stage or 'every stage'}")
        found[stage] = permission
    return found


@click.command(short_help="Propose who signs trust roots.")
@click.option("--add", metavar="PERSON", multiple=True, help="Their key becomes a root key; many times.")
@click.option("--remove", metavar="PERSON", multiple=True, help="Their root key goes; many times.")
@click.option("--threshold", type=click.IntRange(min=1), help="How many of them must sign each next root.")
@change_options
@click.pass_obj
def root(
    call: Call, /, *, add: Sequence[str], remove: Sequence[str], threshold: int | None, **how: bool
) -> None:
    """Propose whose keys sign the trust roots to come, and how many of them it takes."""
    if not (add or remove or threshold):
        context = click.get_current_context()
        raise click.UsageError("say what is different: --add, --remove or --threshold", context)
    change = RootChange(add, remove, threshold)
    make(call, lambda trust, draft: with_root_change(trust, draft, change), how)
