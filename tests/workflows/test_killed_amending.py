"""kill -9 at any moment of amending, reopening, checkpoints and ends: what was acknowledged is in the one record."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from random import Random

import pytest

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.drafts import drafts
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.running.read_points import read_points
from gitreg.workflows.running.recover import recover
from gitreg.workflows.versions.fetch_artifacts import fetch_artifacts, find_artifacts

KILLS = 6
VICTIM = """
import os, sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from gitreg.artifacts import Source
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Param, Runs, Tag
from gitreg.store import Author
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.checkpoint import checkpoint
from gitreg.workflows.candidates.edit_candidate import tag_candidate
from gitreg.workflows.running.finish_draft import finish_draft
from gitreg.workflows.registry import open_registry
from gitreg.workflows.running.reopen import reopen_draft

registry, candidate, number = open_registry(Path(sys.argv[1]), dict(os.environ)), sys.argv[2], int(sys.argv[3])
said, random = open(sys.argv[4], "a", buffering=1), Random(number)
scratch = Path(sys.argv[4] + ".source")
for turn in count():
    author = Author("Ada Example", "ada@example.com", datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=turn))
    name, step = f"{number}-{turn}", number * 10000 + turn
    act = random.choice(["amend", "amend", "file", "run", "checkpoint", "end", "tag"])
    if act == "amend":
        amend(registry, candidate, [Param(name, "1"), MetricPoint("loss", 1.0, step)], author)
        said.write(f"param {name}\\npoint {step}\\n")
    elif act == "file":
        scratch.write_text(name)
        amend(registry, candidate, [], author, sources=[Source(scratch, name)])
        said.write(f"file {name}\\n")
    elif act == "run":
        draft = reopen_draft(registry, candidate)
        draft.append([Runs(), MetricPoint("loss", 1.0, step)])
        said.write(f"point {step}\\n")
    elif act == "checkpoint":
        checkpoint(registry, reopen_draft(registry, candidate), author)
    elif act == "end":
        draft = reopen_draft(registry, candidate)
        draft.append([Param(name, "1")])
        said.write(f"param {name}\\n")
        finish_draft(registry, draft, author, status="finished")
    else:
        tag_candidate(registry, candidate, {name: "1"}, author)
        said.write(f"tag {name}\\n")
"""


def _said(path) -> dict[str, set[str]]:
    lines = [line.split() for line in path.read_text().splitlines()]
    return {kind: {word for one, word in lines if one == kind} for kind in ("param", "point", "file", "tag")}


@pytest.mark.parametrize("seed", [1])
def test_nothing_acknowledged_is_lost_by_a_kill(desk, tmp_path, seed):
    """Recovered after each kill, as the next command would; every version of the record can be read."""
    candidate, said, random = desk.log(metrics={"auc": 0.5}), tmp_path / "said", Random(seed)
    said.touch()
    for number in range(KILLS):
        words = [sys.executable, "-c", VICTIM, desk.path, candidate.id, str(number), str(said)]
        victim = subprocess.Popen(words, env=desk.environ, stderr=subprocess.PIPE, start_new_session=True)
        size = said.stat().st_size
        while said.stat().st_size == size and victim.poll() is None:
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.4))
        os.killpg(victim.pid, signal.SIGKILL)
        assert victim.wait() == -signal.SIGKILL, victim.stderr.read()
        registry = desk.open()
        assert recover(registry, desk.author).faults == ()
    assert drafts(drafts_folder(registry)) == []
    record = registry.candidates.record(Candidate, places.candidate_path("churn", candidate.id))
    acknowledged = _said(said)
    files = {entry.path for entry in find_artifacts(registry, candidate.id).entries}
    fetch_artifacts(registry, find_artifacts(registry, candidate.id), tmp_path / "fetched")

    assert acknowledged["param"] <= record.params.keys()
    assert acknowledged["tag"] <= record.tags.keys()
    assert acknowledged["point"] <= {str(point.step) for point in read_points(registry, record, "loss")}
    assert acknowledged["file"] | {"model.bin"} <= files
    assert all((tmp_path / "fetched" / name).read_text() == name for name in acknowledged["file"])
    path = places.candidate_path("churn", candidate.id)
    for commit in desk.git("rev-list", CANDIDATES, "--", path).split():
        assert read(desk.read(path, commit), Candidate, path).metrics["auc"] == 0.5
