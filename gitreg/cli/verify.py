"""`gitreg verify`: is a release what was trained, reviewed and signed?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from gitreg.artifacts import Progress
from gitreg.cli.answer import json_option, print_page
from gitreg.cli.call import PATH, Call
from gitreg.cli.clock import now
from gitreg.cli.completing import VERSIONS
from gitreg.cli.saying import say
from gitreg.cli.session import Act, reading
from gitreg.errors import NotFoundError
from gitreg.render.verdict import refusal_text, steps_text, verdict_json, verdict_text
from gitreg.workflows.verification.result import RefusedError
from gitreg.workflows.verification.verify import Failure, Verdict, VerifyOptions, verify_all
from gitreg.workflows.verification.verify import verify as verify_one
from gitreg.workflows.verification.verify_deep import verify_all_deep, verify_deep

F = TypeVar("F", bound=Callable[..., Any])
REFUSED = 6


def verify_options(command: F) -> F:
    """How to verify; the command gets them as `words` for `options_of`."""
    options = (
        click.option("--offline", is_flag=True, help="Believe what was fetched last instead of asking the remote."),
        click.option("--fresh", is_flag=True, help="Make the verifier's own store anew."),
        click.option("--retired", is_flag=True, help="A retired version will do."),
        click.option(
            "--anchor", type=PATH, envvar="GITREG_ANCHOR", metavar="FILE",
            help="The trust anchor; the one pinned in this clone unless given.",
        ),
        click.option("--trust-first-use", is_flag=True, help="Pin what is seen, even in CI."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def options_of(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    offline: bool,
    fresh: bool,
    retired: bool,
    anchor: Path | None,
    trust_first_use: bool,
    deep: bool = False,
) -> VerifyOptions:
    """How to verify, by this call's words and environment."""
    return VerifyOptions(deep, offline, fresh, retired, anchor, trust_first_use, call.in_ci)


@click.command(short_help="Prove that a release is what was reviewed and signed.")
@click.argument("what", metavar="[MODEL@VERSION|MODEL@STAGE|TAG]", required=False, shell_complete=VERSIONS)
@click.option("--all", "everything", is_flag=True, help="Every release, retired ones too.")
@click.option("--deep", is_flag=True, help="Prove every byte in the storage, too.")
@verify_options
@json_option
@click.pass_obj
def verify(
    call: Call,
    /,
    *,
    what: str | None,
    everything: bool,
    deep: bool,
    form: str | None,
    **words: Any,  # noqa: ANN401 - verify_options names them
) -> None:
    """Prove that a release is what was reviewed and signed, step by step; ends with 6 where a step refuses."""
    if (what is None) != everything:
        raise click.UsageError("name one release, or give --all", click.get_current_context())
    options = options_of(call, deep=deep, **words)
    with reading(call, distrust=True) as act:
        if what is None:
            _all(act, options, form)
            return
        ask = verify_deep if deep else verify_one
        verdict = refusing_aloud(form, ask, act.registry, what, options, act.progress)
        for note in verdict.notes:
            say(f"note: {note}")
        print_page(verdict_text(verdict), "Verdict", [verdict_json(verdict)], form)


def refusing_aloud(form: str | None, ask: Callable[..., Verdict], *asked: Any) -> Verdict:  # noqa: ANN401 - of verify or pull
    """The verdict; where a step refuses, what the steps before it said is told on stderr first."""
    *words, progress = asked
    try:
        return ask(*words, now=now(), progress=progress)
    except RefusedError as error:
        if form != "json":
            for line in steps_text(error.steps):
                say(line)
        raise


def _all(act: Act, options: VerifyOptions, form: str | None) -> None:
    ask = verify_all_deep if options.deep else verify_all
    progress: Progress = act.progress
    found = ask(act.registry, options, now=now(), progress=progress)
    if not found:
        raise NotFoundError("there is no release to verify", hint="gitreg release")
    page = "".join(
        verdict_text(one, brief=True) if isinstance(one, Verdict) else refusal_text(one) for one in found
    )
    print_page(page, "Verdict", [verdict_json(one) for one in found], form)
    refused: Sequence[Failure] = [one for one in found if isinstance(one, Failure)]
    if refused:
        say(f"{len(refused)} of {len(found)} releases are refused")
        click.get_current_context().exit(REFUSED)
