"""`gitreg key`: who may sign what, by which key, and who decides about that."""

from __future__ import annotations

import click

from gitreg.cli.answer import Answer, format_options, json_option, print_answer, print_page
from gitreg.cli.call import Call
from gitreg.cli.key_change import add, propose, revoke, rotate
from gitreg.cli.key_roles import role, root
from gitreg.cli.key_sign import sign
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.render.trust import key_json, key_table, signed_json, signed_table, trust_json, trust_page
from gitreg.safe import json_text
from gitreg.workflows.trust.listing import show_trust
from gitreg.workflows.trust.signed_with import signed_with
from gitreg.workflows.verification.anchor import anchor_text
from gitreg.workflows.verification.current_anchor import current_anchor


@click.group(short_help="Say who may sign what, by which key.")
def key() -> None:
    """Say who may sign what, by which key; every change is a proposal of the next trust root, which root keys sign."""


@key.command("list", short_help="List signers and their keys.")
@format_options
@click.pass_obj
def list_(call: Call, *, form: str | None) -> None:
    """List every key that signs or signed here: whose it is, its state, and what its owner may do."""
    with reading(call) as act:
        shown = show_trust(act.registry)
    keys = shown.keys
    print_answer(
        call, Answer("Key", keys, key_json, lambda brief: key_table(keys, brief=brief), "no keys"), form
    )
    trusted = shown.trust.root
    people = ", ".join(sorted(trusted.keys))
    say(f"trust root {trusted.version}; the next one needs {trusted.threshold} of these root keys: {people}")


@key.command(short_help="Show the trust root whole.")
@click.option("--proposed", is_flag=True, help="The proposal of the next one, and what it changes.")
@json_option
@click.pass_obj
def show(call: Call, *, proposed: bool, form: str | None) -> None:
    """Show the trust root whole: who signed it, the root keys, all keys, and the roles."""
    with reading(call) as act:
        shown = show_trust(act.registry, proposed=proposed)
    print_page(trust_page(shown), "TrustRoot", [trust_json(shown)], form)


@key.command(short_help="List what a key signed.")
@click.argument("who", metavar="PERSON|FINGERPRINT")
@format_options
@click.pass_obj
def signed(call: Call, *, who: str, form: str | None) -> None:
    """List what a key, or every key of a person, signed; `again` says what stands on nothing without it."""
    with reading(call) as act:
        found = signed_with(act.registry, who)
    answer = Answer(
        "SignedTag",
        found.tags,
        lambda one: signed_json(one, again=one in found.again),
        lambda brief: signed_table(found.tags, found.again, brief=brief),
        f"nothing here was signed by {who}",
    )
    print_answer(call, answer, form)


@key.command(short_help="Print the trust anchor, for verify --anchor elsewhere.")
@click.pass_obj
def anchor(call: Call) -> None:
    """Print the trust anchor as JSON, for `verify --anchor FILE` elsewhere.

    It holds the root keys as the accepted branch has them now: compare them with what their owners say.
    """
    with reading(call) as act:
        click.echo(json_text(anchor_text(current_anchor(act.registry))), nl=False)


for command in (add, role, root, rotate, revoke, propose, sign):
    key.add_command(command)
