"""What was said before the command's name: where the registry is, and where paths are counted from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import click

from gitreg.cli.loading import load


class Call:
    """One call of the command line.

    Args:
        folder: paths in arguments are relative to it (`-C`, else the current one).
        registry: a folder in the registry, or a bundle, where it is not `folder`.
        environ: the environment of the process.
    """

    def __init__(self, folder: Path, registry: Path | None, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.bundle = registry if registry is not None and registry.is_file() else None
        self.environ = environ
        self._place = registry or folder

    @cached_property
    def registry(self) -> Path:
        """A folder in the registry; of a bundle, the repository in the cache that it was opened into."""
        if self.bundle is None:
            return self._place
        place: Path = load("gitreg.workflows.bundles:open_bundle")(
            self.bundle, self.environ, fresh=self.in_ci
        )
        return place

    def path(self, text: str) -> Path:
        """The path that an argument means; nothing is asked of the disk yet."""
        if "\0" in text:
            raise click.UsageError("a path must not hold a NUL character")
        return self.folder / Path(text).expanduser()

    @property
    def in_ci(self) -> bool:
        """Whether a CI job calls: nobody is there to answer."""
        return bool(self.environ.get("CI"))


class PathWord(click.ParamType[Path]):
    """A path, counted from `-C`; nothing is asked of the disk yet."""

    name = "path"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002 - click's
        """The path itself."""
        call = ctx.find_object(Call) if ctx else None
        return call.path(os.fspath(value)) if call else Path(value)


PATH = PathWord()
