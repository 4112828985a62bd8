"""A verifier that fails half-way never says yes, and never leaves anything unproven in the target."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from faulty_children import FaultyChild
from mutate_registries import Judge

from gitreg.signing import room, verify_ssh
from gitreg.workflows.verification import result
from gitreg.workflows.verification.result import STEPS, Log

FULL_DISK = Path(__file__).resolve().parents[1] / "torture" / "full_disk.c"
FAULTS: tuple[Callable[[], BaseException], ...] = (
    lambda: RuntimeError("out of nowhere"),
    MemoryError,
    KeyboardInterrupt,
    RecursionError,
    lambda: SystemExit(0),
    lambda: OSError(errno.ENOSPC, "No space left on device"),
    lambda: OSError(errno.EIO, "Input/output error"),
    lambda: KeyError("digest"),
    StopIteration,
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
)


@dataclass
class Bench:
    """A verifier to break."""

    judge: Judge
    target: Path

    def verify(self) -> int:
        """The exit code of verify, by somebody who remembers nothing."""
        self.judge.ground.remember(everything=False)
        return self.judge.call("verify", "churn@production")[0]

    def pull(self) -> int:
        """The exit code of pull, into a target that is not there."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.judge.ground.remember(everything=False)
        storage = ("--storage", str(self.judge.ground.workshop.storage))
        return self.judge.call("pull", "churn@production", "-o", str(self.target), *storage)[0]

    @property
    def left(self) -> list[str]:
        """What is in the target."""
        return (
            sorted(str(one.relative_to(self.target)) for one in self.target.rglob("*"))
            if self.target.exists()
            else []
        )


@pytest.fixture
def bench(judge: Judge, tmp_path: Path) -> Iterator[Bench]:
    """The verifier of the session, with an empty target."""
    path = judge.ground.environ["PATH"]
    yield Bench(judge, tmp_path / "target")
    judge.ground.environ["PATH"] = path
    shutil.rmtree(judge.ground.environ["XDG_CACHE_HOME"], ignore_errors=True)


def test_without_a_fault_both_commands_say_yes(bench: Bench) -> None:
    """Otherwise the other tests here would prove nothing."""
    assert (bench.verify(), bench.pull()) == (0, 0)
    assert bench.left == ["config", "config/params.json", "empty", "model.bin"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_an_exception_in_a_step_is_never_a_yes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    """Whatever it is, and whether the step had done its work or not."""
    honest = Log.run
    fault: list[Callable[[], BaseException]] = []
    struck: list[str] = []

    def run(self: Log, name: Any, act: Any, *words: Any, **more: Any) -> Any:
        if name == step and when == "after":
            honest(self, name, act, *words, **more)
        if name == step:
            struck.append(name)
            raise fault[0]()  # noqa: RSE102 - made by a function
        return honest(self, name, act, *words, **more)

    monkeypatch.setattr(result.Log, "run", run)
    for number, one in enumerate(FAULTS if when == "before" else FAULTS[:5]):
        fault[:] = [one]
        pulls = step in {"content", "state"} or number == 0
        assert (bench.pull() if pulls else bench.verify()) != 0, one()
        assert not bench.left or step == "state" or (step == "content" and when == "after")
    assert struck


def test_an_exception_at_any_call_of_a_function_is_never_a_yes(bench: Bench) -> None:
    """Sampled over all calls inside the verifier: there is no place at which dying would look like success."""
    total = _calls_until(bench, None, MemoryError)[0]
    assert total > 500
    for at in range(1, total, max(1, total // 40)):
        seen, code = _calls_until(bench, at, MemoryError if at % 2 else KeyboardInterrupt)
        assert seen >= at
        assert code != 0, f"call {at} of {total}"


def _calls_until(bench: Bench, at: int | None, fault: type[BaseException]) -> tuple[int, int]:
    """Runs verify, and raises at one call of a function of the verifier; how many calls there were, and the exit code."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        file = frame.f_code.co_filename.rpartition("/gitreg/")[2]
        # a generator that nobody needs any more is "called" once more, and what it raises then goes nowhere
        if (
            event == "call"
            and frame.f_code.co_name != "<genexpr>"
            and file.startswith(("workflows/verif", "signing/", "documents/", "domain/"))
        ):
            count += 1
            if count == at:
                sys.settrace(None)
                raise fault

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        code = bench.verify()
    finally:
        sys.settrace(before)
    return count, code


CHILDREN = [
    # steps 2 and, through `git config`, where the store is fetched from
    *(FaultyChild("git", word, mode) for word in ("init", "fetch") for mode in ("killed", "noisy", "odd")),
    FaultyChild("git", "init", "silent"),
    FaultyChild("git", "fetch", "silent"),
    FaultyChild("git", "fetch", "hangs"),
    *(FaultyChild("git", "rev-parse", mode) for mode in ("killed", "silent", "noisy")),
    *(FaultyChild("git", "config", mode) for mode in ("killed", "noisy")),
    # the refs, on which 4, 10, 11 and 12 rest
    *(FaultyChild("git", "for-each-ref", mode) for mode in ("killed", "silent", "noisy")),
    *(FaultyChild("git", "for-each-ref", mode, bytes=n) for mode in ("cut", "cut and killed") for n in (1, 130, 260, 700)),
    # the objects, on which 3 to 12 rest
    *(FaultyChild("git", "cat-file", mode) for mode in ("killed", "silent", "noisy", "odd")),
    *(FaultyChild("git", "cat-file", "cut", bytes=n) for n in (0, 1, 60, 300, 2000, 9000)),
    # 8, review
    *(FaultyChild("git", "rev-list", mode) for mode in ("killed", "silent", "noisy", "odd")),
    *(FaultyChild("git", "rev-list", mode, bytes=n) for mode in ("cut", "cut and killed") for n in (1, 40, 41, 100)),
    # 3 and 6: one of the signatures of the roots, then that of the assignment; the release has a second signature, by which
    # it would be good all the same
    *(FaultyChild("ssh-keygen", "verify", mode, n) for mode in ("killed", "noisy", "hangs") for n in (1, 4, 5)),
]  # fmt: skip
"""A program that says yes without having looked (ssh-keygen that exits with 0) cannot be told from an honest one: who rules
the user's PATH rules the verdict."""


@pytest.mark.parametrize("fault", CHILDREN, ids=str)
def test_a_child_that_fails_is_never_a_yes(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: FaultyChild
) -> None:
    """Killed, silent, cut short, noisy, or hanging."""
    environ = bench.judge.ground.environ
    monkeypatch.setattr(verify_ssh, "TIMEOUT", 0.3, raising=False)
    monkeypatch.setattr(room, "TIMEOUT", 0.3)
    if fault.mode == "hangs" and fault.program == "git":
        subprocess.run(["git", "config", "--global", "gitreg.timeout", "1"], env=environ, check=True)
    shutil.rmtree(environ["XDG_CACHE_HOME"], ignore_errors=True)
    environ["PATH"] = fault.install(tmp_path / "bin", environ["PATH"])

    assert bench.pull() != 0
    assert (tmp_path / "bin" / "struck").exists(), "the fault never struck"
    assert not bench.left


LIMITS = (0, 1, 40, 400, 3000)
"""Bytes that a file may have (setrlimit(2), RLIMIT_FSIZE): the smallest write of each step fails at one of them."""


@pytest.mark.parametrize("limit", LIMITS)
def test_files_that_cannot_grow_are_never_a_yes(bench: Bench, limit: int) -> None:
    """Everybody who writes is hit: git, gitreg, what hands a signature to ssh-keygen."""
    code = _run(bench, {}, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))

    assert code != 0
    assert not bench.left


PLACES = ("store", "memory", "target", "temporary")


@pytest.mark.parametrize("bytes_left", [0, 3000])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_a_full_disk_is_never_a_yes(bench: Bench, tmp_path: Path, place: str, bytes_left: int) -> None:
    """Step 2's store, step 14's memory, step 13's target, and the room in which signatures are judged."""
    environ = bench.judge.ground.environ
    library = tmp_path / "full.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(FULL_DISK), "-ldl"], check=True)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    folder = {
        "store": Path(environ["XDG_CACHE_HOME"]), "memory": bench.judge.ground.seen_file.parent, "target": tmp_path,
        "temporary": scratch,
    }[place]  # fmt: skip
    more = {
        "LD_PRELOAD": str(library),
        "FULL_PREFIX": str(folder),
        "FULL_AFTER": str(bytes_left),
        "TMPDIR": str(scratch),
    }
    code = _run(bench, more)

    # Python looks for another folder where nothing at all can be written into this one
    fits = (place, bytes_left) in {("memory", 3000), ("temporary", 3000), ("temporary", 0)}
    assert (code == 0) == fits, (place, bytes_left, code)
    if place == "memory" and not fits:  # the bytes were proven before
        assert bench.left in ([], ["config", "config/params.json", "empty", "model.bin"])
    elif not fits:
        assert not bench.left


def _run(bench: Bench, more: dict[str, str], before: Callable[[], None] | None = None) -> int:
    """Pull as a process of its own, with nothing known; its exit code."""
    ground = bench.judge.ground
    shutil.rmtree(ground.environ["XDG_CACHE_HOME"], ignore_errors=True)
    Path(ground.environ["XDG_CACHE_HOME"]).mkdir()
    shutil.rmtree(ground.clone / ".dvc", ignore_errors=True)
    ground.remember(everything=False)
    words = ["pull", "churn@production", "-o", str(bench.target), "--storage", str(ground.workshop.storage)]
    done = subprocess.run(
        [sys.executable, "-m", "gitreg", "-C", str(ground.clone), *words],
        env=ground.environ | more | {"PYTHONDONTWRITEBYTECODE": "1"}, preexec_fn=before, capture_output=True, check=False, timeout=120,
        cwd=os.environ["HOME"],
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    return done.returncode
