"""MLflow's pages on a registry, in a real browser: what `gitreg ui` shows, and whom it asks for it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from browser import CHROMIUM, Browser
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from gitreg.mlflow_plugin.serving import folder_uri

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


@dataclass(frozen=True)
class Shown:
    """A registry that is shown.

    Args:
        top: the server's address.
        experiment: an experiment's id.
        runs: its runs' ids by name.
        browser: who looks.
    """

    top: str
    experiment: str
    runs: dict[str, str]
    browser: Browser

    def page(self, path: str, *words: str) -> str:
        """Opens a page and waits for what it must show."""
        return self.browser.show(f"{self.top}/#/{path}", *words)


def furnish(client: MlflowClient, folder: Path) -> tuple[str, dict[str, str]]:
    """Three runs with curves and an artifact, and a version with an alias."""
    experiment = client.create_experiment("Blüten & Co")
    runs = {}
    file = folder / "weights.txt"
    file.write_text("seven and a half\n")
    for number in range(3):
        run = client.create_run(experiment, run_name=f"flower-{number}")
        runs[f"flower-{number}"] = run.info.run_id
        points = [Metric("petals", 10.0 * number + step / 8, 1000 + step, step) for step in range(8)]
        client.log_batch(run.info.run_id, points, [Param("soil", f"peat-{number}")])
        client.log_artifact(run.info.run_id, str(file), "herbarium")
        client.set_terminated(run.info.run_id)
    client.create_registered_model("botanist", description="Knows every flower")
    source = client.get_run(runs["flower-2"]).info.artifact_uri + "/herbarium"
    client.create_model_version(
        "botanist", source, runs["flower-2"], description="Pressed in a book", await_creation_for=0
    )
    client.set_registered_model_alias("botanist", "gardener", "1")
    return experiment, runs


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """One registry, in a folder whose name is awkward, one server, one browser."""
    top = tmp_path_factory.mktemp("ui")
    registry = top / "two words, 100% ü"
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(top), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
        "DVC_NO_ANALYTICS": "1", "MLFLOW_STATIC_PREFIX": "/ml", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "a@example.com",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        uri = folder_uri(registry)
        experiment, runs = furnish(MlflowClient(uri, registry_uri=uri), top)
    port = free_port()
    words = [sys.executable, "-m", "gitreg", "--registry", str(registry), "ui", "--port", str(port)]
    with (top / "said").open("wb") as said:
        server = subprocess.Popen(words, env=environ, stdout=said, stderr=said)
    browser = Browser.start(top / "browser")
    try:
        wait_for(f"http://127.0.0.1:{port}/ml/health", top / "said")
        yield Shown(f"http://127.0.0.1:{port}/ml", experiment, runs, browser)
    finally:
        browser.end()
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(url: str, said: Path) -> None:
    """Waits until a server answers."""
    limit = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < limit, said.read_text("utf-8", "replace")
            time.sleep(0.1)


def test_pages_show_the_registry(shown: Shown) -> None:
    """Experiments, a table with filter and order, a run with curves and artifacts, a comparison, a model and its version.

    Every word that is waited for comes from the registry; no answer is an error of the server's, nothing is asked of another
    machine, and nothing is refused but what may act.
    """
    one, two = shown.runs["flower-1"], shown.runs["flower-2"]
    run = f"experiments/{shown.experiment}/runs/{two}"
    chosen = f"searchFilter={quote('metrics.petals > 5')}&orderByKey={quote('metrics.`petals`')}"

    assert "Invalid Date" not in shown.page("experiments", "Blüten & Co", "Default")
    for ascending in ("true", "false"):
        table = shown.page(
            f"experiments/{shown.experiment}/runs?{chosen}&orderByAsc={ascending}", "flower-1", "flower-2"
        )
        names = re.findall("flower-[0-9]", table)
        assert list(dict.fromkeys(names)) == sorted({*names}, reverse=ascending == "false") != []
        assert "flower-0" not in table
    assert "PERMISSION_DENIED" not in table
    shown.page(run, "flower-2", "petals", "20.875", "soil", "peat-2")
    shown.page(f"{run}/model-metrics", "flower-2 (petals)")
    shown.page(f"{run}/artifacts/herbarium/weights.txt", "seven and a half")
    pair = f"runs={quote(json.dumps([one, two]))}&experiments={quote(json.dumps([shown.experiment]))}"
    shown.page(f"compare-runs?{pair}", one, two, "peat-1", "peat-2", "10.875", "20.875")
    shown.page("models", "botanist", "gardener")
    shown.page("models/botanist", "Knows every flower", "gardener", "Pressed in a book")
    shown.page("models/botanist/versions/1", "Pressed in a book", "flower-2", "gitreg.version", "1.0.0")

    browser = shown.browser
    assert len(browser.answers) > 30
    assert [one for one in browser.answers if one[0] >= 500] == []
    assert [one for one in browser.answers if one[0] == 403 and "/mlflow/assistant/" not in one[1]] == []
    assert {urlsplit(url).netloc for url in browser.asked} - {""} == {urlsplit(shown.top).netloc}
    assert browser.failures == []


def test_it_changes_nothing(shown: Shown) -> None:
    """What MLflow's client would change is refused in words, over the network, too."""
    body = json.dumps({"name": "other"}).encode()
    asked = urllib.request.Request(
        f"{shown.top}/api/2.0/mlflow/experiments/create", body, {"Content-Type": "application/json"}
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=20)

    assert refused.value.code == 403
    assert json.load(refused.value)["error_code"] == "PERMISSION_DENIED"
