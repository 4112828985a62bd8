"""`gitreg key add`, `rotate`, `revoke` and `propose`: changes of keys, each in the proposal of the next trust root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from gitreg.checks.trust_files import TrustFiles
from gitreg.cli.call import PATH, Call
from gitreg.cli.proposed import tell_proposal
from gitreg.cli.saying import say
from gitreg.cli.session import Act, writing
from gitreg.cli.words import dry_run_option, offline_option
from gitreg.signing import SigningKey
from gitreg.workflows.trust.add import NewKey, add_key
from gitreg.workflows.trust.draft import TrustDraft
from gitreg.workflows.trust.edited_files import edited_draft
from gitreg.workflows.trust.key_file import read_key
from gitreg.workflows.trust.other_key import OtherKeyFile, read_other_key
from gitreg.workflows.trust.propose import Change, How, Proposed, propose_trust
from gitreg.workflows.trust.revoke import revoke_keys, revoked_by
from gitreg.workflows.trust.rotate import Rotation, rotate_key
from gitreg.workflows.trust.signed_with import SignedWith, if_lost

F = TypeVar("F", bound=Callable[..., Any])
NOBODY = "none"
SHOWN = 10


def change_options(command: F) -> F:
    """`--anew`, `--offline` and `--dry-run`, which every change of trust files has."""
    anew = click.option(
        "--anew", is_flag=True, help="Give up the open proposal of the next root, and start afresh."
    )
    return anew(offline_option(dry_run_option(command)))


def make(call: Call, change: Change, words: Mapping[str, bool], *, keys: Sequence[SigningKey] = ()) -> None:
    """Makes a change, and says what it is and what comes next; `words` are those of `change_options`."""
    with writing(call, dry_run=words["dry_run"]) as act:
        tell(act, propose_trust(act.registry, change, act.author, how_of(words, keys)))


def how_of(words: Mapping[str, bool], keys: Sequence[SigningKey] = ()) -> How:
    """How a proposal is made, by the words of `change_options`."""
    return How(offline=words["offline"], anew=words["anew"], rehearsal=words["dry_run"], keys=keys)


def tell(act: Act, made: Proposed, *, after: str | None = None, quiet: bool = False) -> None:
    """The merge request or the branch on stdout; what it changes (unless quiet), whose signatures it needs and the next step on stderr."""
    for line in () if quiet else made.changes:
        say(f"  {line}")
    if not act.dry_run:
        for note in made.notes:
            say(f"note: {note}")
        if made.signed:
            say(f"signed by {', '.join(made.signed)}")
        for lack in made.lacking:
            say(f"it lacks {lack}")
    tell_proposal(act, made.proposal, step="gitreg key sign" if made.lacking else after)


def key_options(command: F) -> F:
    """`--openpgp` and `--x509`, in place of an SSH key; `new_key` takes them."""
    x509 = click.option("--x509", metavar="FILE", type=PATH, help="A certificate in PEM instead.")
    openpgp = click.option(
        "--openpgp",
        metavar="FILE",
        type=PATH,
        help="An OpenPGP key instead, as gpg --armor --export gives it.",
    )
    return openpgp(x509(command))


def new_key(
    call: Call, key: str | None, openpgp: Path | None, x509: Path | None
) -> SigningKey | OtherKeyFile:
    """The one key that was given."""
    if [key, openpgp, x509].count(None) != 2:
        raise click.UsageError(
            "give one key: KEYFILE, --openpgp FILE, or --x509 FILE", click.get_current_context()
        )
    if openpgp is not None:
        return read_other_key("openpgp", openpgp)
    if x509 is not None:
        return read_other_key("x509", x509)
    return read_key(str(key), call.path(str(key)), call.environ)


@click.command(short_help="Propose a new signer, or one more key.")
@click.argument("person")
@click.argument("key", metavar="KEYFILE|'ssh-ed25519 ...'", required=False)
@click.option(
    "--principal", metavar="MAIL", help="E-mail address of a new person, as Git has it as user.email."
)
@click.option("--machine", is_flag=True, help="A machine: it never signs alone where several must.")
@click.option("--root", is_flag=True, help="Make it a root key, too, which signs the next trust roots.")
@key_options
@change_options
@click.pass_obj
def add(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    /,
    *,
    person: str,
    key: str | None,
    principal: str | None,
    machine: bool,
    root: bool,
    openpgp: Path | None,
    x509: Path | None,
    **how: bool,
) -> None:
    """Propose a new signer, or one more key of somebody. What they may sign, `gitreg key role` says."""
    given = new_key(call, key, openpgp, x509)
    public = given.public if isinstance(given, SigningKey) else given
    new = NewKey(person, principal, public, machine, root)
    make(call, lambda trust, draft: add_key(trust, draft, new), how)


@click.command(short_help="Propose another key in place of one that was not stolen.")
@click.argument("person")
@click.argument("key", metavar="NEWKEY|none", required=False)
@click.option("--old", metavar="FINGERPRINT", help="The key that goes, of somebody who has several.")
@key_options
@change_options
@click.pass_obj
def rotate(
    call: Call,
    /,
    *,
    person: str,
    key: str | None,
    old: str | None,
    openpgp: Path | None,
    x509: Path | None,
    **how: bool,
) -> None:
    """Propose that a key is replaced by another: the old one stays good for what was accepted until now.

    `none` is for somebody who leaves. Where it is a root key, the new one becomes one, and both of them sign. A key that somebody
    else may have is not rotated but revoked.
    """
    new = None if key == NOBODY else new_key(call, key, openpgp, x509)
    public = new.public if isinstance(new, SigningKey) else new
    rotation = Rotation(person, public, old)
    make(call, lambda trust, draft: rotate_key(trust, draft, rotation), how, keys=_signing(new))
    _tell_configuration(person, new, how)


def _signing(key: SigningKey | OtherKeyFile | None) -> list[SigningKey]:
    return [key] if isinstance(key, SigningKey) and key.file else []


def _tell_configuration(person: str, new: SigningKey | OtherKeyFile | None, how: Mapping[str, bool]) -> None:
    if isinstance(new, SigningKey) and not how["dry_run"]:
        say(f"  once that is merged, {person} signs with it: git config user.signingkey {new.file or 'FILE'}")


@click.command(short_help="Propose that a stolen key counts for nothing.")
@click.argument("who", metavar="PERSON|FINGERPRINT")
@click.option("--new", "new", metavar="NEWKEY", help="The key that its owner has from now on.")
@change_options
@click.pass_obj
def revoke(call: Call, /, *, who: str, new: str | None, **how: bool) -> None:
    """Propose that a key, or every key of a person, counts for nothing any more: neither from now on nor for what it signed.

    Says what must be signed again once that is merged.
    """
    found: list[SignedWith] = []
    fresh = read_key(new, call.path(new), call.environ) if new else None
    with writing(call, dry_run=how["dry_run"]) as act:

        def change(trust: TrustFiles, draft: TrustDraft) -> TrustDraft:
            lost = revoked_by(trust, who)
            found.append(if_lost(act.registry, trust, lost))
            return revoke_keys(trust, draft, lost, fresh.public if fresh else None)

        made = propose_trust(act.registry, change, act.author, how_of(how, _signing(fresh)))
        _tell_concerned(found[0], who)
        tell(act, made, after=_after(found[0]))
    if fresh is not None:
        _tell_configuration("its owner", fresh, how)


def _tell_concerned(found: SignedWith, who: str) -> None:
    say(f"{counted(len(found.tags), 'tag')} signed with it; to be signed again: {len(found.again)}")
    for one in found.again[:SHOWN]:
        say(f"  {one.name}: {one.statement.title}")
    if len(found.again) > SHOWN:
        say(f"  and {len(found.again) - SHOWN} more: gitreg key signed {who}")


def counted(number: int, noun: str) -> str:
    """`1 tag`, `2 tags`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _after(found: SignedWith) -> str | None:
    if not found.again:
        return None
    return "merge it (without a forge: gitreg release --merge), then: gitreg release --again"


@click.command(short_help="Propose trust files that were edited by hand.")
@change_options
@click.pass_obj
def propose(call: Call, /, **how: bool) -> None:
    """Propose the trust files of the work tree, edited by hand, as the next trust root.

    Taken are allowed_signers, revoked_keys, roles.yaml, and of root.yaml the keys, the threshold and the branch; its version and
    hashes are made.
    """
    with writing(call, dry_run=how["dry_run"]) as act:
        tree = act.registry.repository.work_tree
        made = propose_trust(
            act.registry, lambda _, draft: edited_draft(draft, tree), act.author, how_of(how)
        )
        tell(act, made)
    if not how["dry_run"]:
        say("  the work tree still has your edits: git restore .gitreg/trust")
