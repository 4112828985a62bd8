"""What `gitreg verify` loads: no storage, no tracker, nothing that draws; whatever is loaded could be made to lie."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from mutate_registries import Judge

STRANGERS = (
    "dvc", "dvc_data", "dvc_objects", "fsspec", "mlflow", "pandas", "numpy", "rich", "plotille", "arpeggio", "sqlite3",
    "sklearn", "fickling", "picklescan", "requests", "aiohttp", "boto3", "git", "hypothesis", "pytest",
)  # fmt: skip
SHOW = """
import atexit, json, sys
atexit.register(lambda: print("loaded " + json.dumps(sorted(sys.modules)), file=sys.stderr))
from gitreg.cli import main
sys.argv = ["gitreg", *sys.argv[1:]]
main()
"""


def _loaded(judge: Judge, *words: str) -> set[str]:
    ground = judge.ground
    done = subprocess.run(
        [sys.executable, "-c", SHOW, "-C", str(ground.clone), *words],
        env=ground.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.partition("loaded ")[2]))


@pytest.mark.parametrize("words", [("churn@production",), ("churn@1.0.0", "--json")], ids=["text", "json"])
def test_verify_loads_nothing_optional_and_no_storage(judge: Judge, words: tuple[str, ...]) -> None:
    """A fresh process, its output into a pipe: records, objects, keys, and no more."""
    loaded = _loaded(judge, "verify", *words)

    assert {name for name in STRANGERS if name in loaded} == set()
    assert "gitreg.workflows.verification.verify" in loaded
