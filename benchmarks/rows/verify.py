"""Releases, proved to be what was reviewed and signed: one, and all of a thousand."""

from __future__ import annotations

from collections.abc import Sequence

from budgets import Budget, Term
from figures import Contestant, Skipped
from processes import process, run
from releases import MODEL
from report import Run
from setting import Setting, Words
from signed import Environ, Signed

NAME, FLOOR, START_UP = "gitreg verify", "git verify-tag (floor)", "gitreg verify --help"
ALL, ALL_FLOOR = "gitreg verify --all", "git verify-tag of each"
EACH = "for tag in $(git tag --list 'model/*'); do git verify-tag \"$tag\" 2>/dev/null || exit 1; done"
NOTES = """Whole processes, in a clone with a remote on the same disk, which `verify` asks for news. `git verify-tag`
checks one signature and nothing else; gitreg also the trust root, the role, review, record and manifest. What it takes to
start is `gitreg verify --help`: everything loaded, nothing done. Sizes are releases, each on a commit of its own."""


def measure(setting: Setting) -> Run:
    """One of one, one of many, and all of them."""
    many = setting.scale.releases
    made: list[Contestant | Skipped] = []
    for count in dict.fromkeys((1, many)):
        signed = Signed.of(setting.stock, count)
        signers = signed.registry / ".gitreg" / "trust" / "allowed_signers"
        run(["git", "config", "gpg.ssh.allowedSignersFile", str(signers)], signed.environ, signed.registry)
        run(
            ["gitreg", "verify", "--all"], signed.environ, signed.registry
        )  # the own store is there from now on
        made += _contestants(signed, signed.environ, count, every=count == many)
    budgets = [
        Budget(
            f"verify one of {count:,}: 8 x git verify-tag, and start-up",
            *(NAME, (Term(8, FLOOR), Term(1, START_UP))),
            size=count,
        )
        for count in dict.fromkeys((1, many))
    ]
    budgets.append(
        Budget(f"verify --all of {many:,}: git verify-tag of each", ALL, (Term(1, ALL_FLOOR),), size=many)
    )
    words = Words("verify", f"Verify one release, and {many:,}", NOTES, NAME)
    return setting.contest(words, made, budgets, 10)


def _contestants(
    signed: Signed, environ: Environ, count: int, *, every: bool
) -> Sequence[Contestant | Skipped]:
    here = signed.registry
    made = [
        process(NAME, ["gitreg", "verify", f"{MODEL}@1.0.0"], environ, here, size=count),
        process(FLOOR, ["git", "verify-tag", f"model/{MODEL}/v1.0.0"], environ, here, size=count),
        process(START_UP, ["gitreg", "verify", "--help"], environ, here, size=count),
    ]
    if every:
        made.append(process(ALL, ["gitreg", "verify", "--all"], environ, here, size=count))
        made.append(process(ALL_FLOOR, ["sh", "-c", EACH], environ, here, size=count))
    return made
