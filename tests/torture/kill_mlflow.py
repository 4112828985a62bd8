"""kill -9 at random moments of an MLflow script: what a returned call acknowledged is in the run that `recover` completes.

    python tests/torture/kill_mlflow.py --kills 200            # the long form
    python tests/torture/kill_mlflow.py --kills 20 --seed 7

Needs MLflow. The script is forked from a process that has imported everything, so that a kill costs no seconds of imports.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType


def train(told: int, folder: Path, seed: int) -> None:
    """What an ordinary script does; each call that returned is acknowledged by a line."""

    def tell(run: str, kind: str, *words: object) -> None:
        os.write(told, (json.dumps([run, kind, *words]) + "\n").encode())

    def one(name: str, *, nested: bool) -> None:
        with mlflow.start_run(run_name=name, nested=nested) as run:
            own = run.info.run_id
            tell(own, "run", name)
            mlflow.log_param("seed", seed)
            tell(own, "param", "seed", str(seed))
            for step in range(15):
                mlflow.log_metric("loss", 1 / (step + 1), step=step)
                tell(own, "metric", "loss", step, 1 / (step + 1))
            mlflow.log_text(f"{seed} {name}", f"{name}/said.txt")
            tell(own, "artifact", f"{name}/said.txt", f"{seed} {name}")
            if not nested:
                one("inner", nested=True)
                mlflow.set_tag("last", "1")
                tell(own, "tag", "last", "1")
        tell(own, "ended")

    mlflow.set_experiment(f"torture {seed % 3}")
    one("outer", nested=False)
    os.chdir(folder)


def killed(folder: Path, seed: int, after: float) -> list[list[Any]]:
    """Forks the script, kills it after some seconds; returns what it acknowledged."""
    hear, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(hear)
        try:
            train(tell, folder, seed)
        except BaseException as error:  # noqa: BLE001 - the parent must not go on twice
            os.write(tell, (json.dumps(["", "fault", repr(error)]) + "\n").encode())
        os._exit(0)
    os.close(tell)
    if seed % 4:  # most of them when something was acknowledged
        select.select([hear], [], [], 30)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(hear, "rb") as lines:
        return [json.loads(line) for line in lines.read().split(b"\n")[:-1]]


def faults(client: MlflowClient, acknowledged: list[list[Any]]) -> Iterator[str]:
    """What was acknowledged and is not there."""
    by_run: dict[str, list[list[Any]]] = defaultdict(list)
    for run, *line in acknowledged:
        by_run[run].append(line)
    for run_id, lines in by_run.items():
        if not run_id:
            yield f"the script failed: {lines}"
            continue
        run = client.get_run(run_id)
        wanted = "FINISHED" if ["ended"] in lines else "KILLED"
        if run.info.status != wanted and (wanted, run.info.status) != ("KILLED", "FINISHED"):
            yield f"{run_id} is {run.info.status}, not {wanted}"
        points = {(one.step, one.value) for one in client.get_metric_history(run_id, "loss")}
        for kind, *words in lines:
            if not _is_there(client, run, points, kind, words):
                yield f"{run_id}: {kind} {words} is not there"


def _is_there(
    client: MlflowClient, run: Any, points: set[tuple[int, float]], kind: str, words: list[Any]
) -> bool:
    match kind:
        case "param":
            return bool(run.data.params.get(words[0]) == words[1])
        case "tag":
            return bool(run.data.tags.get(words[0]) == words[1])
        case "metric":
            return (words[1], words[2]) in points
        case "artifact":
            with tempfile.TemporaryDirectory() as folder:
                path = client.download_artifacts(run.info.run_id, words[0], folder)
                return Path(path).read_text() == words[1]
        case _:
            return True


def torture(top: Path, kills: int, seed: int) -> list[str]:
    """Kills again and again, recovers once in a while; returns all faults."""
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    registry, chance = top / "registry", random.Random(seed)
    uri = f"gitreg://{registry}"
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)
    client.search_experiments()
    acknowledged: list[list[Any]] = []
    for number in range(kills):
        acknowledged += killed(top, number, chance.uniform(0.05, 1.5))
    words = [sys.executable, "-m", "gitreg", "--registry", str(registry), "recover"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = [] if done.returncode == 0 else [f"recover ended with {done.returncode}: {done.stderr}"]
    every = [one.experiment_id for one in client.search_experiments(ViewType.ALL)]
    running = client.search_runs(every, "status = 'RUNNING'")
    found += [f"{run.info.run_id} is running still" for run in running]
    found += faults(client, acknowledged)
    fsck = subprocess.run(
        ["git", "-C", str(registry), "fsck", "--strict"], capture_output=True, text=True, check=False
    )
    found += [] if fsck.returncode == 0 else [fsck.stderr]
    runs = {line[0] for line in acknowledged}
    sys.stdout.write(
        f"{kills} kills, seed {seed}: {len(acknowledged)} calls of {len(runs)} runs acknowledged\n"
    )
    return found


def main() -> int:
    """The command."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path)
    said = options.parse_args()
    top = said.folder or Path(tempfile.mkdtemp())
    found = torture(top.resolve(), said.kills, said.seed)
    for one in found:
        sys.stdout.write(f"fault: {one}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
