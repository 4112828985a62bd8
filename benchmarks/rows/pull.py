"""A version brought from a remote, with nothing cached: what a server does when it starts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from budgets import Budget, Term
from figures import Contestant, Skipped
from processes import process, run
from report import Run
from repositories import MODEL, NO_DVC, Released
from setting import Setting, Words

NAME, PEER, FLOOR = "gitreg pull", "dvc get --rev", "git fetch of the tag, and cp (floor)"
NOTES = """A model of {size:,} bytes, from a Git remote and a storage on the same disk, into a new folder. What was cached
is thrown away before each turn: DVC's caches, gitreg's own store of verified commits. gitreg's figure includes verification
and starts from a clone; DVC names the remote and proves nothing. The floor fetches the tag with `--depth 1
--filter=tree:0` and copies the file."""


def measure(setting: Setting) -> Run:
    """In repositories of one version."""
    released, place = Released.of(setting.stock, setting.scale.pulled), setting.place("pull")
    made = [_ours(place, released), _peer(place, released), _floor(place, released)]
    words = Words("pull", "Pull a version", NOTES.format(size=setting.scale.pulled), NAME)
    budgets = [
        Budget("pull: 2 x fetch and copy", NAME, (Term(2, FLOOR),)),
        Budget("pull: 0.3 x dvc get", NAME, (Term(0.3, PEER),)),
    ]
    return setting.contest(words, made, budgets, 6)


def _ours(place: Path, released: Released) -> Contestant | Skipped:
    clone, anchor = place / "clone", released.registry / ".git" / "gitreg" / "anchor.json"
    run(["git", "clone", "--quiet", str(released.remote), str(clone)], released.environ, place)
    caches = {**released.environ, "XDG_CACHE_HOME": str(place / "cache")}
    arrange = _without(place / "cache", clone / ".dvc" / "cache", clone / ".git" / "gitreg")
    words = ["gitreg", "pull", f"{MODEL}@1.0.0", "-o", f"{place}/ours-{{turn}}", "--anchor", str(anchor)]
    return process(NAME, words, caches, clone, arrange=arrange)


def _peer(place: Path, released: Released) -> Contestant | Skipped:
    if released.dvc is None:
        return Skipped(PEER, NO_DVC)
    caches = {"XDG_CACHE_HOME": str(place / "dvc"), "DVC_SITE_CACHE_DIR": str(place / "site")}
    remote, target = f"file://{released.dvc_remote}", f"{place}/theirs-{{turn}}"
    words = ["dvc", "get", "--quiet", "--rev", "v1.0.0", remote, released.model.name, "-o", target]
    return process(
        *(PEER, words, {**released.environ, **caches}, place),
        arrange=_without(*(Path(folder) for folder in caches.values())),
    )


def _without(*caches: Path) -> Callable[[int], int]:
    """Throws away what was kept from the turn before."""

    def arrange(turn: int) -> int:
        for folder in caches:
            shutil.rmtree(folder, ignore_errors=True)
        return turn

    return arrange


def _floor(place: Path, released: Released) -> Contestant | Skipped:
    remote, tag = f"file://{released.remote}", f"refs/tags/model/{MODEL}/v1.0.0"
    script = f"""git init --quiet floor-$1 && cd floor-$1 &&
        git fetch --quiet --depth 1 --filter=tree:0 {remote} {tag}:{tag} && cp {released.model} model.bin"""
    return process(FLOOR, ["sh", "-ec", script, "sh", "{turn}"], released.environ, place)
