"""A machine at its end: one clear message with the place, exit code 2, nothing lost, and the same call works later."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cli_calls import EXECUTABLE, SOURCES, Gitreg, git

from gitreg.cli import list as list_module

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB; skips where nobody may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "gitreg-test", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, spare: int = 0) -> Path:
    """Leaves no more than `spare` bytes of room."""
    path = folder / "ballast"
    with path.open("wb") as file, suppress(OSError):
        while os.write(file.fileno(), bytes(4096)):
            pass
    if spare:
        os.truncate(path, path.stat().st_size - spare)
    return path


def candidates(folder: Path) -> str:
    return git(folder, "rev-parse", "gitreg/candidates")


@pytest.mark.parametrize("spare", [0, 8 * 1024, 32 * 1024, 128 * 1024])
def test_a_log_on_a_full_disk(
    command: Gitreg, gitreg: Gitreg, place: Path, small_disk: Path, tmp_path: Path, spare: int
) -> None:
    """Wherever it ends, in content, objects or refs: exit code 2, the old state, and the same call works with room."""
    folder = small_disk / "registry"
    shutil.copytree(place, folder, symlinks=True)
    (tmp_path / "artifact").write_bytes(os.urandom(MIB))
    words = ("log", "churn", "-m", "auc=1", "-a", str(tmp_path / "artifact"), "--no-code")
    before = candidates(folder)
    ballast = fill(small_disk, spare)

    said = command(*words, folder=folder)

    assert said.code == 2, said.err
    assert said.out == ""
    assert len(said.err.splitlines()) == 2
    assert "No space left on device" in said.err
    assert str(small_disk) in said.err
    assert "  next: Make room there, and run it again; nothing that was acknowledged is lost." in said.err
    assert candidates(folder) == before
    ballast.unlink()
    assert gitreg(*words, folder=folder).code == 0
    git(folder, "fsck", "--strict")


@pytest.mark.parametrize("spare", [0, 4096, 8192, 12288, 16384, 20480, 24576, 32768])
def test_a_record_on_a_full_disk(
    command: Gitreg, gitreg: Gitreg, place: Path, small_disk: Path, spare: int
) -> None:
    """Without content, objects, refs and the reflog are what fails: the old state or the new one, never a bug."""
    folder = small_disk / "registry"
    shutil.copytree(place, folder, symlinks=True)
    before = candidates(folder)
    ballast = fill(small_disk, spare)

    said = command("log", "churn", "-m", "auc=1", "--no-code", folder=folder)

    assert said.code in {0, 2}, said.err
    assert (said.code == 0) == (candidates(folder) != before)
    assert said.code == 0 or "  next: Make room there, and run it again" in said.err
    ballast.unlink()
    assert gitreg("log", "churn", "-m", "auc=1", "--no-code", folder=folder).code == 0
    git(folder, "fsck", "--strict")


def test_a_pull_to_a_full_disk(command: Gitreg, small_disk: Path) -> None:
    """Nothing is under the name that was asked for."""
    ballast = fill(small_disk)

    said = command("pull", "churn@1.0.0", "-o", str(small_disk / "model"))

    assert said.code == 2, said.err
    assert "No space left on device" in said.err
    assert not (small_disk / "model").exists()
    ballast.unlink()
    assert command("pull", "churn@1.0.0", "-o", str(small_disk / "model")).code == 0


def test_a_limit_of_file_sizes(place: Path, environ: dict[str, str]) -> None:
    """`ulimit -f` is a full disk of its own."""
    (place / "large").write_bytes(bytes(2 * MIB))
    done = subprocess.run(
        [*EXECUTABLE, "log", "churn", "-a", "large", "--no-code"], cwd=place, env=environ | {"PYTHONPATH": SOURCES},
        capture_output=True, check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB)),
    )  # fmt: skip

    assert done.returncode == 2, done.stderr
    assert b"File too large" in done.stderr


def test_output_that_does_not_fit(place: Path, environ: dict[str, str]) -> None:
    """`gitreg list > FILE` on a full disk is told like everything else, once."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*EXECUTABLE, "list"], cwd=place, env=environ | {"PYTHONPATH": SOURCES}, stdout=full,
            stderr=subprocess.PIPE, check=False,
        )  # fmt: skip

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert b"No space left on device" in done.stderr


def read_only(folder: Path) -> None:
    """Takes the right to write from a folder and all below it."""
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o555)


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("../remote.git", 4, "origin refuses the push"),
        ("../registry-store", 4, "registry-store/files/md5 cannot be written to: Permission denied"),
        (".git/objects", 2, ".git/objects cannot be written: Permission denied"),
        (".git/refs", 2, "Permission denied"),
        (".git/gitreg", 2, "Permission denied"),
    ],
)
def test_no_right_to_write(
    place: Path, environ: dict[str, str], tmp_path: Path, what: str, code: int, words: str
) -> None:
    """There it is a matter of permission, here one of the machine; the same works when the right is given."""
    # root may write everywhere unless it lets go of that (capabilities(7))
    powerless = (
        ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
    )
    if powerless and shutil.which("setpriv") is None:
        pytest.skip("root cannot be kept from writing here")
    git(place, "init", "-q", "--bare", str(tmp_path / "remote.git"))
    git(place, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(place, "push", "-q", "origin", "main")
    (tmp_path / "registry-store").mkdir()
    config = Path(environ["XDG_CONFIG_HOME"], "dvc/config")
    config.parent.mkdir(parents=True)
    config.write_text(f"""['remote "store"']\nurl = {tmp_path / "registry-store"}\n""")
    (place / "new").write_text("new")

    def both() -> subprocess.CompletedProcess[str]:
        for call in (["log", "churn", "-a", "new", "--no-code"], ["push"]):
            done = subprocess.run(
                [*powerless, *EXECUTABLE, *call], cwd=place, env=environ | {"PYTHONPATH": SOURCES},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                break
        return done

    read_only(place / what)
    refused = both()
    for path in (place / what, *(place / what).rglob("*")):
        path.chmod(0o755)

    assert (refused.returncode, words in refused.stderr) == (code, True), refused.stderr
    assert "  next: " in refused.stderr
    assert both().returncode == 0


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.ENFILE, errno.EMFILE]
)
def test_no_fault_of_the_machine_is_a_bug(gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """What nobody foresaw has the system's words, the file, and a next step."""

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code), "/some/file")

    monkeypatch.setattr(list_module, "answered_in", fail)

    said = gitreg("list")

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[0] == f"error: /some/file: {os.strerror(code)}"
    assert said.err.splitlines()[1].endswith("and run it again; nothing that was acknowledged is lost.")


def test_another_error_of_the_system_is_a_bug(gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that should be there and is not is gitreg's own mistake."""

    def fail(*_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x")

    monkeypatch.setattr(list_module, "answered_in", fail)

    assert gitreg("list").code == 70
