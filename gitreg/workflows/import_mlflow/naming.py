"""Which experiment of the registry a source's experiment is, or becomes. Knows names and folders; reads nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gitreg.domain.experiment import DEFAULT_SLUG, Experiment, experiment_number
from gitreg.domain.fitted import kept_key, kept_name, kept_text
from gitreg.domain.words import slug_of
from gitreg.workflows.import_mlflow.records import FROM_EXPERIMENT
from gitreg.workflows.import_mlflow.values import SourceExperiment

DEFAULT_NAMES = ("Default", DEFAULT_SLUG)
"""What MLflow calls its experiment `0`, and what gitreg calls it."""


class Naming:
    """The experiments that are here, and those that an import adds: names are unique, folders are too."""

    def __init__(self, here: Iterable[Experiment]) -> None:
        experiments = list(here)
        self._recorded = {one.name: one for one in experiments}
        self._imported: dict[tuple[str, datetime | None], Experiment] = {
            (one.tags[FROM_EXPERIMENT], one.created): one
            for one in experiments
            if FROM_EXPERIMENT in one.tags and one.created
        }
        self._slugs = {one.slug for one in experiments} | {DEFAULT_SLUG}

    def place(self, found: SourceExperiment) -> tuple[Experiment, bool]:
        """The experiment of that name here, the one that it became under another name, or a new one; and whether it is new."""
        name = kept_name(found.name, f"experiment {kept_key(found.id)}")
        if found.id == "0" and name in DEFAULT_NAMES:
            name = next((one for one in DEFAULT_NAMES if one in self._recorded), name)
        if name in self._recorded:
            return self._recorded[name], False
        renamed = self._imported.get((kept_text(found.id), found.created))
        if renamed is not None:
            return renamed, False
        slug = self._free(slug_of(name))
        made = Experiment(slug=slug, name=name, number=experiment_number(slug))
        self._recorded[name] = made
        self._slugs.add(slug)
        return made, True

    def _free(self, slug: str) -> str:
        free, turn = slug, 1
        while free in self._slugs:
            turn += 1
            free = f"{slug[:60].rstrip('.-_')}-{turn}"
        return free
