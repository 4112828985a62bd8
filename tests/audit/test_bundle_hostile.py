"""What strangers may hand over instead of a whole bundle: refused with a reason, and never taken for the whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from account import Account, cache
from workshop import Workshop

Call = Callable[..., Account]


def patched(bundle: Path, old: bytes, new: bytes) -> Path:
    """The file with a few bytes changed."""
    content = bundle.read_bytes()
    assert old in content
    bundle.write_bytes(content.replace(old, new, 1))
    return bundle


def _cut_at(share: float) -> Callable[[Path], Path]:
    def cut(bundle: Path) -> Path:
        content = bundle.read_bytes()
        bundle.write_bytes(content[: int(len(content) * share)])
        return bundle

    return cut


def _text(bundle: Path) -> Path:
    bundle.write_text("weights\n")
    return bundle


def _sha256(bundle: Path) -> Path:
    return patched(bundle, b"# v2 git bundle\n", b"# v3 git bundle\n@object-format=sha256\n")


def _filtered(bundle: Path) -> Path:
    return patched(bundle, b"# v2 git bundle\n", b"# v3 git bundle\n@filter=blob:none\n")


def _empty_folder(bundle: Path) -> Path:
    return patched(bundle, b" refs/heads/main\n", b" refs/other/main\n")


def _dots(bundle: Path) -> Path:
    return patched(bundle, b"refs/tags/model/churn/v1.0.0", b"refs/tags/../../../v1.0.0xxx")


def _absolute(bundle: Path) -> Path:
    return patched(bundle, b"refs/tags/model/churn/v1.0.0", b"/etc/cron.d/x")


def _twice(bundle: Path) -> Path:
    return patched(bundle, b"refs/tags/model/churn/v1.0.0", b"refs/tags/model/churn/v1.1.0")


def _no_id(bundle: Path) -> Path:
    content = bundle.read_bytes()
    bundle.write_bytes(content[:16] + b"z" + content[17:])
    return bundle


def _no_such_object(bundle: Path) -> Path:
    content = bundle.read_bytes()
    bundle.write_bytes(content[:16] + b"0" * 40 + content[56:])
    return bundle


def _prerequisite(bundle: Path) -> Path:
    return patched(bundle, b"# v2 git bundle\n", b"# v2 git bundle\n-" + b"1" * 40 + b" some commit\n")


def _no_pack(bundle: Path) -> Path:
    content = bundle.read_bytes()
    bundle.write_bytes(content[: content.index(b"\n\n") + 2])
    return bundle


def _flood(bundle: Path) -> Path:
    bundle.write_bytes(b"# v2 git bundle\n" + b"1" * 100_000)
    return bundle


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_text, 2),
        (_cut_at(0), 2),
        (_sha256, 2),
        (_filtered, 2),
        (_empty_folder, 2),
        (_cut_at(0.02), 6),
        (_no_pack, 6),
        (_cut_at(0.5), 6),
        (_cut_at(0.999), 6),
        (_dots, 6),
        (_absolute, 6),
        (_twice, 6),
        (_no_id, 6),
        (_no_such_object, 6),
        (_flood, 6),
        (_prerequisite, 7),
    ],
)
def test_what_is_no_whole_bundle_is_refused_with_a_reason(
    registry: Workshop, read: Call, bundle: Path, spoil: Callable[[Path], Path], code: int
) -> None:
    """2 for what is none or of another kind, 6 for what is damaged or forged, 7 for what needs more than it holds."""
    answer = read("verify", "--all", file=spoil(bundle))

    assert answer.code == code, answer.err
    assert str(bundle) in answer.err
    assert len(answer.err.splitlines()) <= 3
    assert list((cache(registry.environ) / "bundles").glob("*.git")) == []


def test_no_flipped_byte_passes_for_the_whole(read: Call, bundle: Path) -> None:
    """Wherever a bit turns, the account is refused or not whole; only what Git reads for a checkout may differ."""
    whole = bundle.read_bytes()
    for at in range(7, len(whole), len(whole) // 24):
        bundle.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        answer = read("audit")
        assert answer.code in {2, 3, 6, 7} or whole.rfind(b"\n", 0, at) == whole.find(b" HEAD\n") - 41, at
        assert "bug" not in answer.err


def test_objects_of_a_bundle_are_checked(
    registry: Workshop, read: Call, bundle: Path, tmp_path: Path
) -> None:
    """A tree with `.git` in it, which Git fetches from a bundle without a word, is refused."""
    place = tmp_path / "evil"
    registry.git("clone", "-q", str(bundle), str(place), at=tmp_path)
    blob = registry.git(
        "hash-object", "-w", "--stdin", stdin=b"[core]\n\tfsmonitor = touch /tmp/owned\n", at=place
    )
    entry = b"100644 .git\0" + bytes.fromhex(blob)
    tree = registry.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=entry, at=place)
    commit = registry.git("commit-tree", tree, "-p", "HEAD", "-m", "x", at=place)
    registry.git("update-ref", "refs/heads/evil", commit, at=place)
    registry.git("bundle", "create", "-q", str(bundle), "--all", at=place)

    answer = read("model", "list")
    assert answer.code == 6
    assert "hasDotgit" in answer.err


def test_refs_of_no_meaning_are_left_out(
    registry: Workshop, read: Call, bundle: Path, tmp_path: Path
) -> None:
    """Replace refs, notes and remotes in a bundle come to nothing."""
    place = tmp_path / "mixed"
    registry.git("clone", "-q", str(bundle), str(place), at=tmp_path)
    for ref in ("refs/replace/" + "1" * 40, "refs/notes/x", "refs/remotes/origin/x"):
        registry.git("update-ref", ref, "HEAD", at=place)
    registry.git("bundle", "create", "-q", str(bundle), "--all", at=place)

    assert read("verify", "--all").code == 0
    (made,) = (cache(registry.environ) / "bundles").glob("*.git")
    assert "replace" not in registry.git("for-each-ref", at=made)
    assert "notes" not in registry.git("for-each-ref", at=made)


def test_a_repository_that_is_no_registry_is_told(
    read: Call, make_repository: Callable[[Path], Path], registry: Workshop, tmp_path: Path
) -> None:
    """A good bundle of something else: not found."""
    place = make_repository(tmp_path / "other")
    registry.git("bundle", "create", "-q", str(tmp_path / "other.bundle"), "--all", at=place)

    answer = read("verify", "--all", file=tmp_path / "other.bundle")
    assert answer.code == 3
    assert "is a bundle, but that is no registry" in answer.err
