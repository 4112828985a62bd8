"""Where a source's artifacts may be read from: what it says of their addresses is a stranger's word.

A `meta.yaml`, a database or a server could name any folder of this machine, `~/.ssh` too, and what is imported is published.
So only what lies in the source itself is read, and what the caller named: `ADDRESS=FOLDER`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gitreg.workflows.import_mlflow.files import is_folder


@dataclass(frozen=True, slots=True)
class ArtifactPlace:
    """A place that the caller named: addresses that begin with `address` are read below `folder`.

    `folder` is None for an address that MLflow's own artifact repositories read, such as `s3://bucket/models`.
    """

    address: str
    folder: Path | None


class Places:
    """The places that may be read."""

    def __init__(self, named: Sequence[ArtifactPlace] = (), own: Sequence[Path] = ()) -> None:
        """Takes them.

        Args:
            named: the places.
            own: folders of the source, where what lies in one of that name lies after the source was moved.
        """
        self._places = tuple(named)
        self._own = tuple(own)
        self._named = sorted(
            ((plain(one.address), one.folder) for one in named), key=lambda one: -len(one[0])
        )

    def with_own(self, named: Sequence[ArtifactPlace], own: Sequence[Path]) -> Places:
        """These places and a source's own; what was named first counts where two are alike."""
        return Places((*self._places, *named), own)

    def folder(self, address: str) -> Path | None:
        """The folder of this machine that an address means, perhaps an empty place; None where none may be read."""
        for begins, folder in self._named:
            if folder is not None and (rest := _below(plain(address), begins)) is not None:
                return _descended(folder, rest)
        for own in self._own:
            _, sign, rest = plain(address).rpartition(f"/{own.name}/")
            found = _descended(own, rest) if sign else None
            if found is not None and is_folder(found):
                return found
        return None

    def allows(self, address: str) -> bool:
        """Whether MLflow may fetch from an address."""
        return any(
            folder is None and _below(plain(address), begins) is not None for begins, folder in self._named
        )


def plain(address: str) -> str:
    """An address without what its forms differ in: `file:///a%20b/` is `/a b`."""
    parts = urlsplit(address) if address.startswith("file:") else None
    path = unquote(parts.path) if parts is not None else address
    return path.rstrip("/") or "/"


def _below(address: str, begins: str) -> str | None:
    if address == begins:
        return ""
    start = begins if begins.endswith("/") else f"{begins}/"
    return address.removeprefix(start) if address.startswith(start) else None


def _descended(folder: Path, rest: str) -> Path | None:
    """A place below a folder that may be read, reached without links and without climbing; perhaps nothing is there."""
    for part in rest.split("/") if rest else ():
        if part in {"", ".", ".."} or "\0" in part or "\\" in part:
            return None
        folder = folder / part
        if not is_folder(folder):
            return None if os.path.lexists(folder) else folder
    return folder
