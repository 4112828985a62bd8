"""What the checker looks at, and how it reads it: by plain Git, PyYAML and the bytes themselves, not by gitreg's readers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from acknowledged import Acknowledged
from ground import ACCEPTED, CANDIDATES

RECORD = re.compile(r"experiments/([^/]+)/candidates/([0-9a-f]{2})/([0-9a-f]{32})\.yaml")


@dataclass(frozen=True)
class Checked:
    """What one check looked at, and every fault that it found."""

    what: str
    count: int
    faults: list[str]


@dataclass(frozen=True)
class Subject:
    """A registry after a torture.

    Args:
        remote: its URL or path.
        environ: the environment of those who worked with it.
        acknowledged: what they were told.
        server: the remote's own folder, where this machine has it.
        clones: where they worked.
        storage: the artifact storage, where it is a folder.
        exact: the branch holds what was acknowledged and nothing else.
        killed: processes were killed, so that Git's own temporary objects, which `git gc` removes, may lie about.
        before: who looks, looks for what is older than this (seconds since 1970); everything when None.
        also: refs of the remote that belong there, beside the two branches.
        patience: seconds in which locks and temporary files may still go.
        tips: where branches were seen at some time, as (branch, commit).
    """

    remote: str
    environ: Mapping[str, str]
    acknowledged: Sequence[Acknowledged] = ()
    server: Path | None = None
    clones: Sequence[Path] = ()
    storage: Path | None = None
    exact: bool = False
    killed: bool = False
    before: float | None = None
    tips: Sequence[tuple[str, str]] = ()
    also: Sequence[str] = ()
    patience: float = 0.0
    fresh: Path = field(default=Path())

    def git(self, *words: str, at: Path | None = None, stdin: str = "") -> str:
        """What plain Git says.

        Raises:
            RuntimeError: if it fails.
        """
        return self.git_bytes(*words, at=at, stdin=stdin.encode()).decode("utf-8", "surrogateescape")

    def git_bytes(self, *words: str, at: Path | None = None, stdin: bytes = b"") -> bytes:
        """The same, as bytes."""
        done = subprocess.run(
            ["git", *words],
            cwd=at or self.fresh,
            env=dict(self.environ),
            input=stdin,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"git {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Every file of the candidate branch, as the remote has it."""
        listing = self.git("ls-tree", "-r", "-z", "--full-tree", f"refs/remotes/origin/{CANDIDATES}")
        entries = [entry.partition("\t") for entry in listing.split("\0") if entry]
        ids = [meta.split()[2] for meta, _, _ in entries]
        answer = self.git_bytes("cat-file", "--batch", stdin="".join(f"{one}\n" for one in ids).encode())
        found, place = {}, 0
        for _, _, path in entries:
            end = answer.index(b"\n", place)
            size = int(answer[place:end].split()[2])
            found[path] = answer[end + 1 : end + 1 + size]
            place = end + size + 2
        return found

    @cached_property
    def places(self) -> dict[str, list[str]]:
        """Where each candidate's records are on the branch: one path for each, if all is well."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            if match := RECORD.fullmatch(path):
                found.setdefault(match[3], []).append(path)
        return found

    @cached_property
    def records(self) -> dict[str, dict[str, Any]]:
        """Every candidate's record by its path; scalars are text. What is no record at all is left out."""
        found = {}
        for paths in self.places.values():
            for path in paths:
                try:
                    loaded = yaml.load(self.files[path], Loader=yaml.BaseLoader)
                except yaml.YAMLError:
                    continue
                if isinstance(loaded, dict):
                    found[path] = loaded
        return found

    def manifest(self, record_path: str) -> dict[str, str] | None:
        """sha256 of each artifact by its path, as the candidate's manifest says; None without one."""
        content = self.files.get(record_path.removesuffix(".yaml") + ".sha256")
        if content is None:
            return None
        return {line[66:]: line[:64] for line in content.decode().splitlines()}

    @property
    def branches(self) -> tuple[str, str]:
        """The two branches that stay."""
        return ACCEPTED, CANDIDATES
