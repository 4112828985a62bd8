"""A server, a storage or a clone whose disk has no room left, for processes that an LD_PRELOAD library is put into."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from acknowledged import Acknowledged
from forks import command, must
from ground import GITREG, Ground
from telling import say

SOURCE = Path(__file__).with_name("full_disk.c")
BUDGETS = (0, 1, 30, 200, 500, 1000, 3000, 5000, 9000, 14_000)
"""Bytes that each process may still write."""
MACHINE, REFUSED, UNREACHABLE = 2, 4, 7
"""What is full here is this machine's fault, what is full there makes the remote one that cannot be used."""
NO_FOLDER = "unable to create temporary object directory"
"""All that Git says of a server on which it can make no folder, for want of room or of permission."""


def full_disk(ground: Ground, known: list[Acknowledged], faults: list[str], points: int) -> None:
    """Pushes to a full server and a full storage, and logs into a full clone, with a little more room each time.

    Args:
        ground: the registry; its remote is used by path, as the server's processes must be ours.
        known: what was acknowledged, which grows.
        faults: what went wrong, which grows.
        points: how many of the budgets are tried.
    """
    library = compiled(ground.folder)
    if library is None:
        say("no C compiler: the full disk is left out")
        return
    clone, model = ground.clone("by-path"), ground.folder / "model.bin"
    for name, place, words in (
        ("the server", ground.remote, ["push"]),
        ("the storage", ground.storage, ["push"]),
        ("the clone", clone, ["log", "churn", "-a", str(model)]),
    ):
        codes = []
        for number, budget in enumerate(BUDGETS[:: max(1, len(BUDGETS) // points) if points else 1]):
            model.write_bytes(f"{name} {number} ".encode() * 300)
            if words[0] == "push":
                known.append(Acknowledged(must(["log", "churn", "-a", str(model)], clone, ground.environ)))
            full = {"LD_PRELOAD": str(library), "FULL_PREFIX": str(place), "FULL_AFTER": str(budget)}
            done = _run(ground, clone, words, full)
            codes.append(done.returncode)
            good = {
                0,
                MACHINE if place == clone else UNREACHABLE,
                *({REFUSED} if NO_FOLDER in done.stderr else ()),
            }
            if done.returncode not in good or "Traceback" in done.stderr:
                faults.append(
                    f"{words[0]} ended with {done.returncode} when {name} had room for {budget} bytes: {done.stderr[-600:]}"
                )
            elif done.returncode and not _says_so(done.stderr):
                faults.append(f"{words[0]} does not say that {name} is full: {done.stderr[-600:]}")
            if words[0] == "log" and done.returncode == 0:
                known.append(Acknowledged(done.stdout.strip()))
            again = command(words, clone, ground.environ)
            if again.code != 0:
                faults.append(f"{words[0]} after {name} was full ended with {again.code}: {again.err[-600:]}")
            elif words[0] == "log":
                known.append(Acknowledged(again.out))
        say(f"{name} full: exits {codes} with room for {list(BUDGETS[: len(codes)])} bytes")
    must(["push"], clone, ground.environ)


def compiled(folder: Path) -> Path | None:
    """The library, or None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / "full_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library


def _run(
    ground: Ground, clone: Path, words: list[str], more: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GITREG, *words],
        cwd=clone,
        env=ground.environ | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _says_so(words: str) -> bool:
    return any(reason in words.lower() for reason in ("no space left", "full", "room", "unpack"))
