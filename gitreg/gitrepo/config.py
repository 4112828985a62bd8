"""Git's configuration: read as the user has it, written to this repository's own file only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gitreg.errors import UsageError
from gitreg.gitrepo.names import printable
from gitreg.gitrepo.process import Git

_KEY = re.compile(
    r"(?P<section>[A-Za-z0-9][A-Za-z0-9-]*)(?P<sub>\.[^\n\0\ud800-\udfff]+)?\.(?P<name>[A-Za-z][A-Za-z0-9-]*)"
)


class Config:
    """The configuration of one repository, read whole and again when one of its usual files changed."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._values: dict[str, list[str]] = {}
        self._read_at: tuple[object, ...] | None = None
        layout = git.layout
        own = (layout.common_dir / "config", layout.git_dir / "config.worktree")
        self._files = [*own, *_user_files(git.environ)]

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of whoever opened the repository, which goes before the configuration in some things."""
        return self._git.environ

    def get(self, key: str) -> str | None:
        """Return the value that counts, or None."""
        values = self.all(key)
        return values[-1] if values else None

    def first(self, *keys: str) -> str | None:
        """Return the value of the first of some keys that has one that is not empty."""
        values = self._all_values()
        return next((found[-1] for key in keys if (found := values.get(_normal(key))) and found[-1]), None)

    def all(self, key: str) -> list[str]:
        """Return all values of a key that may be given many times, in order."""
        return list(self._all_values().get(_normal(key), []))

    def set(self, key: str, value: str) -> None:
        """Write a value to this repository's configuration file.

        Raises:
            UsageError: the key is not one, or the value has NUL in it.
        """
        _normal(key)
        if "\0" in value:
            raise UsageError("a configuration value must not have NUL in it")
        self._git.run("config", "--local", "--replace-all", "--end-of-options", key, value)
        self._read_at = None

    def remotes(self) -> list[str]:
        """Return the names of the remotes that have a URL, in the order of the configuration."""
        keys = (key for key in self._all_values() if key.startswith("remote.") and key.endswith(".url"))
        return [key.removeprefix("remote.").removesuffix(".url") for key in keys if key.count(".") > 1]

    def remote_url(self, remote: str) -> str | None:
        """Return a remote's URL as it is written in the configuration, or None."""
        urls = self.all(f"remote.{remote}.url") if remote else []
        return urls[0] if urls else None

    def push_url(self, remote: str) -> str | None:
        """Return where a push to a remote goes: `pushurl`, `pushInsteadOf` and `insteadOf` are looked at, or None."""
        if self.remote_url(remote) is None:
            return None
        outcome = self._git.run("remote", "get-url", "--push", "--end-of-options", remote, good=())
        lines = outcome.out.decode("utf-8", "replace").splitlines() if outcome.code == 0 else []
        return lines[0] if lines else None

    def _all_values(self) -> dict[str, list[str]]:
        stamps = self._stamps()
        if stamps != self._read_at:
            self._values = _parse(self._git.run("config", "--list", "-z").records())
            self._read_at = stamps
        return self._values

    def _stamps(self) -> tuple[object, ...]:
        return tuple(map(_stamp, self._files))


def _normal(key: str) -> str:
    """Return a key as Git lists it: section and name in lower case."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise UsageError(f"{printable(key)!r} is not a configuration key", hint="Write it as user.name.")
    return f"{match['section'].lower()}{match['sub'] or ''}.{match['name'].lower()}"


def _parse(records: list[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for record in records:
        key, line_end, value = record.partition("\n")
        values.setdefault(key, []).append(value if line_end else "true")
    return values


def _user_files(environ: Mapping[str, str]) -> list[Path]:
    if "GIT_CONFIG_GLOBAL" in environ:
        return [Path(environ["GIT_CONFIG_GLOBAL"])]
    home = Path(environ.get("HOME", "/"))
    return [home / ".gitconfig", Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "git" / "config"]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
