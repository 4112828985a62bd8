"""`gitreg audit`: who did what, by the signed tags and the accepted branch alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.cli.completing import MODELS
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.cli.verify import REFUSED, options_of, verify_options
from gitreg.domain.times import time_text
from gitreg.render.audit import audit_table, entry_json, serving_json, serving_table
from gitreg.workflows.audit.audit import audit as make_account
from gitreg.workflows.audit.entry import Audit
from gitreg.workflows.audit.serving import moment_of, serving_at

T = TypeVar("T")


@click.command(short_help="Tell who proposed, approved, signed and assigned what, when.")
@click.argument("model", metavar="[MODEL]", required=False, shell_complete=MODELS)
@click.option("--stage", metavar="STAGE", help="Only what was assigned to this stage, and who approved that.")
@click.option(
    "--at",
    metavar="DATE",
    help="What served in each stage then: `2026-11-01`, which means its end, or `7d ago`.",
)
@verify_options
@format_options
@click.pass_obj
def audit(
    call: Call,
    /,
    *,
    model: str | None,
    stage: str | None,
    at: str | None,
    form: str | None,
    **words: Any,  # noqa: ANN401 - verify_options names them
) -> None:
    """Tell who proposed, approved, merged, signed, assigned and retired what, when, by which key, with what gates.

    The signed tags and the accepted branch alone say it, and each row whether it verifies; ends with 6 where one does not.
    Order is that of the accepted branch and of the stages' chains; dates are what signers and mergers claim.
    """
    options = options_of(call, **words)
    moment = moment_of(at, now()) if at is not None else None
    with reading(call, distrust=True) as act:
        account = make_account(act.registry, options, model=model, stage=stage if moment is None else None)
    for note in account.notes:
        say(f"note: {note}")
    if moment is None:
        _print_acts(call, account, form)
        return
    say(f"note: as of {time_text(moment)}")
    served = serving_at(account, moment, stage=stage)
    print_answer(
        call, _answer("Serving", served, serving_json, serving_table, "nothing served by then", form), form
    )
    _end(sum(one.refusal is not None for one in served), len(served), "stages")


def _print_acts(call: Call, account: Audit, form: str | None) -> None:
    entries = account.entries
    print_answer(
        call,
        _answer("AuditEntry", entries, entry_json, audit_table, "nothing was signed or accepted", form),
        form,
    )
    _end(sum(entry.result == "refused" for entry in entries), len(entries), "rows")


def _answer(
    kind: str,
    things: Sequence[T],
    as_json: Callable[[T], Any],
    table: Callable[..., Any],
    none: str,
    form: str | None,
) -> Answer[T]:
    """People get less, and shorter; in Markdown keys are whole."""

    def drawn(brief: bool) -> Any:  # noqa: ANN401, FBT001 - as Answer asks for it
        return table(things, brief=brief or form == "md", cut=form != "md")

    return Answer(kind, things, as_json, drawn, none)


def _end(refused: int, of: int, what: str) -> None:
    if refused:
        say(f"{refused} of {of} {what} do not verify")
        click.get_current_context().exit(REFUSED)
