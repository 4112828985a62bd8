"""A plan, as `--dry-run` prints it: what would move, and which files would change."""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.safe import one_line
from gitreg.workflows.proposing.rehearsal import PlannedMove

WORDS = {"A": "add", "M": "change", "D": "remove", "T": "change"}


def plan_text(moves: Iterable[PlannedMove]) -> str:
    """One line for each ref, and one below it for each file."""
    lines = []
    for move in moves:
        name = move.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        kind = "tag" if move.ref.startswith("refs/tags/") else "branch"
        lines.append(
            f"{move.what} {kind} {name} to {move.remote}" if move.remote else f"{kind} {name}: {move.what}"
        )
        lines += [f"  {WORDS.get(file.status, file.status)} {file.path}" for file in move.files]
    return "".join(f"{one_line(line)}\n" for line in lines)
