"""The statements' tags by what their names say. Names prove nothing; they are looked up here, once for all questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from gitreg.documents import layout
from gitreg.documents.layout import TagIdentity
from gitreg.domain.version import VersionNumber


@dataclass(frozen=True)
class Known:
    """The tags whose names are of gitreg's grammar."""

    tags: tuple[TagIdentity, ...]

    @classmethod
    def of(cls, refs: Iterable[str]) -> Self:
        """Those among some refs."""
        return cls(tuple(tag for tag in map(layout.parse_tag, refs) if tag is not None))

    def of_version(self, model: str, version: VersionNumber) -> tuple[TagIdentity, ...]:
        """Releases, retirements and what was signed again, of one version."""
        return self._by_version.get((model, version), ())

    def of_stage(self, model: str, stage: str) -> tuple[TagIdentity, ...]:
        """The assignments of one stage."""
        return tuple(
            tag for tag in self.tags if (tag.action, tag.model, tag.stage) == ("stage", model, stage)
        )

    @cached_property
    def _by_version(self) -> Mapping[tuple[str, VersionNumber], tuple[TagIdentity, ...]]:
        found: dict[tuple[str, VersionNumber], list[TagIdentity]] = defaultdict(list)
        for tag in self.tags:
            if tag.version is not None:
                found[tag.model, tag.version].append(tag)
        return {key: tuple(tags) for key, tags in found.items()}
