"""Anchors as files: what is written is read, and nothing else is taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from workshop import Trusted, Workshop

from gitreg.errors import AlreadyThereError, NotFoundError, RecordError
from gitreg.workflows.verification.anchor import (
    anchor_from_root,
    anchor_path,
    anchor_text,
    fingerprints,
    pinned_anchor,
    read_anchor,
    write_anchor,
)


def test_an_anchor_is_read_as_it_was_written(honest_registry: Workshop, tmp_path: Path) -> None:
    """The law of every format: what is printed is what is parsed."""
    anchor = anchor_from_root(honest_registry.root())
    file = write_anchor(tmp_path, anchor)

    assert file == anchor_path(tmp_path)
    assert read_anchor(file) == anchor
    assert file.read_text() == anchor_text(anchor)


def test_an_anchor_is_the_root_s_keys_and_nothing_older(registry: Workshop) -> None:
    """Made of root 2, it takes no root 1."""
    registry.commit(
        registry.next_root(Trusted(version=2, root_keys=("ada", "bob"), threshold=2, root_signers=()))
    )
    anchor = anchor_from_root(registry.root())

    assert (anchor.root_version, anchor.threshold, sorted(anchor.keys)) == (2, 2, ["ada", "bob"])


def test_a_pinned_anchor_is_never_replaced_unasked(honest_registry: Workshop, tmp_path: Path) -> None:
    """Whoever runs `init` or verifies again does not thereby trust somebody else."""
    anchor = anchor_from_root(honest_registry.root())
    write_anchor(tmp_path, anchor)
    write_anchor(tmp_path, anchor)

    with pytest.raises(AlreadyThereError):
        write_anchor(tmp_path, anchor.model_copy(update={"root_version": 5}))
    assert pinned_anchor(tmp_path) == anchor


def test_where_nothing_is_pinned_there_is_none(tmp_path: Path) -> None:
    """A first use, which is for verification to judge."""
    assert pinned_anchor(tmp_path) is None


def test_a_dangling_link_is_not_a_first_use(tmp_path: Path) -> None:
    """Something is pinned, and it cannot be read."""
    anchor_path(tmp_path).parent.mkdir()
    anchor_path(tmp_path).symlink_to("/nowhere")

    with pytest.raises(NotFoundError):
        pinned_anchor(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1}, {"schema": "gitreg/anchor/v2"}, {"registry": "x"}, {"keys": {}}, {"threshold": 0},
        {"threshold": 2}, {"root_version": 0}, {"root_version": "one"}, {"keys": {"Ada Example": "ssh-ed25519 AAAA"}},
    ],
)  # fmt: skip
def test_what_is_no_anchor_is_refused(
    honest_registry: Workshop, tmp_path: Path, change: dict[str, object]
) -> None:
    """Unknown keys, other forms, thresholds that nobody could reach."""
    value = json.loads(anchor_text(anchor_from_root(honest_registry.root())))
    (tmp_path / "anchor").write_text(json.dumps(value | change))

    with pytest.raises(RecordError) as problem:
        read_anchor(tmp_path / "anchor")
    assert str(problem.value).startswith(str(tmp_path / "anchor"))


def test_the_fingerprints_are_those_that_ssh_shows(honest_registry: Workshop) -> None:
    """They are there to be compared with what `ssh-keygen -lf` says."""
    anchor = anchor_from_root(honest_registry.root())

    assert fingerprints(anchor) == f"ada {honest_registry.key('ada').public.fingerprint}"
