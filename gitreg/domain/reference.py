"""References: how people name a candidate or a version on the command line and in Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gitreg.domain.version import VersionNumber
from gitreg.domain.words import SLUG, STAGE, slug_of


@dataclass(frozen=True, slots=True)
class CandidateReference:
    """A candidate by the start of its id (4 to 32 hex digits), in an experiment where one is named."""

    prefix: str
    experiment: str | None = None


@dataclass(frozen=True, slots=True)
class PickReference:
    """The best or latest candidate of an experiment."""

    experiment: str
    pick: Literal["best", "latest"]


@dataclass(frozen=True, slots=True)
class VersionReference:
    """A version of a model; `latest` is the highest released one that is not retired."""

    model: str
    version: VersionNumber | Literal["latest"]


@dataclass(frozen=True, slots=True)
class StageReference:
    """The version of a model in a stage."""

    model: str
    stage: str


@dataclass(frozen=True, slots=True)
class ProposalReference:
    """A proposed version of a model, before review has merged it."""

    model: str
    version: VersionNumber


Reference = CandidateReference | PickReference | VersionReference | StageReference | ProposalReference

FORMS = "a candidate (7f3a, churn/7f3a, churn/best, churn/latest) or a version (churn@1.2.0, churn@production, churn@latest, churn!1.2.0)"


def parse_reference(text: str) -> Reference:
    """What `text` names.

    Raises:
        ValueError: when it has none of the forms.
    """
    if re.fullmatch(r"[0-9a-f]{4,32}", text):
        return CandidateReference(text)
    if match := re.fullmatch(rf"({SLUG})/([0-9a-f]{{4,32}})", text):
        return CandidateReference(match[2], match[1])
    if text.endswith(("/best", "/latest")):
        experiment, _, pick = text.rpartition("/")
        return PickReference(slug_of(experiment), "best" if pick == "best" else "latest")
    if "@" in text:
        model, _, selector = text.rpartition("@")
        return _version_or_stage(slug_of(model), selector)
    if "!" in text:
        model, _, number = text.rpartition("!")
        return ProposalReference(slug_of(model), VersionNumber.parse(number))
    raise ValueError(f"{text[:80]!r} names neither {FORMS}")


def _version_or_stage(model: str, selector: str) -> VersionReference | StageReference:
    if selector == "latest":
        return VersionReference(model, "latest")
    if re.fullmatch(STAGE, selector):
        return StageReference(model, selector)
    return VersionReference(model, VersionNumber.parse(selector))
