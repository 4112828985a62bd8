"""The statements' tags by what their names say. Names prove nothing; they are looked up here, once for all questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from gitreg.documents import layout
from gitreg.documents.layout import TagIdentity
from gitreg.domain.version import VersionNumber


@dataclass(frozen=True)
class Known:
    """The tags whose names are of gitreg's grammar, among some refs; a name is read when it is asked about."""

    refs: tuple[str, ...]

    @cached_property
    def tags(self) -> tuple[TagIdentity, ...]:
        """All of them."""
        return _read(self.refs)

    def of_version(self, model: str, version: VersionNumber) -> tuple[TagIdentity, ...]:
        """Releases, retirements and what was signed again, of one version."""
        return _read(self._by_folder.get((model, f"v{version}"), ()))

    def of_stage(self, model: str, stage: str) -> tuple[TagIdentity, ...]:
        """The assignments of one stage."""
        near = _read(self._by_folder.get((model, stage), ()))
        return tuple(tag for tag in near if tag.action == "stage")

    @cached_property
    def _by_folder(self) -> Mapping[tuple[str, str], list[str]]:
        """Refs by the two words behind `refs/tags/KIND/`: a model, and its version or stage."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for ref in self.refs:
            words = ref.split("/", 5)
            if len(words) > 4:
                found[words[3], words[4]].append(ref)
        return found


def _read(refs: Iterable[str]) -> tuple[TagIdentity, ...]:
    return tuple(tag for tag in map(layout.parse_tag, refs) if tag is not None)
