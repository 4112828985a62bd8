"""The registry that a call is about, and who calls when. Time, identity and randomness enter here."""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import SystemRandom

import click

from gitreg.artifacts import Progress
from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.cli.progress import progress_on
from gitreg.cli.saying import say
from gitreg.errors import UsageError
from gitreg.gitrepo.environment import NO_LAZY_FETCH
from gitreg.render.plan import plan_text
from gitreg.safe import one_line
from gitreg.store import Author
from gitreg.workflows.identity import named
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.proposing.rehearsal import merged, plan_of, rehearsed
from gitreg.workflows.registry import Registry, author_at, open_registry

NOTHING = "nothing would change"


def new_id() -> str:
    """A candidate's id: random, so that nobody needs to ask anybody."""
    return secrets.token_hex(16)


def pacing() -> Pacing:
    """Chance and waiting, as this process has them."""
    return Pacing(SystemRandom(), time.sleep)


@dataclass(frozen=True)
class Act:
    """A registry, opened for one act.

    Args:
        registry: in which it happens; in a rehearsal nothing does.
        call: what was said.
        dry_run: whether it is a rehearsal.
    """

    registry: Registry
    call: Call
    dry_run: bool = False

    @cached_property
    def author(self) -> Author:
        """Whoever calls, now."""
        return author_at(self.registry, now())

    @cached_property
    def progress(self) -> Progress:
        """What long work tells: a bar on a terminal, nothing elsewhere."""
        return progress_on(self.call.environ)

    def done(self, *lines: str, following: str | None = None) -> None:
        """Says what was made: a line for each on stdout, the next step on stderr; a rehearsal prints its plan."""
        if self.dry_run:
            click.echo(plan_text(merged(plan_of(self.registry))) or f"{NOTHING}\n", nl=False)
            say("nothing was changed (--dry-run)")
            return
        for line in lines:
            click.echo(one_line(line))
        if following:
            say(f"  next: {following}")


@contextmanager
def reading(
    call: Call, *, storage: str | None = None, distrust: bool = False, by_anybody: bool = False
) -> Iterator[Act]:
    """The registry of this call, to be read.

    Args:
        call: what was said.
        storage: an artifact storage instead of the registry's own.
        distrust: whether nothing is run that its clone configures.
        by_anybody: whether somebody may write to it, too, whom Git does not know.
    """
    environ = {**call.environ, **NO_LAZY_FETCH} if distrust else call.environ
    registry = open_registry(call.registry, environ, storage_url=storage, bundle=call.bundle)
    if by_anybody:
        registry = named(registry, now())
    if not distrust:
        click.get_current_context().call_on_close(registry.repository.tidy)  # when all is said
    try:
        yield Act(registry, call)
    finally:
        registry.close()


@contextmanager
def writing(call: Call, *, dry_run: bool) -> Iterator[Act]:
    """The registry of this call, to be changed, or to rehearse the change."""
    if call.bundle is not None:
        raise UsageError(f"{call.bundle} is a bundle, which is only read", hint=f"git clone {call.bundle}")
    with reading(call) as act:
        if not dry_run:
            yield act
            return
        with tempfile.TemporaryDirectory(prefix="gitreg-") as scratch:
            twin = rehearsed(act.registry, Path(scratch))
            try:
                yield Act(twin, call, dry_run=True)
            finally:
                twin.close()


def can_ask(call: Call) -> bool:
    """Whether somebody is there to answer a question."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not call.in_ci
