"""The components of templates/, read as GitLab reads them: a header of inputs, and a body that they are put into."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parents[2]
FOLDER = TOP / "templates"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/template.yml"))
_WHOLE = re.compile(r"\$\[\[ inputs\.([a-z-]+) \]\]")

Tree = Any


def parts(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A component's header, and its body before anything is put in."""
    header, body = yaml.safe_load_all((FOLDER / name / "template.yml").read_text())
    return header, body


def inputs_of(name: str) -> dict[str, dict[str, Any]]:
    """A component's inputs by name."""
    found: dict[str, dict[str, Any]] = parts(name)[0]["spec"]["inputs"]
    return found


def rendered(name: str, **given: Any) -> dict[str, Any]:
    """A component's one job, with its name under `name`; inputs are written with `_` for `-`."""
    header, body = parts(name)
    values = {key: one.get("default") for key, one in header["spec"]["inputs"].items()}
    values |= {key.replace("_", "-"): value for key, value in given.items()}
    [(title, job)] = _filled(body, values).items()
    return {**job, "name": title}


def _filled(tree: Tree, values: dict[str, Any]) -> Tree:
    """As GitLab does: a node that is nothing but one input becomes its value, else its text is put in."""
    if isinstance(tree, dict):
        return {_filled(key, values): _filled(value, values) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_filled(one, values) for one in tree]
    if not isinstance(tree, str):
        return tree
    if (whole := _WHOLE.fullmatch(tree)) is not None:
        return values[whole[1]]
    return _WHOLE.sub(lambda found: str(values[found[1]]), tree)
