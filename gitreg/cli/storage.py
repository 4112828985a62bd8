"""`gitreg storage`: where artifacts are kept."""

from __future__ import annotations

import click

from gitreg.cli.answer import json_option, print_page
from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import reading, writing
from gitreg.cli.words import dry_run_option, offline_option
from gitreg.render.page import Page
from gitreg.render.sizes import size_text
from gitreg.workflows.proposing.set_storage import objects_to_copy, set_storage, show_storage


@click.group(short_help="Show or change where artifacts are kept.")
def storage() -> None:
    """Show or change where artifacts are kept."""


@storage.command(short_help="Show where artifacts are kept.")
@json_option
@click.pass_obj
def show(call: Call, *, form: str | None) -> None:
    """Show where artifacts are kept, by the accepted branch and your own DVC configuration."""
    with reading(call) as act:
        name, place = show_storage(act.registry)
    page = Page()
    page.line("name", name)
    page.line("place", place)
    print_page(page.text(), "Storage", [{"name": name, "place": place}], form)


@storage.command("set", short_help="Keep artifacts elsewhere from now on.")
@click.argument("url", metavar="URL|PATH")
@offline_option
@dry_run_option
@click.pass_obj
def set_(call: Call, *, url: str, offline: bool, dry_run: bool) -> None:
    """Keep artifacts elsewhere from now on: copies every object that a candidate or version needs, then changes both branches.

    The change of the accepted branch is a proposal; prints the branch that waits for review.
    """
    place = url if "://" in url else str(call.path(url))
    with writing(call, dry_run=dry_run) as act:
        if dry_run:
            click.echo(f"copy up to {len(objects_to_copy(act.registry))} objects")
        moved = set_storage(
            act.registry, place, act.author, offline=offline, copy=not dry_run, progress=act.progress
        )
        if not dry_run:
            say(f"copied {moved.sent} objects, {size_text(moved.size)}")
        accepted = act.registry.settings.accepted_branch
        act.done(moved.branch, following=f"after review: git switch {accepted} && git merge {moved.branch}")
