"""Drafts while they grow: many processes add, others look."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from gitreg.domain.curves import MetricPoint
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, DraftStart, Heartbeat, Param, Tag, drafts, process_mark
from gitreg.errors import AmbiguousError, NotFoundError
from gitreg.workflows.doctor.status import draft_states
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.searching.show_draft import find_candidate_or_draft

WRITERS, LINES = 16, 50
RANK = f"""
import sys
from pathlib import Path
from gitreg.domain.curves import MetricPoint
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, Param, Tag
draft, rank = Draft.open(Path(sys.argv[1])), int(sys.argv[2])
for step in range({LINES}):
    draft.append([MetricPoint("loss", float(step), step), Tag(f"rank{{rank}}.{{step}}", "x" * (step % 40))])
    draft.append([Param(f"p{{rank}}.{{step}}", "1")])
draft.add_text(str(rank).encode(), f"ranks/{{rank}}.txt")
"""


def _draft(desk, digit: str = "1", **mark: object) -> Draft:
    start = DraftStart(
        id=f"abcd{digit}" + "0" * 27, experiment="Churn Models", created=desk.author.when,
        process=process_mark(os.getpid()).model_copy(update=mark),
    )  # fmt: skip
    return Draft.create(drafts_folder(desk.registry), start)


def test_sixteen_processes_add_to_one_draft_while_others_look(desk):
    """All of it is in the candidate, and whoever looked meanwhile saw whole lines only."""
    registry, draft = desk.registry, _draft(desk)
    ranks = [
        subprocess.Popen([sys.executable, "-c", RANK, draft.folder, str(rank)]) for rank in range(WRITERS)
    ]
    seen = [0]
    while any(rank.poll() is None for rank in ranks):
        content = Draft.open(draft.folder).read()
        assert content.torn <= 1  # the line that is being written just then
        seen.append(len(content.points))
    assert [rank.returncode for rank in ranks] == [0] * WRITERS
    candidate = finish_draft(registry, draft, desk.author, status="finished")

    assert seen == sorted(seen)
    assert candidate.curves["loss"].points == WRITERS * LINES
    assert len(candidate.params) == len(candidate.tags) == WRITERS * LINES
    assert candidate.artifacts.files == WRITERS + 1


def test_a_running_candidate_is_shown_by_the_start_of_its_id(desk):
    """With what was logged until now, in another process too; it is no record yet."""
    draft = _draft(desk)
    draft.append(
        [Param("lr", "0.1"), Tag("team", "a"), MetricPoint("loss", 0.5, 1), MetricPoint("loss", 0.4, 2)]
    )
    shown = subprocess.run(
        [sys.executable, "-m", "gitreg", "-C", desk.path, "show", draft.id[:6], "--json"],
        env=desk.environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    [item] = json.loads(shown.stdout)["items"]

    assert (item["id"], item["status"], item["experiment"]) == (draft.id, "running", slug_of("Churn Models"))
    assert (item["params"], item["metrics"], item["finished"]) == ({"lr": "0.1"}, {"loss": 0.4}, None)
    assert item["curves"]["loss"]["points"] == 2
    assert drafts(drafts_folder(desk.registry)) != []


def test_one_whose_process_is_gone_is_shown_as_killed(desk):
    """As `recover` would record it."""
    draft = _draft(desk, started=1)

    assert find_candidate_or_draft(desk.registry, draft.id).status == "killed"


def test_a_prefix_of_two_drafts_is_ambiguous_and_of_none_is_not_found(desk):
    """As with candidates; an experiment tells them apart."""
    _draft(desk, "1")
    _draft(desk, "2")

    with pytest.raises(AmbiguousError, match="2 drafts"):
        find_candidate_or_draft(desk.registry, "abcd")
    with pytest.raises(NotFoundError, match="no candidate"):
        find_candidate_or_draft(desk.registry, "fraud/abcd")


def test_status_tells_running_dead_and_elsewhere(desk):
    """With when each was heard of last."""
    for digit, mark in (("1", {}), ("2", {"started": 1}), ("3", {"host": "another"})):
        _draft(desk, digit, **mark)

    states = draft_states(desk.registry)
    assert [one.liveness for one in states] == ["running", "dead", "elsewhere"]
    assert all(one.heard for one in states)


def test_a_silent_training_is_heard_of_in_status(desk):
    """By its beats alone."""
    draft = _draft(desk, host="another")
    for name in ("heartbeat", "journal.ndjson"):
        os.utime(draft.folder / name, (0, 0))
    [silent] = draft_states(desk.registry)
    with Heartbeat(draft.folder):
        while draft.last_heard == silent.heard:
            pass

    assert silent.liveness == "dead"
    assert draft_states(desk.registry)[0].liveness == "elsewhere"
