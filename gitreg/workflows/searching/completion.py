"""What may stand where a shell completes a word: experiments, candidates, models, versions and stages.

Asked at every press of a key, so it looks at the index as it is, and opens the whole registry only for one model's stages.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gitreg.domain.words import SLUG, is_slug
from gitreg.gitrepo.reading import Reading
from gitreg.index.glance import Glance, glance
from gitreg.workflows.searching.place import state_of

MOST = 20
SHOWN = 12
"""Digits of an id: enough for a million candidates."""
_DIGITS = re.compile(r"[0-9a-f]{1,32}")
_RELEASE = re.compile(rf"refs/tags/model/({SLUG})/v([0-9][^/]*)")


class Completion:
    """Words that fit in a registry.

    Args:
        folder: a folder in it.
        environ: the environment of the process.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ

    def experiments(self, begun: str) -> list[str]:
        """Slugs of experiments."""
        return _fitting(self._glance(Glance.experiments), begun)

    def references(self, begun: str) -> list[str]:
        """Candidates, by id and by name, and versions, which name the candidate that they were made from."""
        if "@" in begun:
            return self.versions(begun)
        experiment, slash, digits = begun.rpartition("/")
        known = self._glance(Glance.experiments)
        picks = [f"{slug}/{pick}" for slug in known for pick in ("best", "latest")]
        prefix = f"{experiment}/" if slash else ""
        ids = []
        if _DIGITS.fullmatch(digits) or (slash and not digits):
            of = experiment if slash else None
            ids = self._glance(lambda index: index.ids(digits, of, MOST))
        versions = [] if slash else self.versions(begun)
        return [*_fitting(picks, begun), *(f"{prefix}{id_[:SHOWN]}" for id_ in ids), *versions]

    def models(self, begun: str) -> list[str]:
        """Slugs of models that have a release."""
        return _fitting(sorted(self._releases()), begun)

    def versions(self, begun: str) -> list[str]:
        """Versions and stages of released models; of all models only the latest versions, until one is begun."""
        model, at, _ = begun.partition("@")
        releases = self._releases()
        if not begun:
            return [f"{slug}@latest" for slug in sorted(releases)]
        named = [slug for slug in sorted(releases) if (slug == model if at else slug.startswith(model))]
        words = [
            f"{slug}@{word}" for slug in named for word in [*self._stages(slug), "latest", *releases[slug]]
        ]
        return _fitting(words, begun)

    def columns(self, begun: str) -> list[str]:
        """Fields, behind those that are named already."""
        before, comma, last = begun.rpartition(",")
        found = _fitting([name for name in self._glance(Glance.columns) if "," not in name], last)
        return [f"{before}{comma}{name}" for name in found]

    def _releases(self) -> dict[str, list[str]]:
        """Versions by model, the newest tags' names last."""
        found: dict[str, list[str]] = {}
        with Reading.open(self._folder, self._environ) as reading:
            for ref in reading.refs("refs/tags/model/"):
                match = _RELEASE.fullmatch(ref.name)
                if match:
                    found.setdefault(match[1], []).append(match[2])
        return found

    def _stages(self, slug: str) -> list[str]:
        if not is_slug(slug):
            return []
        registry = importlib.import_module("gitreg.workflows.registry").open_registry(
            self._folder, self._environ
        )
        try:
            find_model = importlib.import_module("gitreg.workflows.searching.find").find_model
            return list(find_model(registry.accepted, slug).stages)
        finally:
            registry.close()

    def _glance(self, question: Callable[[Glance], list[str]]) -> list[str]:
        with Reading.open(self._folder, self._environ) as reading, glance(state_of(reading)) as index:
            return question(index)


def _fitting(words: Iterable[str], begun: str) -> list[str]:
    return [word for word in words if word.startswith(begun)]
