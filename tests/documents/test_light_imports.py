"""What `gitreg list` needs of names, paths and records costs nothing to import."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"pydantic", "pydantic_core", "ruamel", "git", "gitdb", "dvc"}


@pytest.mark.parametrize(
    "module",
    [
        "gitreg.domain.words",
        "gitreg.domain.times",
        "gitreg.documents.places",
        "gitreg.documents.scalars",
        "gitreg.documents.screen",
        "gitreg.documents.quick",
    ],
)
def test_light_module_loads_nothing_of_weight(module):
    """Names, paths and the text of scalars are there without pydantic, ruamel.yaml, GitPython or DVC."""
    code = f"import json, sys, {module}; print(json.dumps([name.split('.')[0] for name in sys.modules]))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(json.loads(done.stdout)) & HEAVY == set()
