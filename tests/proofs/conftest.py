"""One judge for the session: an honest registry, a host, and two verifiers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflows"))

from mutate_registries import Judge


@pytest.fixture(scope="session")
def judge_of_all(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Made once: it takes a second."""
    return Judge(tmp_path_factory.mktemp("judge"))


@pytest.fixture
def judge(judge_of_all: Judge, environ: dict[str, str]) -> Iterator[Judge]:
    """The judge, with the honest registry on the host and no memory."""
    ground = judge_of_all.ground
    ground.bag.serve(ground.honest)
    ground.remember(everything=False)
    yield judge_of_all
    ground.bag.straighten()
    os.chdir("/")
