"""Whether artifacts go where an experiment's record says.

MLflow lets whoever makes an experiment choose where its artifacts are. In a registry that is shared, that record is the word of
anybody who may push a candidate: followed, it would have other people's trainings write into folders of their machines, send
models to a stranger's server (with the tokens that MLflow's clients add), and show a server's files. So there it is followed only
to places that this machine agrees with, as Git's configuration says; else artifacts are where all others are.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from gitreg.errors import GitregError
from gitreg.mlflow_plugin.telling import tell_once
from gitreg.mlflow_plugin.uris import MARK, RegistryUri, is_ours
from gitreg.workflows.registry import Registry

KEY = "gitreg.artifactLocation"
"""Of Git's configuration: a place below which experiments may keep artifacts; given as often as there are such places."""


def followed(registry: Registry, root: str, location: str) -> str:
    """The location of a record, or '' where artifacts do not go there.

    Args:
        registry: the registry.
        root: below which artifacts are otherwise.
        location: what the record says.
    """
    if not location or is_agreed(registry, root, location):
        return location
    tell_once(
        f"a record of this shared registry keeps artifacts in {location[:300]!a}, and this machine has not agreed to that, so they"
        f" are in the registry's own storage; to agree: git config --global --add {KEY} <the place, or what it is below>"
    )
    return ""


def is_agreed(registry: Registry, root: str, location: str) -> bool:
    """Whether a place that a record names is followed: in a registry of one's own any, in a shared one what this machine agreed to."""
    if registry.remote is None or _is_own(root, location):
        return True
    return any(_is_below(location, one) for one in _agreed(registry, root))


def _agreed(registry: Registry, root: str) -> list[str]:
    return [*registry.repository.config_all(KEY), *([] if is_ours(root) else [root])]


def _is_below(location: str, place: str) -> bool:
    if not place or ".." in re.split(r"[/\\]", unquote(unquote(location))):
        return False
    return location == place or location.startswith(f"{place.rstrip('/')}/")


def _is_own(root: str, location: str) -> bool:
    if not (is_ours(root) and is_ours(location)):
        return False
    try:
        return RegistryUri.parse(location.partition(f"/{MARK}/")[0]).place == RegistryUri.parse(root).place
    except GitregError:
        return False
