"""What may not be said twice: a param with another value, a file where another file or a folder is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gitreg.domain.words import folded
from gitreg.drafts.entries import Artifact, Entry, Param, Removal
from gitreg.drafts.journal import Journal
from gitreg.drafts.lines import entry_of, is_removed
from gitreg.errors import UsageError

LOOKED_UP = frozenset({Param, Artifact, Removal})
"""Entries that are looked up before they are said."""


CUT = "***"
"""What a record has in the place of a secret: whoever goes on with a candidate may say the param again, as it was."""


class Known:
    """The params and artifacts of a draft. It follows the journal as it grows.

    Args:
        journal: the draft's.
        files: tells the files that were there before the draft.
    """

    def __init__(self, journal: Journal, files: Callable[[], Iterable[str]]) -> None:
        self._journal = journal
        self._earlier = files
        self._offset = 0
        self._params: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def admit(self, entries: Iterable[Entry]) -> None:
        """Looks whether these may be said; the caller keeps others out until they are.

        Raises:
            UsageError: for a param with another value, or a file where another one, or a folder, is.
            RecordError: if the journal holds what no gitreg wrote.
        """
        if not self._offset:
            for name in self._earlier():
                self._remember_file(name)
        news, self._offset = self._journal.news(self._offset)
        for text in news:
            self._remember(entry_of(text, self._journal.path))
        before = dict(self._params), dict(self._files), dict(self._folders)
        try:
            for one in entries:
                if isinstance(one, Param):
                    self._admit_param(one)
                elif isinstance(one, Artifact):
                    self._admit_file(one)
                self._remember(one)
        except UsageError:
            self._params, self._files, self._folders = before
            raise

    def _admit_param(self, param: Param) -> None:
        known = self._params.get(param.key, param.value)
        if known != param.value and CUT not in known:
            raise UsageError(
                f"the param {param.key} is {known[:80]!r} already, and cannot become {param.value[:80]!r}",
                hint="log what changes while it runs as a metric or a tag",
            )

    def _admit_file(self, artifact: Artifact) -> None:
        place = folded(artifact.name)
        other = self._files.get(place, artifact.name)
        if other != artifact.name:
            raise UsageError(f"{artifact.name!r} and {other!r} are one file where case does not count")
        above = next((self._files[name] for name in _folders_of(place) if name in self._files), None)
        below = self._folders.get(place)
        if above or below:
            raise UsageError(
                f"{above or artifact.name!r} cannot be a file and the folder of {below or artifact.name!r}"
            )

    def _remember(self, entry: object) -> None:
        match entry:
            case Param():
                self._params.setdefault(entry.key, entry.value)
            case Artifact():
                self._remember_file(entry.name)
            case Removal():
                self._forget(entry.name)

    def _remember_file(self, name: str) -> None:
        place = folded(name)
        self._files[place] = name
        self._folders |= dict.fromkeys(_folders_of(place), name)

    def _forget(self, removed: str) -> None:
        left = [name for name in self._files.values() if not is_removed(name, removed)]
        self._files, self._folders = {}, {}
        for name in left:
            self._remember_file(name)


def _folders_of(place: str) -> list[str]:
    parts = place.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
