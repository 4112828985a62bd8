"""Step 1, names: what is asked for, by grammars that match whole, before Git sees any of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitreg.documents import layout
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import slug, stage
from gitreg.errors import VerificationError

FORMS = "MODEL@VERSION, MODEL@STAGE, MODEL@latest, or the tag model/MODEL/vVERSION"
TAGS = "refs/tags/"
_WORD = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a version, the latest (neither version nor stage), or what serves in a stage.

    `tag` is the only tag that will do, where one was named.
    """

    model: str
    version: VersionNumber | None = None
    stage: str | None = None
    tag: str | None = None

    @property
    def detail(self) -> str:
        """For the report."""
        return f"{self.model}@{self.version or self.stage or 'latest'}"


def check_names(reference: str) -> Wanted:
    """Step 1: what a reference means.

    Raises:
        VerificationError: step `names`; it has none of the forms, to the last character.
    """
    try:
        return _tag(reference) or _reference(reference)
    except ValueError as error:
        shown = ascii(reference[:80])
        raise VerificationError(
            f"{shown} is refused: {error}", step="names", hint=f"Name {FORMS}."
        ) from error


def _tag(text: str) -> Wanted | None:
    ref = text if text.startswith(TAGS) else f"{TAGS}{text}"
    found = layout.parse_tag(ref)
    if found is None:
        return None
    if found.action not in {"release", "resign"} or found.version is None:
        raise ValueError("it is a tag, but not of a release")
    return Wanted(found.model, found.version, tag=ref)


def _reference(text: str) -> Wanted:
    model, at, selector = text.partition("@")
    if not at:
        raise ValueError("it names no release")
    if selector == "latest":
        return Wanted(slug(model))
    if _WORD.fullmatch(selector):
        return Wanted(slug(model), stage=stage(selector))
    return Wanted(slug(model), VersionNumber.parse(selector))
