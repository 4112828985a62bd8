"""Repositories that are made once in a session, by Git and gitreg themselves, and cast anew for each test, somewhere else.

A cast differs from what was made there in nothing but the place: what names it is written again, and so is what names that by
its digest, up to the branches (gitrepository-layout(5); https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
"""

from __future__ import annotations

import os
import subprocess
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from hashlib import sha1
from itertools import count
from pathlib import Path

OBJECTS = ".git/objects"


@dataclass(frozen=True)
class Mould:
    """A repository to be cast.

    Args:
        place: the folder around it, as the repository itself names it.
        folders: of Git's, relative to the work tree, outermost first.
        files: of Git's, but for its index and for what names the place by digests.
        objects: the objects that name the place, themselves or by what they are of, each after those that it names.
    """

    place: bytes
    folders: tuple[str, ...]
    files: Mapping[str, tuple[int, bytes]]
    objects: Mapping[str, tuple[bytes, bytes]]

    def cast(self, tree: Path, environ: Mapping[str, str]) -> Path:
        """Makes the repository at a work tree; returns it."""
        for folder in self.folders:
            (tree / folder).mkdir(parents=True)
        words = {self.place: bytes(tree.parent)}
        for name, (kind, content) in self.objects.items():
            digest = _write_object(tree, kind, _said_anew(content, words))
            words |= {name.encode(): digest.encode(), bytes.fromhex(name): bytes.fromhex(digest)}
        for name, (mode, content) in self.files.items():
            _write(
                f"{tree}/{name}", mode, content if name.startswith(OBJECTS) else _said_anew(content, words)
            )
        subprocess.run(["git", "read-tree", "--reset", "-u", "HEAD"], cwd=tree, env=environ, check=True)
        return tree


class Moulds:
    """Moulds by what they are of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[object, Mould] = {}
        self._numbers = count()

    def cast(self, name: str, tree: Path, environ: Mapping[str, str], make: Callable[[Path], object]) -> Path:
        """Casts what `make` makes of a work tree in such an environment; it is asked once for each kind of environment.

        What has the work tree's own name in it is to be cast by that name.
        """
        said = {
            key: value for key, value in environ.items() if key.startswith("GIT_") and "GLOBAL" not in key
        }
        key = (name, Path(environ["GIT_CONFIG_GLOBAL"]).read_bytes(), *sorted(said.items()))
        if key not in self._made:
            place = self._folder / str(next(self._numbers))
            make(place / tree.name)
            self._made[key] = _mould(place / tree.name)
        return self._made[key].cast(tree, environ)


def _mould(tree: Path) -> Mould:
    place = bytes(tree.parent)
    found = sorted((tree / ".git").rglob("*"))
    loose = [file for file in found if file.is_file() and OBJECTS in str(file.relative_to(tree))]
    objects = {file.parent.name + file.name: _read_object(file) for file in loose}
    uses = {
        one: {other for other in objects if other.encode() in content or bytes.fromhex(other) in content}
        for one, (_, content) in objects.items()
    }
    named: dict[str, tuple[bytes, bytes]] = {}
    for one in TopologicalSorter(uses).static_order():
        if place in objects[one][1] or uses[one] & named.keys():
            named[one] = objects[one]
    kept = [one for one in found if one.name != "index" and one.parent.name + one.name not in named]
    return Mould(
        place,
        tuple(str(one.relative_to(tree)) for one in (tree / ".git", *kept) if _is_wanted_folder(one, kept)),
        {
            str(one.relative_to(tree)): (one.stat().st_mode & 0o777, one.read_bytes())
            for one in kept
            if one.is_file()
        },
        named,
    )


def _is_wanted_folder(path: Path, kept: list[Path]) -> bool:
    """Git makes folders of objects when there is one to be in them."""
    return path.is_dir() and (
        path.parent.name != "objects" or len(path.name) > 2 or any(one.parent == path for one in kept)
    )


def _said_anew(content: bytes, words: Mapping[bytes, bytes]) -> bytes:
    for old, new in words.items():
        content = content.replace(old, new)
    return content


def _read_object(file: Path) -> tuple[bytes, bytes]:
    header, _, content = zlib.decompress(file.read_bytes()).partition(b"\0")
    return header.partition(b" ")[0], content


def _write_object(tree: Path, kind: bytes, content: bytes) -> str:
    whole = b"%s %d\0%s" % (kind, len(content), content)
    digest = sha1(whole, usedforsecurity=False).hexdigest()
    folder = tree / OBJECTS / digest[:2]
    folder.mkdir(exist_ok=True)
    _write(f"{folder}/{digest[2:]}", 0o444, zlib.compress(whole, 1))
    return digest


def _write(file: str, mode: int, content: bytes) -> None:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(opened, content)
    finally:
        os.close(opened)
