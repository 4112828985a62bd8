"""A candidate branch that a test writes commit by commit, by `git fast-import`, and what an index says of it, whole."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gitreg.documents.writer import write
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.record import Person
from gitreg.gitrepo.names import ObjectId
from gitreg.gitrepo.reading import Reading
from gitreg.index.current import Index, ask
from gitreg.index.extras import extras
from gitreg.index.known_experiments import all_experiments
from gitreg.index.logged_models import logged_models
from gitreg.index.rows import rows
from gitreg.index.schema import INDICES, VALUES, make
from gitreg.index.task import Options
from gitreg.index.update import bring
from gitreg.index.way import Way

BRANCH = "refs/heads/gitreg/candidates"
CANDIDATE = """\
# yaml-language-server: $schema=../../../../.gitreg/schemas/v1/candidate.schema.json
schema: gitreg/candidate/v1
id: {id}
experiment: {experiment}
name: {name}
status: finished
created: '2026-11-22T15:{minute:02d}:05.123456Z'
finished: null
author:
  name: Ada Example
  email: ada@example.com
parent: null
code:
  repository: https://git.example.com/team/models
  commit: bb184c018830febe6d8e7e9c2bc163d41ebebedc
  branch: main
  dirty: true
  command: []
data:
  - name: train
    uri: data/train.csv
    digest: 'md5:33333333333333333333333333333333'
    context: training
params:
  depth: '{depth}'
metrics:
  auc: {auc}
points: {{}}
curves: {{}}
tags:
  team: growth
notes: ''
environment: null
ci: null
artifacts: null
deleted: null
extra: {{}}
"""
EXPERIMENT = """\
schema: gitreg/experiment/v1
slug: {slug}
name: {name}
number: '123456789012345678'
description: ''
metrics:
  auc:
    goal: maximize
    primary: true
    unit: ''
tags: {{}}
deleted: null
extra: {{}}
"""


ADA = Person(name="Ada Example", email="ada@example.com")
WHEN = datetime(2026, 11, 22, 15, 4, 5, 123456, tzinfo=UTC)


def identity(number: int) -> str:
    """A candidate's id; the first digits tell neighbours apart, as random ones would."""
    return f"{number * 37 % 256:02x}{number:030x}"


def place(number: int, experiment: str = "churn") -> str:
    """A candidate's path."""
    return f"experiments/{experiment}/candidates/{identity(number)[:2]}/{identity(number)}.yaml"


def record(number: int, experiment: str = "churn", *, auc: object = 0.5, name: str = "n") -> bytes:
    """A candidate's file."""
    return CANDIDATE.format(
        id=identity(number), experiment=experiment, name=name, minute=number % 60, depth=number, auc=auc
    ).encode()


def some(numbers: range, experiment: str = "churn", **values: object) -> dict[str, bytes | None]:
    """Files of candidates, by path."""
    return {place(one, experiment): record(one, experiment, **values) for one in numbers}


def experiment_file(slug: str = "churn", name: str = "churn") -> dict[str, bytes | None]:
    """An experiment's file, by path."""
    return {f"experiments/{slug}/experiment.yaml": EXPERIMENT.format(slug=slug, name=name).encode()}


def model_place(number: int, experiment: str = "churn") -> str:
    """A logged model's path."""
    return f"experiments/{experiment}/models/{identity(number)[:2]}/{identity(number)}.yaml"


def logged(numbers: range, experiment: str = "churn", **values: object) -> dict[str, bytes | None]:
    """Files of logged models, by path."""
    model = LoggedModel(
        id=identity(0),
        experiment=experiment,
        name="model",
        created=WHEN,
        updated=WHEN,
        author=ADA,
        candidate=identity(1),
    )
    return {
        model_place(one, experiment): write(model.model_copy(update={"id": identity(one), **values}))
        for one in numbers
    }


@dataclass
class History:
    """A repository whose candidate branch is written by hand.

    Args:
        path: the work tree.
        environ: a sealed environment.
    """

    path: Path
    environ: Mapping[str, str]
    way: Way = field(default_factory=lambda: Way(workers=0))
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        self.reading = Reading.open(self.path, self.environ)

    @property
    def folder(self) -> Path:
        """Where the index is."""
        return self.path / ".git" / "gitreg"

    @property
    def file(self) -> Path:
        """The index."""
        return self.folder / "index.sqlite"

    @property
    def tip(self) -> ObjectId | None:
        """The branch's commit."""
        return self.reading.resolve(BRANCH)

    def commit(self, files: Mapping[str, bytes | None], parent: ObjectId | str | None = "tip") -> ObjectId:
        """Writes a commit on the branch; None removes a file."""
        before = self.tip if parent == "tip" else parent
        words = [f"commit {BRANCH}\ncommitter Ada <ada@example.com> 1700000000 +0000\ndata 2\nx\n".encode()]
        if before:
            words.append(f"from {before}\n".encode())
        else:
            self.git("update-ref", "-d", BRANCH)
        for path, content in files.items():
            if content is None:
                words.append(f"D {path}\n".encode())
            else:
                words += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
        self.git("fast-import", "--quiet", "--force", stdin=b"".join(words))
        tip = self.tip
        assert tip is not None
        return tip

    def git(self, *words: str, stdin: bytes = b"") -> bytes:
        """Runs Git here."""
        return subprocess.run(
            ["git", *words],
            cwd=self.path,
            env=dict(self.environ),
            input=stdin,
            check=True,
            capture_output=True,
        ).stdout

    def answers(self, tip: ObjectId | str | None = "tip", folder: Path | None = None) -> dict[str, object]:
        """All that the index answers, brought to the branch's tip first."""
        commit = self.tip if tip == "tip" else tip
        return ask(self.reading, folder or self.folder, commit, everything, Options(way=self.way))

    def fresh(self) -> dict[str, object]:
        """All that an index answers that was made just now."""
        return fresh(self.reading, self.tip)


def fresh(reading: Reading, tip: ObjectId | None) -> dict[str, object]:
    """All that an index answers that was made just now, in memory, of one commit."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    make(connection)
    assert bring(connection, reading, tip, Options(), None)
    return everything(Index(connection))


def everything(index: Index) -> dict[str, object]:
    """All that an index answers, with nothing in it that depends on how it came to know it."""
    connection = index.connection
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    made = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert set(INDICES) <= made
    for table in (*VALUES, "datasets", "extras"):
        stray = f"SELECT count(*) FROM {table} WHERE n NOT IN (SELECT n FROM candidates)"
        assert connection.execute(stray).fetchone() == (0,), table
    numbers = [n for (n,) in connection.execute("SELECT n FROM candidates")]
    found = [[getattr(row, name) for name in row._fields if name != "n"] for row in rows(connection, numbers)]
    experiments = "SELECT slug, name, number, description, primary_metric, deleted, hex(blob), document FROM experiments"
    beside = extras(connection, numbers)
    return {
        "candidates": sorted(map(repr, found)),
        "extras": sorted(map(repr, beside.values())),
        "experiments": sorted(connection.execute(experiments)),
        "known experiments": sorted(map(repr, all_experiments(connection))),
        "logged models": sorted(map(repr, logged_models(connection, None))),
        "keys": sorted(connection.execute("SELECT kind, name FROM keys")),
        "faults": sorted(connection.execute("SELECT path, hex(blob), message FROM faults")),
        "commit": connection.execute("SELECT value FROM state WHERE name = 'commit'").fetchone(),
    }
