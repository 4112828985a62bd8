"""Thousands of candidates in one call: one commit, all or none, in memory that their number hardly touches."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gitreg.errors import AlreadyThereError, UsageError
from gitreg.workflows.recording.log_candidate import NewCandidate, log_many
from gitreg.workflows.registry import CANDIDATES

LINE = {
    "params": {f"p{number}": str(number) for number in range(10)},
    "metrics": {f"m{number}": number / 7 for number in range(10)},
    "tags": {f"t{number}": "value" for number in range(5)},
}
PEAK = """
import resource, sys
from gitreg.cli.entry import outcome
import os
code = outcome(["log", "churn", "--no-code", "--from", "-"], os.environ)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def test_many_candidates_are_one_commit_with_few_loose_objects(desk):
    """Records in a pack, trees beside it; each is read back."""
    before = desk.tip(CANDIDATES)
    ids = log_many(desk.registry, (desk.new(metrics={"auc": 0.1}) for _ in range(700)), desk.author)

    assert desk.git("rev-list", "--count", f"{before}..{CANDIDATES}") == "1"
    assert desk.git("log", "-1", "--format=%s", CANDIDATES) == "Log 700 candidates"
    assert len(set(ids)) == 700
    assert desk.git("ls-tree", "-r", "--name-only", CANDIDATES).count(".yaml") == 701
    assert int(re.findall(r"^count: (\d+)", desk.git("count-objects", "-v"), re.MULTILINE)[0]) < 350
    assert desk.git("fsck", "--strict", "--no-dangling") == ""


def test_what_the_last_one_has_wrong_leaves_nothing_of_all(desk):
    """No commit, no pack, no object."""
    before, objects = desk.tip(CANDIDATES), desk.git("count-objects", "-v")

    def news() -> Iterator[NewCandidate]:
        for _ in range(400):
            yield desk.new()
        yield desk.new(params={"a\nb": "1"})

    with pytest.raises(UsageError, match="cannot be recorded"):
        log_many(desk.registry, news(), desk.author)
    assert (desk.tip(CANDIDATES), desk.git("count-objects", "-v")) == (before, objects)


def test_an_id_that_is_there_twice_is_refused_with_all(desk):
    """In one call as in two."""
    one, other = desk.new(), desk.new()
    log_many(desk.registry, [one], desk.author)
    before = desk.tip(CANDIDATES)

    for news in ([other, other], [other, one]):
        with pytest.raises(AlreadyThereError, match="already"):
            log_many(desk.registry, news, desk.author)
    assert desk.tip(CANDIDATES) == before


def _peak(desk, count: int) -> int:
    """Memory of `gitreg log --from -` at its largest, in KiB."""
    with subprocess.Popen(
        [sys.executable, "-c", PEAK], cwd=desk.path, env=desk.environ,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        out, err = process.communicate((json.dumps(LINE) + "\n").encode() * count)
    assert process.returncode == 0, err
    assert len(out.splitlines()) == count
    return int(err)


def test_memory_is_that_of_paths_and_ids(desk):
    """A record of a kilobyte leaves less than its own size behind, and far less than what it was read into."""
    few, many = _peak(desk, 500), _peak(desk, 5000)

    assert many - few < 10 * 1024
