"""Anchors: what a verifier holds outside of what it verifies. Made from a root, pinned in a clone, or given as a file."""

from __future__ import annotations

from pathlib import Path

from gitreg.domain.trust import Anchor, Root
from gitreg.errors import AlreadyThereError, NotFoundError, RecordError
from gitreg.signing import PublicKey
from gitreg.workflows.verification.seen import write_durably

LARGEST = 1024 * 1024


def anchor_from_root(root: Root) -> Anchor:
    """The anchor that a root makes: its keys, and nothing older than it."""
    return Anchor(
        registry=root.registry,
        keys=root.keys,
        threshold=root.threshold,
        root_version=root.version,
        accepted_branch=root.accepted_branch,
    )


def anchor_path(common_dir: Path) -> Path:
    """Where the anchor of a clone is pinned."""
    return common_dir / "gitreg" / "anchor.json"


def anchor_text(anchor: Anchor) -> str:
    """The anchor as a file holds it and as `gitreg key anchor` prints it."""
    return anchor.model_dump_json(by_alias=True, indent=2) + "\n"


def read_anchor(file: Path) -> Anchor:
    """The anchor in a file.

    Raises:
        NotFoundError: there is no such file.
        RecordError: it holds no anchor.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST)
    except OSError as error:
        raise NotFoundError(
            f"the anchor {file} cannot be read: {error.strerror}", hint="`gitreg key anchor` prints one."
        ) from error
    try:
        anchor = Anchor.model_validate_json(content)
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise RecordError(f"it is no trust anchor: {reason}", place=f"{file}:1:1") from error
    if anchor.threshold > len(set(anchor.keys.values())):
        raise RecordError("its threshold is higher than the number of its keys", place=f"{file}:1:1")
    return anchor


def pinned_anchor(common_dir: Path) -> Anchor | None:
    """The anchor that is pinned in a clone, or None.

    Raises:
        RecordError: what is pinned is no anchor.
    """
    file = anchor_path(common_dir)
    return read_anchor(file) if file.exists() or file.is_symlink() else None


def write_anchor(common_dir: Path, anchor: Anchor) -> Path:
    """Pins an anchor in a clone, and returns the file.

    Raises:
        AlreadyThereError: another one is pinned: it is never replaced unasked.
    """
    pinned, file = pinned_anchor(common_dir), anchor_path(common_dir)
    if pinned is not None and pinned != anchor:
        raise AlreadyThereError(
            f"another trust anchor is pinned in {file}", hint="If that is right, remove the file first."
        )
    if pinned is None:
        write_durably(file, anchor_text(anchor).encode())
    return file


def fingerprints(anchor: Anchor) -> str:
    """The anchor's keys, for people to compare."""
    return ", ".join(f"{person} {PublicKey.parse(key).fingerprint}" for person, key in anchor.keys.items())
