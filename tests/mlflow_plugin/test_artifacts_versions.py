"""Artifacts of registered versions: read only, and as trustworthy as `GITREG_VERIFY` demands."""

from __future__ import annotations

import shutil

import pytest
from artifact_desk import files_in, listed
from desk import merge_proposals
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from gitreg.documents import layout
from gitreg.domain.digest import Digest
from gitreg.domain.version import VersionNumber
from gitreg.errors import VerificationError
from gitreg.mlflow_plugin import addresses, opening, telling
from gitreg.mlflow_plugin.addresses import VersionPlace
from gitreg.mlflow_plugin.artifacts import trusting
from gitreg.mlflow_plugin.artifacts.trusting import require_trusted
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.workflows.contents.artifact_files import ArtifactFiles, version_files

V1 = VersionNumber(1, 0, 0)
DEMANDS = ["require", "warn", "off"]


@pytest.fixture(autouse=True)
def forgetful():
    """No verdict and no word of another test counts."""
    trusting._verdicts.clear()
    telling._told.clear()
    yield
    opening.close_all()


def repository(desk, version: str = "1.0.0"):
    """MLflow's repository of a version."""
    return get_artifact_repository(addresses.version_artifacts(f"gitreg://{desk.path}", "churn", version))


def told(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "mlflow.gitreg"]


@pytest.mark.parametrize("demand", DEMANDS)
def test_a_released_version_is_read(desk, tmp_path, monkeypatch, demand):
    """Listed, downloaded; its bytes are proven."""
    monkeypatch.setenv("GITREG_VERIFY", demand)
    desk.released()

    assert listed(repository(desk)) == {"model.bin": 800}
    (tmp_path / "target").mkdir()
    repository(desk).download_artifacts("", tmp_path / "target")
    assert files_in(tmp_path / "target") == {"model.bin": b"weights " * 100}


def test_a_version_that_is_not_released_is_told_of_once(desk, caplog):
    """By default it is loaded, and people know that nobody signed it."""
    desk.promote(desk.log())
    for _ in range(3):
        assert listed(repository(desk)) == {"model.bin": 800}

    assert len([words for words in told(caplog) if "nobody signed it" in words]) == 1


def test_an_unsigned_version_is_refused_where_signatures_are_required(desk, monkeypatch, tmp_path):
    """With the reason, in MLflow's words, and nothing is written."""
    monkeypatch.setenv("GITREG_VERIFY", "require")
    desk.promote(desk.log())

    with pytest.raises(MlflowException, match="nobody signed it") as refused:
        repository(desk).download_artifacts("", tmp_path)
    assert refused.value.error_code == "PERMISSION_DENIED"
    assert not list(tmp_path.glob("model*"))


def test_a_retired_version_is_refused_though_nobody_had_signed_it(desk, tmp_path):
    """Somebody said that it must not serve."""
    desk.promote(desk.log())
    merge_proposals(desk.registry, desk.author)
    assert listed(repository(desk)) == {"model.bin": 800}
    record = desk.read("models/churn/model.yaml").decode()
    assert "\nretired: {}\n" in record
    changed = record.replace("\nretired: {}\n", "\nretired:\n  1.0.0: it leaks\n")
    desk.commit({"models/churn/model.yaml": changed.encode()})

    with pytest.raises(MlflowException, match=r"churn 1\.0\.0 is retired: it leaks"):
        repository(desk).download_artifacts("", tmp_path)


def test_nothing_is_said_where_nothing_is_asked(desk, monkeypatch, caplog):
    """`off` is off."""
    monkeypatch.setenv("GITREG_VERIFY", "off")
    desk.promote(desk.log())

    assert listed(repository(desk)) == {"model.bin": 800}
    assert told(caplog) == []


@pytest.mark.parametrize("demand", ["require", "warn"])
def test_a_release_that_does_not_verify_is_always_refused(desk, monkeypatch, demand):
    """Its record was changed after it was signed."""
    monkeypatch.setenv("GITREG_VERIFY", demand)
    desk.released()
    path = layout.version_path("churn", V1)
    desk.commit({path: desk.read(path).replace(b"description: ''", b"description: better")})

    with pytest.raises(MlflowException) as refused:
        repository(desk).list_artifacts()
    assert refused.value.error_code == "PERMISSION_DENIED"


def test_a_release_is_verified_once_for_all_of_its_files(desk, monkeypatch):
    """MLflow asks for each file by itself."""
    calls = []
    monkeypatch.setattr(trusting, "verify", lambda *args, **more: calls.append(args) or real(*args, **more))
    desk.released()

    for _ in range(3):
        repository(desk).list_artifacts()

    assert len(calls) == 1


real = trusting.verify


def test_a_remote_that_is_away(desk, monkeypatch, caplog):
    """People are told that nothing was proven; where proof is required, nothing is loaded."""
    desk.released()
    remote = desk.share()
    desk.git("fetch", "-q", "origin")
    shutil.move(remote, remote.with_name("away"))

    assert listed(repository(desk)) == {"model.bin": 800}
    assert any("could not be verified now" in words for words in told(caplog))
    monkeypatch.setenv("GITREG_VERIFY", "require")
    with pytest.raises(MlflowException) as refused:
        repository(desk).list_artifacts()
    assert refused.value.error_code == "TEMPORARILY_UNAVAILABLE"


def test_an_unknown_demand_is_refused(desk, monkeypatch):
    """`yes` must not be read as `off`."""
    monkeypatch.setenv("GITREG_VERIFY", "yes")
    desk.released()

    with pytest.raises(MlflowException, match="known: require, warn, off"):
        repository(desk).list_artifacts()


def test_a_version_is_final(desk, tmp_path):
    """Nothing is logged into it, nor deleted."""
    desk.released()
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a.txt").write_text("a")

    for call in (
        lambda: repository(desk).log_artifact(tmp_path / "files/a.txt"),
        lambda: repository(desk).log_artifacts(tmp_path / "files"),
        lambda: repository(desk).delete_artifacts(),
    ):
        with pytest.raises(MlflowException, match="are final"):
            call()


def test_a_version_that_is_not_there(desk):
    """Neither accepted nor proposed."""
    desk.released()

    with pytest.raises(MlflowException) as missing:
        repository(desk, "2.0.0").list_artifacts()
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_what_is_read_is_what_was_verified(desk):
    """The verifier asks the remote; a clone whose own refs were changed shows other files."""
    desk.released()
    desk.share()
    desk.git("fetch", "-q", "origin")
    forged = b"0" * 64 + b"  model.bin\n"
    version = layout.version_path("churn", V1)
    record = desk.read(version).decode()
    known = record.partition("manifest: '")[2].partition("'")[0]
    text = record.replace(known, str(Digest.of(forged))).encode()
    files = {version: text, layout.version_manifest_path("churn", V1): forged}
    desk.git("update-ref", "refs/remotes/origin/main", desk.commit(files))

    with pytest.raises(MlflowException, match="are not those that were signed"):
        repository(desk).list_artifacts()


def test_a_verdict_is_of_the_files_that_were_verified(desk):
    """Not of whatever is read of that version within the time that it holds."""
    desk.released()
    place = VersionPlace("churn", V1)
    files = version_files(desk.registry.accepted, "churn", V1)
    require_trusted(desk.registry, place, files)

    with pytest.raises(VerificationError, match="are not those that were signed"):
        require_trusted(desk.registry, place, ArtifactFiles("churn 1.0.0"))


@pytest.fixture
def kept_there(desk, tmp_path):
    """The store of a registry with a version that was registered from a folder of somebody's."""
    store = ModelRegistryStore(f"gitreg://{desk.path}")
    store.create_registered_model("churn")
    store.create_model_version("churn", str(tmp_path / "anything"))
    return store


def test_a_version_that_is_kept_elsewhere_is_refused_where_signatures_are_required(kept_there, monkeypatch):
    """MLflow would load it from there, and nobody would ask who signed it."""
    monkeypatch.setenv("GITREG_VERIFY", "require")

    with pytest.raises(MlflowException, match="not in the registry") as refused:
        kept_there.get_model_version_download_uri("churn", "1")
    assert refused.value.error_code == "PERMISSION_DENIED"


def test_a_version_that_is_kept_elsewhere_is_told_of_once(kept_there, tmp_path, caplog):
    """By default it is loaded, and people know that nothing of it is proven."""
    found = {kept_there.get_model_version_download_uri("churn", "1") for _ in range(3)}

    assert found == {str(tmp_path / "anything")}
    assert len([words for words in told(caplog) if "not in the registry" in words]) == 1


def test_a_servers_files_are_shown_to_nobody_by_what_was_pushed(kept_there, desk, tmp_path, monkeypatch):
    """A version's record may say that it is kept in /etc; a person's own registry is believed."""
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_ROOT", "mlflow-artifacts:/")
    assert kept_there.get_model_version_download_uri("churn", "1") == str(tmp_path / "anything")
    desk.log()
    desk.share()
    desk.git("fetch", "-q", "origin")
    opening.close_all()

    with pytest.raises(MlflowException, match="files of the server's machine") as refused:
        kept_there.get_model_version_download_uri("churn", "1")
    assert refused.value.error_code == "PERMISSION_DENIED"
    desk.git("config", "gitreg.artifactLocation", str(tmp_path))
    opening.close_all()
    assert kept_there.get_model_version_download_uri("churn", "1") == str(tmp_path / "anything")
