"""What a server or database says is a stranger's word: no address that it names is fetched, no path that it tells is written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import ENDPOINT_NOT_FOUND
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlruns_maker import put

from gitreg.mlflow_plugin.sources import fetching
from gitreg.mlflow_plugin.sources.client import ClientSource
from gitreg.mlflow_plugin.sources.fetching import Fetching
from gitreg.workflows.import_mlflow.places import ArtifactPlace, Places
from gitreg.workflows.import_mlflow.values import SourceExperiment

SERVER = "http://127.0.0.1:5000"


class Telling(ArtifactRepository):
    """A repository that tells of whatever files it likes."""

    files: tuple[str, ...] = ()
    asked: list[str]

    def log_artifact(self, local_file, artifact_path=None):
        raise AssertionError

    def log_artifacts(self, local_dir, artifact_path=None):
        raise AssertionError

    def list_artifacts(self, path=None):
        return (
            [FileInfo(one, one.endswith("/dir"), 1) for one in self.files]
            if path is None
            else [FileInfo("dir", True, None)]
        )

    def _download_file(self, remote_file_path, local_path):
        Path(local_path).write_text("stolen")


@pytest.fixture
def telling(monkeypatch):
    made = Telling("x:/")
    monkeypatch.setattr(fetching, "get_artifact_repository", lambda *_: made)
    return made


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc", "/etc", "../../etc", "s3://private/bucket", "http://169.254.169.254/latest", "mlflow-artifacts://other:80/x",
        "ftp://host/x", "runs:/x/y", "models:/a/1", "dbfs:/x", "", "mlflow-artifacts:", "FILE:///etc", "file://host/etc",
    ],
)  # fmt: skip
def test_no_address_is_fetched_that_nobody_allowed(tmp_path, address):
    """Neither of this machine, nor of somebody's bucket, nor of a network that only this machine reaches."""
    found = Fetching(Places(), None).bring(address, tmp_path)

    assert found is None


@pytest.mark.parametrize(
    "address", ["mlflow-artifacts://other:80/x", "mlflow-artifacts://127.0.0.1:80/x", "file:///etc"]
)
def test_another_server_is_not_asked(tmp_path, address):
    """Only the source itself hands out artifacts."""
    assert Fetching(Places(), SERVER).bring(address, tmp_path) is None


@pytest.mark.parametrize(
    "name",
    ["../stolen", "/etc/stolen", "a/../../stolen", "a\\..\\b", "a\0b", "..", ".git/config", "a:b", "x" * 300],
)
def test_no_path_leaves_the_folder(tmp_path, telling, name):
    """It is left out and named; the others come."""
    telling.files = (name, "fine.txt")
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    found = Fetching(Places(), SERVER).bring("mlflow-artifacts:/1/x", scratch)

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["fine.txt"]
    assert [one.what for one in found.left_out] == [name]


def test_a_listing_without_an_end_ends(tmp_path, telling):
    """Folders in folders that are themselves."""
    telling.files = ("a/dir",)

    assert Fetching(Places(), SERVER).bring("mlflow-artifacts:/1/x", tmp_path).sources == ()


def test_a_bucket_that_was_allowed_is_asked(tmp_path, telling):
    """That, and no other one whose name begins alike."""
    telling.files = ("fine.txt",)
    places = Places([ArtifactPlace("s3://ours", None)])

    assert Fetching(places).bring("s3://ours/x", tmp_path).sources
    assert Fetching(places).bring("s3://ours-not/x", tmp_path) is None


@pytest.mark.parametrize(
    "rest", ["../secret", "a/../../secret", "%2e%2e/secret", "link", "a//b", "./a", "a\\b", "a\0b"]
)
def test_no_address_climbs_out_of_a_folder_that_was_allowed(tmp_path, rest):
    """Nor follows a link out of it."""
    put(tmp_path / "secret" / "key", "private")
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "link").symlink_to(tmp_path / "secret")
    places = Places([ArtifactPlace("file:///old", tmp_path / "ours")])

    found = Fetching(places).bring(f"file:///old/{rest}", tmp_path)

    assert found is None or found.sources == ()


def test_the_longest_place_counts(tmp_path):
    """A folder that was named for a part is not that of the whole."""
    put(tmp_path / "one" / "b" / "x", "1")
    put(tmp_path / "two" / "x", "2")
    places = Places([ArtifactPlace("file:///a", tmp_path / "one"), ArtifactPlace("/a/b", tmp_path / "two")])

    assert places.folder("file:///a/b") == tmp_path / "two"
    assert places.folder("/a/b/") == tmp_path / "two"
    assert places.folder("file:///a/c") == tmp_path / "one" / "c"
    assert places.folder("/ab") is None


def test_what_a_repository_s_own_library_raises_costs_one_run(tmp_path, monkeypatch):
    """MLflow passes on what boto3 and its like raise."""

    class NoCredentials(Exception):  # noqa: N818 - as such libraries do
        pass

    def failing(*_):
        raise NoCredentials("unable to locate credentials")

    monkeypatch.setattr(fetching, "get_artifact_repository", failing)

    found = Fetching(Places([ArtifactPlace("s3://ours", None)])).bring("s3://ours/x", tmp_path)

    assert [one.why for one in found.left_out] == ["unable to locate credentials"]


def test_more_files_than_anybody_logs_are_told(tmp_path, telling, monkeypatch):
    """Those that do not come are not lost without a word."""
    monkeypatch.setattr(fetching, "MAX_FILES", 1)
    telling.files = ("one", "two", "three")

    found = Fetching(Places([ArtifactPlace("s3://ours", None)])).bring("s3://ours/x", tmp_path)

    assert (len(found.sources), [one.what for one in found.left_out]) == (1, ["two"])


def test_a_server_of_before_logged_models_has_none(tmp_path):
    """MLflow 1 and 2 answer that there is no such page."""

    class Old:
        def search_logged_models(self, *_, **__):
            raise MlflowException("not found", ENDPOINT_NOT_FOUND)

    source = ClientSource("http://host", Old(), Fetching(Places()))

    assert list(source.logged_models(SourceExperiment("1", "churn"))) == []


def test_a_source_that_was_moved_has_its_artifacts_beside_it(tmp_path):
    """Under the name that they had; what is not there may be anywhere."""
    put(tmp_path / "mlruns" / "1" / "ab" / "artifacts" / "x", "1")
    places = Places((), [tmp_path / "mlruns"])

    assert places.folder("/home/ada/mlruns/1/ab/artifacts") == tmp_path / "mlruns" / "1" / "ab" / "artifacts"
    assert places.folder("/home/ada/mlruns/1/cd/artifacts") is None
    assert places.folder("/home/ada/mlruns/../mlruns.txt") is None
