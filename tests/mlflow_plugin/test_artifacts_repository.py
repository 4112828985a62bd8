"""Artifacts of runs and logged models: what is logged is listed, downloaded and deleted, wherever it is."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from artifact_desk import desk_in, files_in, listed
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from mlflow.server.handlers import _validate_support_multipart_download, _validate_support_multipart_upload

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import DEFAULT_SLUG
from gitreg.mlflow_plugin import addresses, opening
from gitreg.workflows.registry import CANDIDATES

KINDS = ["running", "ended", "model"]


@pytest.fixture
def at(tmp_path, environ):
    """A desk."""
    with desk_in(tmp_path) as desk:
        yield desk


@pytest.fixture(params=KINDS)
def place(request, at):
    """A repository of a run that runs, one that ended, and a logged model."""
    if request.param == "model":
        return at.repository(at.model().artifact_location)
    return at.repository(at.run(ended=request.param == "ended").info.artifact_uri)


@pytest.fixture
def target(tmp_path):
    """A folder to download to."""
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def test_a_file_is_logged_listed_and_downloaded(at, place, tmp_path):
    """With its size and its bytes."""
    place.log_artifact(at.file("model.bin", b"weights"))

    assert listed(place) == {"model.bin": 7}
    path = place.download_artifacts("model.bin", tmp_path)
    assert path == str(tmp_path / "model.bin")
    assert (tmp_path / "model.bin").read_bytes() == b"weights"


def test_a_file_is_logged_into_a_folder(at, place):
    """MLflow's `artifact_path` is the folder."""
    place.log_artifact(at.file("a.txt"), "some/folder")

    assert listed(place) == {"some": "folder"}
    assert listed(place, "some") == {"some/folder": "folder"}
    assert listed(place, "some/folder") == {"some/folder/a.txt": 7}
    assert listed(place, "some/folder/a.txt") == {}
    assert listed(place, "nothing/here") == {}


def test_a_folder_is_logged_with_all_in_it(at, place, target):
    """Empty files, folders, spaces and letters of all kinds; everything comes back."""
    content = {
        "MLmodel": b"flavors",
        "empty": b"",
        "data/a b.txt": b"1",
        "data/größe/ünï 日本.txt": b"2",
        "x:y.png": b"3",
    }
    for name, one in content.items():
        at.file(f"model/{name}", one)
    (at.files / "model" / "nothing").mkdir()

    place.log_artifacts(at.files / "model")
    place.log_artifacts(at.files / "model", "again/x")
    place.download_artifacts("", target)
    again = {f"again/x/{name}": one for name, one in content.items()}
    assert files_in(target) == content | again


def test_one_folder_of_many_is_downloaded(at, place, target):
    """The path that MLflow gives back is where it is."""
    place.log_artifact(at.file("a.txt"), "one")
    place.log_artifact(at.file("b.txt"), "two")

    path = place.download_artifacts("one", target)

    assert path == str(target / "one")
    assert files_in(target) == {"one/a.txt": b"content"}


def test_a_file_that_is_logged_again_is_the_later_one(at, place, tmp_path):
    """What was logged first is replaced, whatever changes in the file later."""
    place.log_artifact(at.file("a.txt", b"one"))
    place.log_artifact(at.file("a.txt", b"second"))
    at.file("a.txt", b"third")

    place.download_artifacts("a.txt", tmp_path)

    assert (tmp_path / "a.txt").read_bytes() == b"second"
    assert listed(place) == {"a.txt": 6}


def test_a_file_is_deleted(at, place):
    """It is not listed any more; its neighbours are, those of a like name too."""
    for name in ("a.txt", "a.txt.old", "b/c.txt", "b/d.txt"):
        place.log_artifact(at.file(name), name.rpartition("/")[0] or None)

    place.delete_artifacts("a.txt")
    place.delete_artifacts("b/c.txt")
    place.delete_artifacts("not/there")

    assert listed(place) == {"a.txt.old": 7, "b": "folder"}
    assert listed(place, "b") == {"b/d.txt": 7}


def test_a_folder_and_everything_are_deleted(at, place):
    """As `mlflow gc` does."""
    place.log_artifact(at.file("a.txt"), "folder")
    place.log_artifact(at.file("a.txt"))

    place.delete_artifacts("folder")
    assert listed(place) == {"a.txt": 7}
    place.delete_artifacts()
    assert listed(place) == {}


def test_what_was_deleted_may_be_logged_again(at, place):
    """A deletion says nothing of what comes after it."""
    place.log_artifact(at.file("a.txt", b"one"))
    place.delete_artifacts()
    place.log_artifact(at.file("a.txt", b"other"))

    assert listed(place) == {"a.txt": 5}


def test_what_is_not_there_cannot_be_downloaded(place, target):
    """With MLflow's code for it, and nothing is left."""
    with pytest.raises(MlflowException, match="has no artifact"):
        place.download_artifacts("nothing.txt", target)
    assert files_in(target) == {}


@pytest.mark.parametrize(
    "path", ["..", "../x", "a/../../x", "/etc", "..%2fx", "%2e%2e/x", "a\\..\\x", "file:///etc", ".git"]
)
def test_paths_that_climb_are_refused(at, place, tmp_path, path, target):
    """In every call that takes one."""
    calls = [
        lambda: place.log_artifact(at.file("a.txt"), path),
        lambda: place.log_artifacts(at.files, path),
        lambda: place.list_artifacts(path),
        lambda: place.delete_artifacts(path),
        lambda: place.download_artifacts(path, target),
        lambda: place._download_file(path, tmp_path / "x"),
    ]

    for call in calls:
        with pytest.raises(MlflowException) as refused:
            call()
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    assert not (tmp_path / "x").exists()


def test_links_are_followed_as_mlflow_does(at, place, target):
    """A model hub's cache is a folder of links; a link that leads in a circle has no end."""
    at.file("blobs/1", b"weights")
    folder = at.files / "snapshot"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.bin").symlink_to("../blobs/1")
    (folder / "sub" / "round").symlink_to("..")
    (folder / "more").symlink_to("../blobs")

    place.log_artifacts(folder)
    place.download_artifacts("", target)

    assert listed(place) == {"model.bin": 7, "more": "folder"}
    assert listed(place, "more") == {"more/1": 7}


def test_a_link_that_leads_nowhere_is_refused(at, place):
    """As it cannot be logged."""
    (at.files / "broken").symlink_to("nowhere")

    with pytest.raises(MlflowException, match="leads nowhere"):
        place.log_artifacts(at.files)


def test_a_repository_is_logged_without_what_makes_it_one(at, place, target, caplog):
    """All other files are kept; a file that is named itself is refused."""
    for name in (
        "src/train.py",
        "src/.git/config",
        "src/sub/.GIT",
        "src/.dvc/tmp/x",
        "src/.gitreg/curves.csv",
    ):
        at.file(name)
    place.log_artifacts(at.files / "src")
    place.download_artifacts("", target)

    assert files_in(target) == {"train.py": b"content"}
    assert "src/sub/.GIT is not logged" in caplog.text
    with pytest.raises(MlflowException, match="is no path of an artifact"):
        place.log_artifact(at.files / "src" / "sub" / ".GIT")


def test_a_download_replaces_what_is_there_and_follows_no_link_out(at, place, tmp_path, target):
    """A link in the target that leads out of it is not written through."""
    place.log_artifact(at.file("a.txt", b"new"), "out")
    other = tmp_path / "other"
    other.mkdir()
    (target / "out").symlink_to(other)

    with pytest.raises(MlflowException):
        place.download_artifacts("out/a.txt", target)
    assert files_in(other) == {}


def test_files_of_a_run_that_ends_stay(at, tmp_path):
    """From the draft they go into the record; what is logged later comes to them."""
    run = at.run()
    place = at.repository(run.info.artifact_uri)
    place.log_artifact(at.file("a.txt", b"one"))
    at.end(run)
    assert listed(place) == {"a.txt": 3}

    place.log_artifact(at.file("b.txt", b"second"))

    assert listed(place) == {"a.txt": 3, "b.txt": 6}
    place.download_artifacts("a.txt", tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == b"one"


def test_a_run_that_runs_again_has_its_files(at, tmp_path):
    """Those of its record, those that come, and not those that go."""
    run = at.run()
    place = at.repository(run.info.artifact_uri)
    place.log_artifacts(at.file("model/a.txt").parent)
    place.log_artifacts(at.file("model/b.txt").parent)
    at.end(run)
    at.store.update_run_info(run.info.run_id, 1, None, None)

    place.delete_artifacts("a.txt")
    place.log_artifact(at.file("c.txt", b"123"))

    assert listed(place) == {"b.txt": 7, "c.txt": 3}
    place.download_artifacts("b.txt", tmp_path)
    at.end(run)
    assert listed(place) == {"b.txt": 7, "c.txt": 3}


def test_curves_and_code_are_gitregs_own(at, tmp_path):
    """They are not listed, and can be fetched by name."""
    run = at.run()
    for step in range(3):
        at.store.log_metric(run.info.run_id, metric("loss", step))
    at.end(run)
    place = at.repository(run.info.artifact_uri)

    assert listed(place) == {}
    place.download_artifacts(".gitreg/curves.csv", tmp_path)
    assert (tmp_path / ".gitreg/curves.csv").stat().st_size > 0


def metric(key: str, step: int):
    return Metric(key, 1.0 / (step + 1), step, step)


@pytest.mark.parametrize("kind", ["ended", "model"])
def test_changed_bytes_are_not_delivered(at, kind, target):
    """Neither from the cache nor from the storage: sha256 is compared on the way out."""
    place = at.repository(
        at.model().artifact_location if kind == "model" else at.run(ended=True).info.artifact_uri
    )
    place.log_artifact(at.file("a.txt", b"original"))
    for kept in at.place.rglob("*"):
        if "md5" in kept.parts and kept.is_file() and kept.read_bytes() == b"original":
            kept.chmod(0o600)
            kept.write_bytes(b"tampered")

    with pytest.raises(MlflowException, match="altered"):
        place.download_artifacts("a.txt", target)
    assert files_in(target) == {}


def test_what_is_in_no_place_is_said_to_be_missing(at, tmp_path):
    """By its name."""
    place = at.repository(at.run(ended=True).info.artifact_uri)
    place.log_artifact(at.file("a.txt"))
    shutil.rmtree(at.place / ".git/gitreg/unpushed")
    shutil.rmtree(at.place / ".dvc/cache")

    with pytest.raises(MlflowException, match="missing"):
        place.download_artifacts("a.txt", tmp_path)
    assert listed(place) == {"a.txt": None}


def test_eight_threads_log_into_eight_runs(at):
    """Running ones, ended ones and models: nothing is lost."""
    runs = [at.run(ended=number % 2 == 0) for number in range(6)]
    uris = [run.info.artifact_uri for run in runs] + [at.model().artifact_location for _ in range(2)]

    def log(number: int) -> None:
        repository = at.repository(uris[number])
        for count in range(4):
            repository.log_artifact(at.file(f"{number}/{count}.txt", b"x" * count))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(log, range(8)))

    whole = {f"{count}.txt": count for count in range(4)}
    assert [listed(at.repository(uri)) for uri in uris] == [whole] * 8


@pytest.mark.parametrize("kind", KINDS)
def test_eight_threads_log_into_one(at, kind):
    """By one repository object, as the server's proxy has it."""
    address = (
        at.model().artifact_location if kind == "model" else at.run(ended=kind == "ended").info.artifact_uri
    )
    root, words = at.repository(at.uri), addresses.split(address)[1]
    barrier = threading.Barrier(8)

    def log(number: int) -> None:
        barrier.wait(20)
        for count in range(2):
            root.log_artifact(at.file(f"{number}-{count}.txt", b"x" * number), words)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(log, range(8)))

    assert listed(at.repository(address)) == {f"{n}-{c}.txt": n for n in range(8) for c in range(2)}


def test_the_root_serves_every_path(at, tmp_path):
    """As `mlflow server` asks: one object, whole paths."""
    run = at.run()
    root, words = at.repository(at.uri), f"0/{run.info.run_id}/artifacts"
    root.log_artifact(at.file("a.txt"), f"{words}/folder")

    assert listed(root, words) == {f"{words}/folder": "folder"}
    path = root.download_artifacts(f"{words}/folder/a.txt", tmp_path)
    assert path == str(tmp_path / words / "folder/a.txt")
    root.delete_artifacts(f"{words}/folder")
    assert listed(root, words) == {}
    for nothing in ("0", "", f"0/{run.info.run_id}", "registered", "0/../x"):
        with pytest.raises(MlflowException):
            root.list_artifacts(nothing)


def test_an_address_may_be_cut_anywhere(at, tmp_path):
    """MLflow makes a repository of the folder around what it downloads."""
    run = at.run()
    at.repository(run.info.artifact_uri).log_artifact(at.file("a.txt"), "folder")
    parent = run.info.artifact_uri.removesuffix("/artifacts")

    assert listed(at.repository(f"{run.info.artifact_uri}/folder")) == {"a.txt": 7}
    assert listed(at.repository(parent), "artifacts/folder") == {"artifacts/folder/a.txt": 7}


def test_another_experiments_run_is_not_found(at):
    """An address that was put together by hand names nothing."""
    run, other = at.run(), at.store.create_experiment("other")
    wrong = addresses.run_artifacts(at.uri, other, run.info.run_id)

    with pytest.raises(MlflowException) as missing:
        at.repository(wrong).list_artifacts()
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    with pytest.raises(MlflowException):
        at.repository(wrong).log_artifact(at.file("a.txt"))


def test_one_call_is_one_commit(at):
    """Of an ended run and of a model, however many files it is; none of a run that runs."""
    run, ended, model = at.run(), at.run(ended=True), at.model()
    for number in range(5):
        at.file(f"model/{number}.txt")
    counts = []
    for uri in (run.info.artifact_uri, ended.info.artifact_uri, model.artifact_location):
        before = at.registry.repository.resolve(CANDIDATES)
        at.repository(uri).log_artifacts(at.files / "model")
        after = at.registry.repository.resolve(CANDIDATES)
        counts.append(
            len(
                set(at.registry.repository.first_parent_line(after))
                - set(at.registry.repository.first_parent_line(before))
            )
        )

    assert counts == [0, 1, 1]


def test_a_server_opens_no_registry_but_its_own(at, tmp_path, monkeypatch):
    """A client may name any location for an experiment."""
    run = at.run()
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_ROOT", "mlflow-artifacts:/")
    monkeypatch.setenv("_MLFLOW_SERVER_FILE_STORE", f"{at.uri}?artifact_root=s3%3A%2F%2Fx")

    assert at.repository(run.info.artifact_uri).list_artifacts() == []
    for other in (f"gitreg://{tmp_path}/other", "gitreg+https://host/group/project"):
        with pytest.raises(MlflowException, match="was not started with"):
            at.repository(other)


def test_an_address_makes_no_registry(at, tmp_path):
    """It may come from a stranger."""
    address = addresses.run_artifacts(f"gitreg://{tmp_path}/none", "0", "0" * 32)

    with pytest.raises(MlflowException):
        at.repository(address).list_artifacts()
    assert not (tmp_path / "none").exists()


def test_the_server_refuses_multipart_so_that_clients_fall_back(at):
    """MLflow's handlers ask by class; the answer must be 501."""
    for ask in (_validate_support_multipart_upload, _validate_support_multipart_download):
        with pytest.raises(MlflowException) as refused:
            ask(at.repository(at.uri))
        assert refused.value.error_code == "NOT_IMPLEMENTED"


def test_nothing_is_held_when_a_call_has_ended(at, place):
    """The registry that it opened is given back."""
    place.log_artifact(at.file("a.txt"))

    assert not opening._hand.held


def test_names_that_begin_alike_are_not_in_one_folder(at, place, target):
    """Sorted, what is in a folder stands between others that begin as it does."""
    for name in ("a", "a-b/x", "a.txt", "b/c/x", "b/c-d", "b/c.txt", "b0"):
        place.log_artifact(at.file(f"alike/{name}"), name.rpartition("/")[0] or None)
    place.delete_artifacts("b/c")

    assert listed(place) == {"a": 7, "a-b": "folder", "a.txt": 7, "b": "folder", "b0": 7}
    assert listed(place, "b") == {"b/c-d": 7, "b/c.txt": 7}
    assert listed(place, "a") == listed(place, "b/c") == listed(place, "b/c-d") == {}
    place.download_artifacts("b", target)
    assert set(files_in(target)) == {"b/c-d", "b/c.txt"}


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/x",
        "a\\x",
        "a\x07",
        ".git/x",
        "C:/x",
        "%2e%2e/x",
        "%252e%252e/x",
        "\u2024\u2024/x",
        "a\u202ex",
    ],
)
def test_a_strangers_listing_leads_nowhere(at, target, name):
    """Whoever may push a candidate may list what they like; nothing is written that was not asked for."""
    run = at.run()
    repository = at.repository(run.info.artifact_uri)
    repository.log_artifact(at.file("a"))
    at.end(run)
    registry, where = at.registry, (DEFAULT_SLUG, run.info.run_id)
    listing = f"{'0' * 64}  {name}\n".encode()
    record = registry.candidates.record(Candidate, places.candidate_path(*where))
    artifacts = record.artifacts.model_copy(update={"manifest": Digest.of(listing)})
    with registry.store.change(CANDIDATES, "By hand\n", opening.author(registry)) as change:
        change.put_file(places.candidate_manifest_path(*where), listing)
        change.put_file(
            places.candidate_path(*where), write(record.model_copy(update={"artifacts": artifacts}))
        )

    for path in ("", name):
        with pytest.raises(MlflowException):
            repository.download_artifacts(path, target)
    with pytest.raises(MlflowException):
        repository.delete_artifacts(name)
    assert files_in(target) == {}
    assert not (target.parent / "x").exists()
