"""A folder of somebody else's: nothing outside of it is read, and what is wrong with one run costs only that run."""

from __future__ import annotations

import os
import re
import socket

import pytest
from mlruns_maker import START, put

from gitreg.errors import RecordError
from gitreg.workflows.import_mlflow import files
from gitreg.workflows.import_mlflow.mlruns import MlrunsSource
from gitreg.workflows.import_mlflow.places import ArtifactPlace, Places
from gitreg.workflows.import_mlflow.values import SourceRun, Unreadable


@pytest.fixture
def read(runs):
    runs.experiment()

    def act(places: Places | None = None) -> list[SourceRun | Unreadable]:
        source = MlrunsSource(runs.folder, places or Places())
        return [run for experiment in source.experiments() for run in source.runs(experiment)]

    return act


@pytest.fixture
def secret(tmp_path):
    return put(tmp_path / "secret" / "id_ed25519", "a private key")


@pytest.mark.parametrize("place", ["params/lr", "tags/note", "metrics/auc"])
def test_a_link_in_place_of_a_value_is_not_followed(read, runs, secret, place):
    """Nor is the run taken without it: what it said is not known."""
    folder = runs.run(1)
    runs.run(2)
    (folder / place).symlink_to(secret)

    broken, whole = read()

    assert isinstance(broken, Unreadable) or place == "metrics/auc"
    if place == "metrics/auc":
        with pytest.raises(RecordError):
            list(MlrunsSource(runs.folder, Places()).points(broken))
    assert isinstance(whole, SourceRun)


def test_a_linked_meta_is_not_read(read, runs, secret):
    """Its content would be in the message of an error, at least."""
    folder = runs.run()
    (folder / "meta.yaml").unlink()
    (folder / "meta.yaml").symlink_to(secret)

    [broken] = read()

    assert isinstance(broken, Unreadable)
    assert "private" not in str(broken)


@pytest.mark.parametrize("place", ["params", "artifacts", ""])
def test_a_linked_folder_is_none(read, runs, secret, place):
    """Neither of params, nor of artifacts, nor a whole run."""
    folder = runs.run()
    if place:
        (folder / place).rmdir()
        (folder / place).symlink_to(secret.parent)
    else:
        elsewhere = runs.folder.parent / "elsewhere"
        folder.rename(elsewhere)
        folder.symlink_to(elsewhere)

    found = read()

    assert [dict(run.params) for run in found] == ([{}] if place else [])
    source = MlrunsSource(runs.folder, Places())
    assert all(source.bring(run, runs.folder).sources == () for run in found)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"run_id: x\n" + b"#" * 2_000_000, "bytes"),
        (b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchor"),
        (b"run_id: !!python/object/apply:os.system [id]\n", "tag"),
        (b"run_id: 'a\x00b'\n", "U\\+0000|another"),
        (b"run_id: \xff\xfe\n", "UTF-8"),
        (b"[" * 5000, "deep|nest|flow|expected|levels"),
        (b"- a\n- b\n", "mapping"),
        (b"run_id: a\nrun_id: b\n", "twice"),
        (b"", ""),
    ],
    ids=["huge", "bomb", "tag", "nul", "encoding", "deep", "list", "twice", "empty"],
)
def test_a_meta_that_mlflow_never_wrote(read, runs, content, why):
    """It is refused with the reason; the next run is read."""
    folder = runs.run(1)
    runs.run(2)
    (folder / "meta.yaml").write_bytes(content)

    broken, whole = read()

    assert isinstance(broken, Unreadable)
    assert isinstance(whole, SourceRun)
    assert re.search(why, str(broken))


def test_a_run_that_calls_itself_another_is_none(read, runs):
    """Its id would be somebody else's."""
    folder = runs.run(1)
    folder.rename(folder.parent / f"{2:032x}")

    [broken] = read()

    assert "another run" in str(broken)


@pytest.mark.parametrize("name", ["../../../secret", "..", "a/b", "a\\0b", ""])
def test_a_dataset_elsewhere_is_not_read(read, runs, secret, name):
    """An input names its dataset by a word, which is no path."""
    put(secret.parent / "meta.yaml", "name: stolen\n")
    folder = runs.run()
    put(folder / "inputs" / "i" / "meta.yaml", f'source_type: DATASET\nsource_id: "{name}"\n')

    [broken] = read()

    assert isinstance(broken, Unreadable)


def test_a_value_of_many_megabytes_is_refused(read, runs):
    """MLflow takes a few thousand characters."""
    runs.run(params={"lr": "x" * (files.MAX_TEXT + 1)})

    [broken] = read()

    assert isinstance(broken, Unreadable)


def test_what_is_no_file_hangs_nobody(read, runs):
    """A FIFO is refused without waiting for its writer."""
    folder = runs.run()
    os.mkfifo(folder / "params" / "lr")

    [broken] = read()

    assert isinstance(broken, Unreadable)


@pytest.mark.parametrize(
    "line", ["x 1 2\n", "1 x 2\n", "1 2 x\n", "1\n", "1 2 3 4\n", "\n", "9" * 9000 + "\n"]
)
def test_a_line_that_is_no_point(read, runs, line):
    """The file and the line are named."""
    runs.run(metrics={"auc": f"{START} 1 0\n{line}"})
    [run] = read()

    with pytest.raises(RecordError, match="auc"):
        list(MlrunsSource(runs.folder, Places()).points(run))


@pytest.mark.parametrize("address", ["file://{}", "{}", "file:///etc", "s3://bucket/x"])
def test_artifacts_elsewhere_are_left_out(read, runs, secret, address):
    """A meta.yaml could name any folder of this machine, and what is imported is published."""
    runs.run(artifact_uri=address.format(secret.parent))
    [run] = read()

    brought = MlrunsSource(runs.folder, Places()).bring(run, runs.folder)

    assert brought.sources == ()
    assert "--artifacts" in str(brought.left_out[0])


def test_artifacts_elsewhere_are_read_where_somebody_said_so(read, runs, secret):
    """Below the folder that was named, and nowhere else."""
    runs.run(1, artifact_uri="s3://bucket/secret")
    runs.run(2, artifact_uri="s3://bucket/secret/../../etc")
    places = Places([ArtifactPlace("s3://bucket", secret.parent.parent)])
    one, two = read(places)
    source = MlrunsSource(runs.folder, places)

    assert [one.path for one in source.bring(one, runs.folder).sources] == [secret.parent]
    assert source.bring(two, runs.folder).sources == ()


def test_files_that_cannot_be_kept_are_left_out_and_named(read, runs, secret, monkeypatch):
    """Links, sockets, names that Windows or gitreg take for something else, twins but for case; the rest comes."""
    names = [
        "ok.txt",
        "model/MLmodel",
        "model/mlmodel",
        "con.txt",
        "a:b",
        ".gitreg/curves.csv",
        "x/.git/config",
    ]
    folder = runs.run(files=dict.fromkeys(names, "1"))
    (folder / "artifacts" / "link").symlink_to(secret)
    monkeypatch.chdir(folder / "artifacts")  # a socket's path has at most 107 bytes
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
    [run] = read()

    brought = MlrunsSource(runs.folder, Places()).bring(run, runs.folder)

    assert [one.name for one in brought.sources] == ["model/MLmodel", "ok.txt"]
    assert sorted(one.what for one in brought.left_out) == sorted(
        ["link", "socket", "model/mlmodel", "con.txt", "a:b", ".gitreg/curves.csv", "x/.git/config"]
    )
