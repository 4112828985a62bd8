"""Manifests: which files an artifact holds, each with its sha256, in `sha256sum`'s own format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from gitreg.domain.digest import Digest
from gitreg.domain.words import artifact_path, folded

MAX_BYTES = 64 * 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")
LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True, slots=True, order=True)
class ManifestEntry:
    """One file: its path below the artifact's folder, and the sha256 of its bytes (64 hex digits)."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files of an artifact, sorted by path; paths are unique without case."""

    entries: tuple[ManifestEntry, ...]

    @classmethod
    def of(cls, entries: Iterable[ManifestEntry]) -> Self:
        """The manifest of `entries`, sorted.

        Raises:
            ValueError: for a path that is not allowed, twins, or what is no sha256.
        """
        ordered = tuple(sorted(entries))
        seen: dict[str, str] = {}
        for entry in ordered:
            if not SHA256.fullmatch(entry.sha256):
                raise ValueError(f"{entry.path!r} has no sha256 of 64 hex digits")
            place = folded(artifact_path(entry.path))
            if place in seen:
                raise ValueError(f"{seen[place]!r} and {entry.path!r} are one file where case does not count")
            seen[place] = entry.path
        for place, path in seen.items():
            if any(parent in seen for parent in _parents(place)):
                raise ValueError(f"{path!r} lies below a file")
        return cls(ordered)

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """The manifest that these bytes are.

        Raises:
            ValueError: naming the line, if they are not exactly what `content()` would give.
        """
        if len(content) > MAX_BYTES:
            raise ValueError(f"a manifest has at most {MAX_BYTES} bytes")
        try:
            lines = content.decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise ValueError(f"not UTF-8 at byte {error.start}") from None
        if lines.pop() != "":
            raise ValueError(f"line {len(lines) + 1} does not end")
        manifest = cls.of(_entry(line, number) for number, line in enumerate(lines, 1))
        if manifest.content() != content:
            raise ValueError("not sorted by path")
        return manifest

    def content(self) -> bytes:
        """The manifest's bytes, as `sha256sum -c` reads them."""
        return "".join(f"{entry.sha256}  {entry.path}\n" for entry in self.entries).encode()

    @cached_property
    def digest(self) -> Digest:
        """The sha256 of the manifest's bytes: it names the artifact's whole content."""
        return Digest.of(self.content())


def _entry(line: str, number: int) -> ManifestEntry:
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"line {number}: expected 64 hex digits, two spaces and a path")
    try:
        return ManifestEntry(artifact_path(match[2]), match[1])
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None


def _parents(path: str) -> Iterable[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
