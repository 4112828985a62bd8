"""Artifacts of runs and models: logged, listed, read and deleted, by MLflow's client, without a server and through one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pytest
from conformity import case, served_case
from grounds import Place
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bars of progress."""
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")


def listed(at: Place, run: str, path: str | None = None) -> list[tuple[Any, ...]]:
    """What a folder of a run's artifacts holds."""
    return [(one.path, one.is_dir, one.file_size) for one in at.client.list_artifacts(run, path)]


def read(at: Place, run: str, path: str, folder: Path) -> dict[str, str]:
    """What is downloaded, by its place below the folder."""
    target = folder / f"{at.kind}-{len(list(folder.iterdir()))}"
    target.mkdir()
    got = Path(at.client.download_artifacts(run, path, str(target)))
    files = [got] if got.is_file() else sorted(one for one in got.rglob("*") if one.is_file())
    return {str(one.relative_to(target)): one.read_text() for one in files}


def found_or_refused(act: Any, *words: Any) -> Any:
    """What an act gives; nothing where it is refused, by whatever."""
    try:
        return act(*words)
    except Exception:  # noqa: BLE001 - every error is a refusal
        return None


def files_in(folder: Path) -> Path:
    """A folder of files."""
    made = folder / "data"
    for name in ("a.txt", "sub/b.txt", "sub/deep/c.txt"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(f"content of {name}")
    return made


def a_file_is_logged(at: Place, tmp_path: Path) -> object:
    """To the top, and to a folder."""
    run, file = at.run(), files_in(tmp_path) / "a.txt"
    at.client.log_artifact(run, str(file))
    at.client.log_artifact(run, str(file), "in/folder")

    assert listed(at, run) == [("a.txt", False, 16), ("in", True, None)]
    assert listed(at, run, "in/folder") == [("in/folder/a.txt", False, 16)]
    assert list(read(at, run, "in/folder/a.txt", tmp_path).values()) == ["content of a.txt"]
    return [listed(at, run, "in"), read(at, run, "", tmp_path)]


def a_file_is_logged_to_an_ended_run(at: Place, tmp_path: Path) -> object:
    """As to a running one."""
    run = at.run()
    at.client.log_text(run, "before", "before.txt")
    at.end(run, "FAILED")
    at.client.log_text(run, "after", "in/after.txt")

    assert at.client.get_run(run).info.status == "FAILED"
    return [listed(at, run), read(at, run, "", tmp_path)]


def a_folder_is_logged(at: Place, tmp_path: Path) -> object:
    """To the top, and to a folder; all below it is downloaded at once."""
    run, folder = at.run(), files_in(tmp_path)
    at.client.log_artifacts(run, str(folder))
    at.client.log_artifacts(run, str(folder), "copy")

    assert [one[0] for one in listed(at, run)] == ["a.txt", "copy", "sub"]
    assert [one[0] for one in listed(at, run, "sub")] == ["sub/b.txt", "sub/deep"]
    return [read(at, run, "copy", tmp_path), read(at, run, "sub/deep", tmp_path), listed(at, run, "copy/sub")]


def a_file_is_replaced(at: Place, tmp_path: Path) -> object:
    """By a later one of its name, while the run runs and after."""
    run, seen = at.run(), []
    for text in ("one", "two", "three"):
        at.client.log_text(run, text, "note.txt")
        seen.append(read(at, run, "note.txt", tmp_path))
        if text == "two":
            at.end(run)

    assert [one["note.txt"] for one in seen] == ["one", "two", "three"]
    return listed(at, run)


def text_and_dictionaries_are_logged(at: Place, tmp_path: Path) -> object:
    """As files."""
    run = at.run()
    at.client.log_text(run, "häll\n", "a/note.txt")
    at.client.log_dict(run, {"b": [1, 2]}, "data.json")
    at.client.log_dict(run, {"b": [1, 2]}, "data.yaml")

    return [listed(at, run), read(at, run, "", tmp_path)]


def names_of_files(at: Place, tmp_path: Path) -> object:
    """With blanks, letters of other scripts, and signs that an address has a meaning for."""
    run = at.run()
    for name in ("a b.txt", "ünï.txt", "a+b.txt", ".hidden", "a&b=c.txt"):
        at.client.log_text(run, name, f"odd/{name}")

    return [sorted(listed(at, run, "odd")), read(at, run, "odd", tmp_path)]


def what_is_not_there(at: Place, tmp_path: Path) -> object:
    """Lists as nothing, and is not downloaded."""
    run = at.run()
    at.client.log_text(run, "x", "a/note.txt")

    assert listed(at, run, "nothing") == []
    assert listed(at, run, "a/note.txt") == []
    with pytest.raises(Exception, match=r"."):
        at.client.download_artifacts(run, "nothing", str(tmp_path))
    return []


def a_run_without_artifacts(at: Place, _: Path) -> object:
    """Lists as nothing; its folder is downloaded empty."""
    run = at.run()
    before = listed(at, run)
    at.end(run)

    assert before == listed(at, run) == []
    return []


AWAY = ("../out.txt", "/etc/passwd", "a/../../out.txt", "..", "%2e%2e/out.txt", "a/%2e%2e/%2e%2e/x")


def paths_that_lead_away_are_refused(at: Place, tmp_path: Path) -> None:
    """Listing and downloading."""
    run = at.run()
    at.client.log_text(run, "x", "a/note.txt")

    for path in AWAY:
        for act in (listed, lambda at, run, path: read(at, run, path, tmp_path)):
            assert not found_or_refused(act, at, run, path), path


def artifacts_are_deleted(at: Place, tmp_path: Path) -> object:
    """A folder of them, and all; the rest stays."""
    run = at.run()
    at.client.log_artifacts(run, str(files_in(tmp_path)))
    repository = get_artifact_repository(at.client.get_run(run).info.artifact_uri, tracking_uri=at.uri)
    repository.delete_artifacts("sub/deep")
    partly = [listed(at, run), listed(at, run, "sub")]
    repository.delete_artifacts("sub")

    assert [one[0] for one in listed(at, run)] == ["a.txt"]
    return partly


def a_deleted_run_s_artifacts_can_be_read(at: Place, tmp_path: Path) -> object:
    """It may be restored."""
    run = at.run()
    at.client.log_text(run, "x", "note.txt")
    at.end(run)
    at.client.delete_run(run)

    assert read(at, run, "note.txt", tmp_path) == {"note.txt": "x"}
    return []


def artifacts_lie_where_the_run_says(at: Place, tmp_path: Path) -> object:
    """So whoever has the address reads them by it alone."""
    run = at.run()
    at.client.log_text(run, "x", "a/note.txt")
    uri = at.client.get_run(run).info.artifact_uri
    mlflow.set_tracking_uri(at.uri)
    got = mlflow.artifacts.download_artifacts(f"{uri}/a/note.txt", dst_path=str(tmp_path))
    again = mlflow.artifacts.download_artifacts(f"runs:/{run}/a", dst_path=str(tmp_path))

    assert Path(got).read_text() == (Path(again) / "note.txt").read_text() == "x"
    assert mlflow.artifacts.load_text(f"runs:/{run}/a/note.txt") == "x"
    assert [one.path for one in mlflow.artifacts.list_artifacts(run_id=run, artifact_path="a")] == [
        "a/note.txt"
    ]
    return []


def a_logged_model_s_files(at: Place, tmp_path: Path) -> object:
    """Logged to it, listed and read."""
    experiment = at.experiment()
    model = at.client.create_logged_model(experiment, "net")
    at.client.log_model_artifacts(model.model_id, str(files_in(tmp_path)))
    at.client.finalize_logged_model(model.model_id, "READY")
    found = [
        (one.path, one.is_dir, one.file_size) for one in at.client.list_logged_model_artifacts(model.model_id)
    ]
    mlflow.set_tracking_uri(at.uri)
    got = Path(
        mlflow.artifacts.download_artifacts(
            f"models:/{model.model_id}", dst_path=str(tmp_path / f"got-{at.kind}")
        )
    )

    assert found == [("a.txt", False, 16), ("sub", True, None)]
    assert (got / "sub" / "deep" / "c.txt").read_text() == "content of sub/deep/c.txt"
    assert [one.path for one in at.client.list_logged_model_artifacts(model.model_id, "sub")] == [
        "sub/b.txt",
        "sub/deep",
    ]
    return found


def a_run_that_is_not_there_has_no_artifacts(at: Place, _: Path) -> None:
    """It is missing."""
    with pytest.raises(MlflowException, match="not found"):
        at.client.list_artifacts("0" * 32)


ALL = [
    a_file_is_logged,
    a_file_is_logged_to_an_ended_run,
    a_folder_is_logged,
    a_file_is_replaced,
    text_and_dictionaries_are_logged,
    names_of_files,
    what_is_not_there,
    a_run_without_artifacts,
    paths_that_lead_away_are_refused,
    artifacts_are_deleted,
    a_deleted_run_s_artifacts_can_be_read,
    artifacts_lie_where_the_run_says,
    a_logged_model_s_files,
    a_run_that_is_not_there_has_no_artifacts,
]


@case
@pytest.mark.parametrize("what", ALL, ids=lambda what: what.__name__)
def test_artifacts_without_a_server(at: Place, what: Any, tmp_path: Path) -> object:
    """The client reaches the storage itself."""
    return what(at, tmp_path)


@served_case
@pytest.mark.parametrize("what", ALL, ids=lambda what: what.__name__)
def test_artifacts_through_a_server(at: Place, what: Any, tmp_path: Path) -> object:
    """Its proxy reaches the storage."""
    return what(at, tmp_path)
