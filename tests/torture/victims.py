"""What is killed: a process that logs, finishes and pushes, and writes down each thing that it was told is kept.

Before each phase it says so, on a pipe, so that whoever kills can choose among them.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random

from acknowledged import Acknowledged, write_down

import gitreg
from gitreg.cli.entry import outcome
from gitreg.documents.writer import write

POINTS = 40
SIZES = (0, 1000, 100_000, 6_000_000)
ACTS = {"draft": 5, "log": 2, "many": 2, "run": 2}
"""How many phases each has, the push at its end included."""
CHILD = (
    "import gitreg, sys; c = gitreg.start('churn'); c.log_param('by', 'run'); print('kept', c.id, flush=True)"
)


@dataclass(frozen=True)
class Victim:
    """One round of work in a clone.

    Args:
        clone: where.
        acknowledged: where it writes down what it was told.
        pushed: where it writes down the ids that it was told are on the remote.
        phases: the descriptor on which it says what it begins.
        act: what it does: a name in ACTS.
        seed: with which values.
    """

    clone: Path
    acknowledged: Path
    pushed: Path
    phases: int
    act: str
    seed: int

    def work(self) -> int:
        """Does its act, then pushes."""
        ids: list[str] = getattr(self, self.act)(Random(self.seed))
        self.begin("push")
        with gitreg.open_registry(self.clone) as registry:
            registry.push()
        for one in ids:
            write_down(self.pushed, Acknowledged(one))
        return 0

    def begin(self, phase: str) -> None:
        """Says which phase begins."""
        os.write(self.phases, f"{phase}\n".encode())

    def keep(self, one: Acknowledged) -> None:
        """Writes down what was acknowledged."""
        write_down(self.acknowledged, one)

    def draft(self, random: Random) -> list[str]:
        """A training: params, points and artifacts one after another, then the end."""
        self.begin("start")
        candidate = gitreg.start("churn", registry=self.clone, strict=True)
        self.keep(Acknowledged(candidate.id))
        self.begin("logging")
        for step in range(POINTS):
            candidate.log_metric("loss", 1 / (step + 1), step=step)
            self.keep(Acknowledged(candidate.id, steps={"loss": [step]}))
            if step % 10 == 0:
                candidate.log_param(f"p{step}", str(self.seed))
                self.keep(Acknowledged(candidate.id, params={f"p{step}": str(self.seed)}))
        self.begin("artifacts")
        for number in range(2):
            path, digest = self.file(random, f"model-{number}.bin")
            candidate.log_artifact(path)
            self.keep(Acknowledged(candidate.id, artifacts={path.name: digest}))
        self.begin("finishing")
        record = candidate.finish()
        assert record is not None
        self.keep(Acknowledged(record.id, hashlib.sha256(write(record)).hexdigest()))
        return [record.id]

    def log(self, random: Random) -> list[str]:
        """`gitreg log` with an artifact."""
        path, digest = self.file(random, "model.bin")
        self.begin("log")
        [one] = self.command("log", "churn", "-p", f"seed={self.seed}", "-a", str(path))
        self.keep(Acknowledged(one, None, {"model.bin": digest}, {"seed": str(self.seed)}))
        return [one]

    def many(self, random: Random) -> list[str]:
        """`gitreg log --from` with a sweep's candidates, in one commit."""
        file = self.clone.with_name("many.ndjson")
        lines = [
            json.dumps({"params": {"seed": str(self.seed), "number": str(n)}})
            for n in range(random.randint(2, 60))
        ]
        file.write_text("\n".join(lines) + "\n")
        self.begin("many")
        ids = self.command("log", "churn", "--from", str(file))
        for number, one in enumerate(ids):
            self.keep(Acknowledged(one, params={"seed": str(self.seed), "number": str(number)}))
        return ids

    def run(self, random: Random) -> list[str]:
        """`gitreg run` with a command that logs."""
        path, digest = self.file(random, "model.bin")
        self.begin("run")
        said = self.command("run", "-e", "churn", "-a", str(path), "--", sys.executable, "-c", CHILD)
        self.keep(Acknowledged(said[-1], None, {"model.bin": digest}, {"by": "run"}))
        return [said[-1]]

    def file(self, random: Random, name: str) -> tuple[Path, str]:
        """A new file outside of the clone, and its sha256."""
        content = f"{self.seed} {name}".encode() + random.randbytes(random.choice(SIZES))
        folder = self.clone.with_name("files")
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        return folder / name, hashlib.sha256(content).hexdigest()

    def command(self, *words: str) -> list[str]:
        """A command of gitreg in this process; the lines that it printed."""
        said = StringIO()
        with redirect_stdout(said):
            code = outcome(list(words), os.environ)
        if code != 0:
            raise RuntimeError(f"gitreg {words[0]} ended with {code}")
        return said.getvalue().split()
