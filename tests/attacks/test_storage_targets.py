"""The place that a model is brought to, in the hands of whoever wrote the repository or shares the machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from attack_ground import Ground
from storage_attacks import followed
from workshop import V1

from gitreg.artifacts import deliver, parse_dvc_file
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout
from gitreg.domain.manifest import Manifest
from gitreg.errors import AlreadyThereError

Call = Callable[..., Any]


def _pull(call: Call, target: Path) -> Any:
    return call("pull", "churn@1.0.0", "-o", str(target), "--storage", "{storage}")


def test_a_link_that_the_repository_brought_is_not_followed(ground: Ground, call: Call) -> None:
    """`models` is a link to the user's `.ssh`; the model does not go there."""
    home = ground.folder / "ssh"
    home.mkdir()
    ground.commit_tree(f"120000 {ground.blob(str(home).encode())}\tdeployed\n")
    followed(ground)
    assert (ground.clone / "deployed").is_symlink()

    said = _pull(call, ground.clone / "deployed" / "churn")

    assert said.code == 2
    assert "a link that may have come with the repository" in said.err
    assert not list(home.iterdir())


def test_a_link_of_the_users_is_followed(ground: Ground, call: Call) -> None:
    """Outside of the work tree it is the user's own way to write a path."""
    (ground.folder / "data").mkdir()
    (ground.folder / "srv").symlink_to("data")

    assert _pull(call, ground.folder / "srv" / "churn").code == 0
    assert (ground.folder / "data" / "churn" / "model.bin").exists()


@pytest.mark.parametrize("to", ["elsewhere", "nowhere"])
def test_a_link_at_the_target_itself_is_left_alone(ground: Ground, call: Call, to: str) -> None:
    """Whether it leads to an empty folder or to nothing."""
    (ground.folder / "elsewhere").mkdir()
    ground.target.symlink_to(ground.folder / to)

    said = _pull(call, ground.target)

    assert said.code == 1
    assert ground.target.is_symlink()
    assert not list((ground.folder / "elsewhere").iterdir())


class _Meanwhile:
    """A store; while the first file is read, somebody does something to the target."""

    def __init__(self, storage: Storage, act: Callable[[], object]) -> None:
        self.storage, self.acts = storage, [act]

    def open_object(self, object_id: str) -> BinaryIO:
        while self.acts:
            self.acts.pop()()
        return self.storage.open_object(object_id)


def _made_a_link(target: Path, elsewhere: Path) -> None:
    target.symlink_to(elsewhere)


def _made_a_file(target: Path, _: Path) -> None:
    target.write_text("mine")


def _filled(target: Path, _: Path) -> None:
    target.mkdir()
    (target / "mine").write_text("mine")


@pytest.mark.parametrize("act", [_made_a_link, _made_a_file, _filled])
def test_what_appears_at_the_target_meanwhile_stays_what_it_is(
    ground: Ground, tmp_path: Path, act: Callable[[Path, Path], object]
) -> None:
    """The last act is one rename, which replaces an empty folder and nothing else."""
    place, elsewhere = tmp_path / "place", tmp_path / "elsewhere"
    place.mkdir()
    elsewhere.mkdir()
    storage = Storage.open("", "store", environ=ground.environ, url=str(ground.storage))
    with ground.shop.open(ground.clone) as registry:
        manifest, md5 = _listed(ground)
        folder = registry.cache.folder(md5, manifest, storage)
        target = place / "churn"

        with pytest.raises(AlreadyThereError):
            deliver(folder, target, cache=None, storage=_Meanwhile(storage, lambda: act(target, elsewhere)))  # type: ignore[arg-type]

    assert not list(elsewhere.iterdir())
    assert [one.name for one in place.iterdir()] == ["churn"]


def test_nobody_else_can_look_into_the_folder_that_is_being_filled(ground: Ground, tmp_path: Path) -> None:
    """Whatever the umask says, until all of it is proven."""
    storage = Storage.open("", "store", environ=ground.environ, url=str(ground.storage))
    seen: list[int] = []
    before = os.umask(0)
    try:
        with ground.shop.open(ground.clone) as registry:
            manifest, md5 = _listed(ground)
            folder = registry.cache.folder(md5, manifest, storage)
            look = lambda: seen.extend(one.stat().st_mode & 0o777 for one in tmp_path.glob(".churn.*"))  # noqa: E731
            deliver(folder, tmp_path / "churn", cache=None, storage=_Meanwhile(storage, look))  # type: ignore[arg-type]
    finally:
        os.umask(before)

    assert seen == [0o700]


def _listed(ground: Ground) -> tuple[Manifest, str]:
    manifest = Manifest.parse(ground.read(layout.version_manifest_path("churn", V1)))
    return manifest, parse_dvc_file(ground.read(layout.version_dvc_path("churn", V1))).md5
