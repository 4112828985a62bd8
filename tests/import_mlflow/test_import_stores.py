"""What MLflow's own stores hold comes into the registry whole, and goes out of it again as it was."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import mlflow
import pytest
from desk import calm
from mlflow import MlflowClient
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow_contents import contents, seed
from mlflow_servers import served

from gitreg.artifacts import SILENT
from gitreg.errors import AlreadyThereError, NotFoundError, RecordError, RemoteError
from gitreg.mlflow_plugin.exporting.export import Export
from gitreg.mlflow_plugin.exporting.target import open_target
from gitreg.mlflow_plugin.sources.database import open_database
from gitreg.mlflow_plugin.sources.server import open_server
from gitreg.workflows.import_mlflow.choosing import Choice
from gitreg.workflows.import_mlflow.importing import Import
from gitreg.workflows.import_mlflow.mlruns import MlrunsSource
from gitreg.workflows.import_mlflow.places import ArtifactPlace, Places
from gitreg.workflows.validating.validate import validate_registry

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@contextmanager
def tracking(uri: str) -> Iterator[MlflowClient]:
    """MLflow's client; some of MLflow asks for the process's own store instead."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    try:
        yield MlflowClient(uri, uri)
    finally:
        mlflow.set_tracking_uri(before)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A database without anything in it: making one takes a second, copying it none."""
    file = tmp_path_factory.mktemp("mlflow-empty") / "mlflow.db"
    SqlAlchemyStore(f"sqlite:///{file}", str(file.parent / "artifacts"))._dispose_engine()
    return file


@pytest.fixture
def out(empty_database, tmp_path) -> str:
    """Where to export to: a database that is there already, artifacts beside it."""
    return f"sqlite:///{copied(empty_database, tmp_path / 'out.db', f'{tmp_path}/artifacts/0')}"


def copied(empty: Path, file: Path, artifacts: str) -> Path:
    """A database without anything in it, whose first experiment has its artifacts at a place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(empty, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE experiments SET artifact_location = ?", (artifacts,))
    return file


@pytest.fixture(scope="session")
def database(tmp_path_factory) -> Path:
    """A database with artifacts beside it, as `mlflow` makes them in a folder."""
    folder = tmp_path_factory.mktemp("mlflow-database")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with tracking(f"sqlite:///{folder}/mlflow.db") as client:
            seed(client, folder / "seeds")
    return folder


@pytest.fixture(scope="session")
def folder_store(tmp_path_factory) -> Path:
    """An mlruns folder as the last MLflow that makes them does."""
    folder = tmp_path_factory.mktemp("mlflow-files")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        with tracking(f"file://{folder}/mlruns") as client:
            seed(client, folder / "seeds")
    return folder / "mlruns"


def bring(desk, source, **choice):
    try:
        return Import(desk.registry, source, Choice(**choice), desk.author).run(SILENT, calm(), 2)
    finally:
        source.close()


def export(desk, word, **more):
    target = open_target(word, None, desk.path, dry=more.get("dry", False))
    return Export(
        desk.registry, target, frozenset(more.pop("experiments", ())), models=True, progress=SILENT, **more
    ).run()


def counts(report):
    return {key: number for key, number in report.counts.items() if number}


def test_a_database_comes_and_goes_as_it_was(desk, database, tmp_path):
    """Every run, point, dataset, file, logged model, version, alias; the file itself is not touched."""
    before = (database / "mlflow.db").read_bytes()

    report = bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))

    assert report.notices == []
    assert (database / "mlflow.db").read_bytes() == before
    assert validate_registry(desk.registry).findings == ()
    assert export(desk, f"sqlite:///{tmp_path}/out.db").notices == []
    with tracking(f"sqlite:///{database}/mlflow.db") as client:
        expected = contents(client)
    with tracking(f"sqlite:///{tmp_path}/out.db") as client:
        assert contents(client) == expected


def test_a_folder_comes_as_the_database_does(desk, folder_store, database, out):
    """What MLflow's file store wrote of the same work."""
    report = bring(desk, MlrunsSource(folder_store, Places()))

    assert report.notices == []
    assert export(desk, out).notices == []
    with tracking(f"sqlite:///{database}/mlflow.db") as client:
        expected = contents(client)
    with tracking(out) as client:
        assert contents(client) == expected


def test_a_server_comes_and_goes_as_it_was(desk, empty_database, tmp_path):
    """By its REST interface, artifacts through its proxy; and back to another one."""
    for name in ("one", "two"):
        copied(empty_database, tmp_path / name / "mlflow.db", "mlflow-artifacts:/0")
    with served(tmp_path / "one") as url:
        with tracking(url) as client:
            seed(client, tmp_path / "seeds")
            expected = contents(client)

        report = bring(desk, open_server(url, Places(), desk.path))

    assert report.notices == []
    with served(tmp_path / "two") as url:
        assert export(desk, url).notices == []
        again = export(desk, url)
        with tracking(url) as client:
            assert contents(client) == expected
    assert {state for _, state in counts(again)} == {"there"}


def test_mlflow_sees_in_the_registry_what_it_saw_there(desk, database):
    """Through the plugin, with the client that people have."""
    bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))

    with tracking(f"sqlite:///{database}/mlflow.db") as client:
        expected = contents(client)
    with tracking(f"gitreg://{desk.path}") as client:
        assert contents(client) == expected


def test_run_ids_stay(desk, database):
    """`runs:/<id>/model` in somebody's notebook means the same."""
    bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))

    with tracking(f"sqlite:///{database}/mlflow.db") as client:
        ids = {
            run.info.run_id
            for one in client.search_experiments(3)
            for run in client.search_runs([one.experiment_id], "", 3)
        }
    assert ids == {
        Path(path).stem
        for path in desk.registry.candidates.paths("experiments")
        if "/candidates/" in path and path.endswith(".yaml")
    }


def test_a_database_is_imported_once(desk, database):
    """A second time everything is there."""
    for expected in ("new", "there"):
        report = bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))

        assert {state for (kind, state) in counts(report) if kind != "experiments"} == {expected}


def test_an_export_goes_on_where_it_was_interrupted(desk, database, monkeypatch, out):
    """What was begun and is not whole is made again; nothing is there twice."""
    bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gitreg.mlflow_plugin.exporting.runs.Writing._terminate", fail)
        with pytest.raises(KeyboardInterrupt):
            export(desk, out)
    export(desk, out)

    with tracking(out) as client:
        runs = [
            run.info.run_name
            for one in client.search_experiments(3)
            for run in client.search_runs([one.experiment_id])
        ]
    assert sorted(runs) == ["child", "parent"]


def test_a_rehearsed_export_makes_no_file(desk, database, tmp_path):
    """And counts what would go."""
    bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))

    report = export(desk, f"sqlite:///{tmp_path}/out.db", dry=True)

    assert report.counts["runs", "new"] == 4
    assert list(tmp_path.glob("out*")) == []


def test_an_export_of_one_experiment(desk, database, out):
    """By the name that people see."""
    bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))

    report = export(desk, out, experiments=["churn sweep"])

    assert (report.counts["experiments", "new"], report.counts["runs", "new"]) == (1, 2)
    with pytest.raises(NotFoundError, match="'nothing'"):
        export(desk, out, experiments=["nothing"])


def test_an_import_of_an_export_gives_ids_and_times_back(desk, database, tmp_path, out):
    """Of runs, their parents, logged models and versions: MLflow lets nobody say them, so they stand in tags."""
    bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))
    export(desk, out)

    first, second = (_said(database / "mlflow.db"), _said(tmp_path / "out.db"))

    assert first == second


def _said(file):
    source = open_database(f"sqlite:///{file}", Places(), file.parent)
    experiments = list(source.experiments())
    runs = [run for one in experiments for run in source.runs(one)]
    models = [model for one in experiments for model in source.logged_models(one) if not model.deleted]
    registered = list(source.models())
    found = (
        sorted((one.name, one.created) for one in experiments if one.name != "Default"),
        sorted((one.id, one.tags.get("mlflow.parentRunId"), sorted(link.model for link in one.links)) for one in runs),
        sorted((one.id, one.run, one.created, [metric.run for metric in one.metrics]) for one in models),
        [(one.created, [(of.number, of.run, of.logged_model, of.created) for of in one.versions]) for one in registered],
    )  # fmt: skip
    source.close()
    return found


def test_a_version_that_got_another_number_there_is_not_exported_again(desk, database, out):
    """It is known by its semantic version."""
    bring(desk, open_database(f"sqlite:///{database}/mlflow.db", Places(), desk.path))
    with tracking(out) as client:
        client.create_registered_model("churn")
        client.create_model_version("churn", "x", await_creation_for=0)
        client.delete_model_version("churn", "1")
    export(desk, out)

    assert export(desk, out).counts["versions", "new"] == 0


def test_a_database_whose_writer_was_killed_is_read_as_it_was_before(database, tmp_path):
    """SQLite would put that right in the file itself; it stays as it is, and so does what was left half done beside it."""
    file, torn = tmp_path / "mlflow.db", tmp_path / "torn"
    torn.mkdir()
    shutil.copy(database / "mlflow.db", file)
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size=2")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE tags SET value = value || 'spoiled spoiled spoiled'")
        writer.execute("UPDATE experiments SET name = name || 'spoiled'")
        for one in tmp_path.glob("mlflow.db*"):
            shutil.copy(one, torn)
    before = {one.name: one.read_bytes() for one in torn.iterdir()}

    source = open_database(f"sqlite:///{torn}/mlflow.db", Places(), tmp_path)
    names = {one.name for one in source.experiments()}
    source.close()

    assert names == {"Default", "churn sweep", "old things"}
    assert {one.name: one.read_bytes() for one in torn.iterdir()} == before


def test_prompts_of_a_database_come(database, tmp_path):
    """MLflow's client does not tell of them where it is asked for models."""
    shutil.copy(database / "mlflow.db", tmp_path)
    with tracking(f"sqlite:///{tmp_path}/mlflow.db") as client:
        client.register_prompt("greet", "Say {{word}}")

    source = open_database(f"sqlite:///{tmp_path}/mlflow.db", Places(), tmp_path)
    found = [one.name for one in source.models()]
    source.close()

    assert found == ["churn", "greet"]


def test_no_artifact_outside_of_the_database_s_folders_is_read(desk, database, tmp_path):
    """A database could name any folder of this machine."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    shutil.copy(database / "mlflow.db", other)

    report = bring(desk, open_database(f"sqlite:///{other}/mlflow.db", Places(), desk.path))

    assert any(str(database) in one and "--artifacts" in one for one in report.notices)
    named = Places([ArtifactPlace(str(database / "mlruns"), database / "mlruns")])
    assert (
        bring(desk, open_database(f"sqlite:///{other}/mlflow.db", named, desk.path), update=True).counts[
            "runs", "new"
        ]
        > 0
    )


def test_what_is_no_database_of_mlflows(tmp_path, desk):
    """Refused with the reason, both ways, and not touched."""
    file = tmp_path / "x.db"
    file.write_bytes(b"no database at all" * 100)

    with pytest.raises(RecordError, match="cannot be read"):
        open_database(f"sqlite:///{file}", Places(), tmp_path)
    with pytest.raises(NotFoundError, match="there is no file"):
        open_database("sqlite:///nowhere.db", Places(), tmp_path)
    with pytest.raises(AlreadyThereError, match="no database"):
        export(desk, f"sqlite:///{file}")
    assert file.read_bytes() == b"no database at all" * 100


def test_a_server_that_is_away(tmp_path):
    """It is told at once; MLflow's client would try for minutes."""
    with pytest.raises(RemoteError, match=r"127\.0\.0\.1:9"):
        open_server("http://127.0.0.1:9", Places(), tmp_path)
