"""Values of a `meta.yaml`, typed as MLflow means them. Knows mappings of text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from gitreg.workflows.import_mlflow.files import Meta, refusal
from gitreg.workflows.import_mlflow.values import moment


class MetaWords:
    """One file's values; each question names the keys that versions of MLflow used for the answer."""

    def __init__(self, words: Meta, folder: Path) -> None:
        self._words = words
        self._folder = folder

    def text(self, *keys: str) -> str:
        """The first text among the keys; empty without any."""
        for key in keys:
            found = self._words.get(key)
            if isinstance(found, str) and found:
                return found
        return ""

    def number(self, *keys: str) -> int | None:
        """The first number among the keys.

        Raises:
            RecordError: if what stands there is none.
        """
        found = self.text(*keys)
        if not found:
            return None
        try:
            return int(found[:40])
        except ValueError:
            raise refusal(self._folder, f"{keys[0]} is not a number: {found[:40]!a}") from None

    def time(self, *keys: str) -> datetime | None:
        """The first time among the keys, which MLflow counts in milliseconds."""
        return moment(self.number(*keys))

    def mapping(self, key: str) -> Mapping[str, str]:
        """The texts of a mapping; empty without one."""
        found = self._words.get(key)
        return (
            {name: value for name, value in found.items() if isinstance(value, str)}
            if isinstance(found, dict)
            else {}
        )

    @property
    def is_deleted(self) -> bool:
        """Whether its life cycle says so."""
        return self.text("lifecycle_stage") == "deleted"
