"""The storage that a repository names is where it was, or somebody is told; where nobody reads, it is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from workshop import Workshop

from gitreg.documents import places
from gitreg.errors import VerificationError
from gitreg.workflows.verification.pull import pull
from gitreg.workflows.verification.verify import Verdict, VerifyOptions


@pytest.fixture
def moved(registry: Workshop, tmp_path: Path) -> Workshop:
    """Bytes were delivered once, and then the accepted branch names another storage with the same bytes."""
    registry.uses_storage = False
    _configure(registry, registry.storage)
    _pulled(registry, tmp_path / "first")
    shutil.copytree(registry.storage, tmp_path / "elsewhere")
    _configure(registry, tmp_path / "elsewhere")
    return registry


def _configure(registry: Workshop, place: Path) -> None:
    text = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {place}\n"
    registry.commit({places.DVC_CONFIG: text.encode()})


def _pulled(registry: Workshop, target: Path, **options: object) -> Verdict:
    with registry.open() as opened:
        return pull(opened, "churn@1.0.0", target, VerifyOptions(**options))  # type: ignore[arg-type]


def _told(verdict: Verdict) -> list[str]:
    return [note for note in verdict.notes if "storage is" in note]


def test_a_storage_that_is_where_it_was_is_not_spoken_of(registry: Workshop, tmp_path: Path) -> None:
    """Twice the same."""
    registry.uses_storage = False

    assert _told(_pulled(registry, tmp_path / "a")) == _told(_pulled(registry, tmp_path / "b")) == []


def test_a_storage_that_moved_is_announced_once(moved: Workshop, tmp_path: Path) -> None:
    """A person reads it, and the bytes are proven wherever they come from."""
    first = _told(_pulled(moved, tmp_path / "a"))

    assert len(first) == 1
    assert str(tmp_path / "elsewhere") in first[0]
    assert str(moved.storage) in first[0]
    assert _told(_pulled(moved, tmp_path / "b")) == []


def test_in_ci_a_storage_that_moved_is_refused(moved: Workshop, tmp_path: Path) -> None:
    """Nobody would read it there."""
    anchor = moved.anchor(tmp_path / "anchor.json")

    with pytest.raises(VerificationError) as refusal:
        _pulled(moved, tmp_path / "a", ci=True, anchor=anchor)

    assert refusal.value.step == "content"
    assert "--storage" in str(refusal.value)
    assert not (tmp_path / "a").exists()


def test_in_ci_the_anchor_may_name_the_new_one(moved: Workshop, tmp_path: Path) -> None:
    """Whoever hands out anchors vouches for it."""
    anchor = moved.anchor(tmp_path / "anchor.json")
    named = json.loads(anchor.read_text()) | {"storage": [str(tmp_path / "elsewhere")]}
    anchor.write_text(json.dumps(named))

    _pulled(moved, tmp_path / "a", ci=True, anchor=anchor)

    assert (tmp_path / "a").is_dir()


def test_an_anchor_that_names_another_is_no_leave(registry: Workshop, tmp_path: Path) -> None:
    """Nothing was seen before, and the anchor expects something else."""
    registry.uses_storage = False
    anchor = registry.anchor(tmp_path / "anchor.json")
    anchor.write_text(json.dumps(json.loads(anchor.read_text()) | {"storage": ["s3://ours/models"]}))

    with pytest.raises(VerificationError, match="s3://ours/models was expected"):
        _pulled(registry, tmp_path / "a", ci=True, anchor=anchor)


def test_in_ci_the_user_may_name_it(moved: Workshop, tmp_path: Path) -> None:
    """`--storage` is the user's own word, and is not remembered as the repository's."""
    moved.uses_storage = True

    _pulled(moved, tmp_path / "a", ci=True, anchor=moved.anchor(tmp_path / "anchor.json"))

    seen = json.loads((moved.path / ".git/gitreg/seen.json").read_text())
    assert seen["storage"] == str(moved.storage)
