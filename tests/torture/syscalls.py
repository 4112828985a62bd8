"""SIGKILL and ENOSPC at every call that changes a file, of `log`, `push`, `fetch` and `pull`: state old or new, never between.

    python tests/torture/syscalls.py --act log --harm KILL                # each point, one after another
    python tests/torture/syscalls.py --long                                # every act, every harm, every point
    python tests/torture/syscalls.py --act push --harm ENOSPC --stride 20  # each 20th

After each, the same command is run again and must succeed, with nothing done by hand in between; then the checker looks
at everything. KILL ends gitreg and all of its Gits, as when a machine is shut down; LONE ends one process only, as the kernel
does when memory runs out. TERM is sent to gitreg alone, which must end within 5 seconds.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from acknowledged import Acknowledged
from checker import Subject, check
from forks import command, must
from ground import Ground, prepare
from servers import smart_http
from telling import say
from traced import TAKING_ROOM, Ended, Point, Tracer

HARMS = {"KILL": "signal=KILL", "LONE": "signal=KILL", "ENOSPC": "error=ENOSPC", "TERM": "signal=TERM"}
ACTS = ("log", "push", "fetch", "pull")
SOON = 5.0
"""Seconds in which a command ends that was asked to."""
SILENCE = 8
"""Seconds without a sign of life after which a remote is given up here: a Git whose child died may say no more."""
BUG = 70


@dataclass(frozen=True)
class Scene:
    """A registry in which everything is ready for one act, and can be put back.

    Args:
        ground: the registry.
        clone: where the act happens.
        original: a copy of the whole ground, as it was.
        known: the candidates that were acknowledged before.
        url: of the remote.
    """

    ground: Ground
    clone: Path
    original: Path
    known: list[Acknowledged]
    url: str

    @property
    def model(self) -> Path:
        """The file that is logged, and pulled."""
        return self.ground.folder / "model.bin"

    @property
    def target(self) -> Path:
        """The folder that is pulled into."""
        return self.ground.folder / "served"

    def words(self, act: str) -> list[str]:
        """The command of an act."""
        return {
            "log": ["log", "churn", "-p", "k=v", "-a", str(self.model)],
            "pull": ["pull", "churn@1.0.0", "-o", str(self.target)],
        }.get(act, [act])

    def put_back(self) -> None:
        """Everything as it was."""
        for folder in (*self.ground.folder.iterdir(),):
            if folder != self.original:
                shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
        for folder in self.original.iterdir():
            target = self.ground.folder / folder.name
            shutil.copytree(folder, target, symlinks=True) if folder.is_dir() else shutil.copy2(
                folder, target
            )


@contextmanager
def staged(folder: Path) -> Iterator[Scene]:
    """A registry with a release, a clone with two candidates that nobody has yet, and news in the remote."""
    ground = prepare(folder)
    with smart_http(ground.folder) as server:
        url = f"{server}/{ground.remote.name}"
        first, model = ground.folder / "first", ground.folder / "model.bin"
        model.write_bytes(b"weights " * 20_000)
        known = [must(["log", "churn", "-m", "auc=0.9", "-a", str(model)], first, ground.environ)]
        must(["push"], first, ground.environ)
        must(["promote", known[0], "-m", "churn"], first, ground.environ)
        must(["release", "--merge", "--yes"], first, ground.environ)
        clone = ground.clone("clone", url)
        ground.git("config", "gitreg.timeout", str(SILENCE), at=clone)
        must(["verify", "churn@1.0.0"], clone, ground.environ)  # pins the keys, which is said once
        model.write_bytes(b"others  " * 20_000)
        known += [must(["log", "churn", "-a", str(model)], clone, ground.environ) for _ in range(2)]
        known.append(must(["log", "churn", "-p", "by=first"], first, ground.environ))
        must(["push"], first, ground.environ)
        original = ground.folder / "original"
        others = list(ground.folder.iterdir())
        original.mkdir()
        for one in others:
            target = original / one.name
            shutil.copytree(one, target, symlinks=True) if one.is_dir() else shutil.copy2(one, target)
        yield Scene(ground, clone, original, [Acknowledged(one) for one in known], url)


def every_point(scene: Scene, act: str) -> list[Point]:
    """All the calls of an act that change files."""
    scene.put_back()
    return _tracer(scene).points(scene.words(act), scene.clone)


def torture(
    scene: Scene, act: str, harm: str, every: Sequence[Point], stride: int, offset: int = 0
) -> list[str]:
    """Harms one act at each point (or each so-manieth) that the harm can befall; returns every fault."""
    points = [point for point in every if _befalls(harm, point)]
    tracer, chosen, faults, hit = _tracer(scene), points[offset::stride], [], 0
    say(f"{act}, {harm}: {len(chosen)} of {len(points)} points ...")
    for point in chosen:
        scene.put_back()
        begin = time.monotonic()
        first = tracer.hit(scene.words(act), scene.clone, point, HARMS[harm], alone=harm != "KILL")
        seconds = time.monotonic() - begin
        hit += first.code != 0
        found = [*_bad_end(harm, first, seconds), *_aftermath(scene, act, first)]
        faults += [f"{act}, {harm} at {point}: {fault}" for fault in found]
        for fault in found:
            say(f"  {point}: {fault}")
    say(f"{act}, {harm}: {hit} of {len(chosen)} ended the command, {len(faults)} faults")
    return faults


def _tracer(scene: Scene) -> Tracer:
    return Tracer(scene.ground.folder / "tracing", scene.ground.environ)


def _befalls(harm: str, point: Point) -> bool:
    if harm == "ENOSPC":
        return point.call in TAKING_ROOM
    return {"TERM": not point.who, "LONE": bool(point.who)}.get(harm, True)


def _bad_end(harm: str, first: Ended, seconds: float) -> Iterator[str]:
    """What a command may not do even when it fails."""
    if harm in {"ENOSPC", "LONE"} and (first.code == BUG or "Traceback" in first.err):
        yield f"it ended as a bug: {first.err.strip()[-400:]}"
    if harm == "ENOSPC" and first.code < 0:
        yield f"it died of signal {-first.code}"
    if harm == "TERM" and seconds > SOON + 3:  # with the start of Python under strace
        yield f"it took {seconds:.1f} s to end"
    if first.hung:
        yield "it hung"


def _aftermath(scene: Scene, act: str, first: Ended) -> Iterator[str]:
    """The same command again must succeed, and all is there."""
    ground = scene.ground
    if act == "pull" and (half := _half_pulled(scene)):
        yield half
    again = command(scene.words(act), scene.clone, ground.environ)
    if again.code != 0:
        yield f"first it ended with {first.code} ({first.err.strip()[-300:]}), run again with {again.code}: {again.err.strip()[-400:]}"
    if act == "pull" and (
        half := _half_pulled(scene) or ("" if scene.target.exists() else "nothing was pulled")
    ):
        yield half
    told = [line for line in (first.out + again.out).split() if act == "log" and len(line) == 32]
    pushed = command(["push"], scene.clone, ground.environ)
    if pushed.code != 0:
        yield f"the next push ended with {pushed.code}: {pushed.err.strip()[-400:]}"
    subject = Subject(
        remote=scene.url,
        environ=ground.environ,
        acknowledged=[*scene.known, *map(Acknowledged, told)],
        server=ground.remote,
        clones=[scene.clone],
        storage=ground.storage,
        killed=True,
        also=("refs/tags/model/churn/v1.0.0",),
    )
    yield from check(subject, must).faults


def _half_pulled(scene: Scene) -> str:
    """What is wrong with the folder that was pulled into: it holds everything, or nothing."""
    files = [path for path in scene.target.rglob("*") if path.is_file()] if scene.target.exists() else []
    if files and [path.relative_to(scene.target).as_posix() for path in files] != ["model.bin"]:
        return f"{scene.target.name} holds {[path.name for path in files]}"
    if files and files[0].read_bytes() != b"weights " * 20_000:
        return f"{files[0].name} is half-written"
    return ""


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line's words."""
    parser = argparse.ArgumentParser(description="Harm at every call that changes a file.")
    parser.add_argument("--act", choices=ACTS, nargs="+", default=["log"])
    parser.add_argument("--harm", choices=HARMS, nargs="+", default=["KILL"])
    parser.add_argument("--stride", type=int, default=1, help="each so-manieth point only")
    parser.add_argument("--offset", type=int, default=0, help="the first point")
    parser.add_argument("--long", action="store_true", help="all acts, all harms, all points")
    parser.add_argument("--folder", type=Path, help="where to work")
    said = parser.parse_args(words)
    if said.long:
        said.act, said.harm, said.stride = list(ACTS), list(HARMS), 1
    return said


def main(words: list[str]) -> int:
    """The command line."""
    said, begin = arguments(words), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="gitreg-syscalls-", dir=said.folder) as name,
        staged(Path(name)) as scene,
    ):
        faults = [
            fault
            for act in said.act
            for points in [every_point(scene, act)]
            for harm in said.harm
            for fault in torture(scene, act, harm, points, said.stride, said.offset)
        ]
    say(f"{len(faults)} faults, {time.monotonic() - begin:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
