"""Two machines that log artifacts to one ended run, or to one logged model, by MLflow's API: both sides' are there."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import calm
from mlflow import MlflowClient

from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.push import push


@pytest.fixture
def clones(desk, gitreg):
    """A registry with an ended run and a logged model that two clones know."""
    desk.share()
    here = MlflowClient(f"gitreg://{desk.path}")
    experiment = here.create_experiment("churn")
    run = here.create_run(experiment).info.run_id
    model = here.create_logged_model(experiment, name="model", source_run_id=run).model_id
    here.set_terminated(run)
    send(desk, desk.path)
    clone = desk.clone()
    fetch(desk.open(clone), desk.author)
    return here, MlflowClient(f"gitreg://{clone}"), run, model


def send(desk, at):
    """What `gitreg push` does, when nobody else is at work."""
    desk.pause()
    return push(desk.open(at), desk.author, calm())


def names(found):
    return sorted(one.path for one in found)


@pytest.mark.parametrize("first", [0, 1])
def test_artifacts_of_both_machines_are_there(desk, clones, tmp_path, first):
    """Whoever publishes first; both can be downloaded from both."""
    here, there, run, model = clones
    for client, word in ((here, "here"), (there, "there")):
        file = tmp_path / f"{word}.txt"
        file.write_text(word)
        client.log_artifact(run, str(file), "notes")
        client.log_model_artifact(model, str(file))

    places = [desk.path, desk.path.parent / "clone"]
    for at in (places[first], places[1 - first], places[first]):
        send(desk, at)

    for client in (here, there):
        assert names(client.list_artifacts(run, "notes")) == ["notes/here.txt", "notes/there.txt"]
        assert names(client.list_logged_model_artifacts(model)) == ["here.txt", "there.txt"]
        for word in ("here", "there"):
            target = tmp_path / f"{first}-{id(client)}"
            target.mkdir(exist_ok=True)
            brought = client.download_artifacts(run, f"notes/{word}.txt", str(target))
            assert Path(brought).read_text() == word
