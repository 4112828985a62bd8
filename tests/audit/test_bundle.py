"""A registry in one file: written, read without anything else, and everything that a stranger may hand over instead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from account import Account, cache
from workshop import FILES, MAIN, V1, V2, Trusted, Workshop

from gitreg.gitrepo.bundles import read_heads
from gitreg.workflows import bundles

Call = Callable[..., Account]


# Whole


def test_everything_verifies_from_the_file_alone(read: Call) -> None:
    """Every release, and what serves, with no registry and no network."""
    assert read("verify", "--all").code == 0
    answer = read("verify", "churn@production")
    assert answer.code == 0
    assert "churn 1.1.0 is verified" in answer.out


def test_it_is_audited_from_the_file_alone(read: Call) -> None:
    """The same account as from the registry."""
    answer = read("audit", "--json")

    assert answer.code == 0
    assert [row["action"] for row in answer.rows] == ["release", "assign"] * 2


def test_a_model_is_pulled_by_the_file_and_a_storage(registry: Workshop, read: Call, tmp_path: Path) -> None:
    """The bundle says which bytes, the storage has them."""
    answer = read("pull", "churn@1.0.0", "-o", str(tmp_path / "model"), "--storage", str(registry.storage))

    assert answer.code == 0, answer.err
    assert (tmp_path / "model/model.bin").read_bytes() == FILES["model.bin"]


def test_a_local_path_in_a_bundle_is_no_storage(read: Call, tmp_path: Path) -> None:
    """A stranger's file must not choose folders of this machine."""
    answer = read("pull", "churn@1.0.0", "-o", str(tmp_path / "model"))

    assert answer.code == 6
    assert "--storage" in answer.err
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("show", "churn@1.0.0"), ("model", "list"), ("model", "show", "churn"), ("model", "versions", "churn"),
        ("list",), ("status",), ("artifacts", "churn@1.1.0"), ("key", "anchor"),
        ("experiment", "list"),
    ],
)  # fmt: skip
def test_what_reads_reads_a_bundle(read: Call, words: tuple[str, ...]) -> None:
    """Other reading commands take the file, too."""
    answer = read(*words)

    assert answer.code == 0, answer.err


@pytest.mark.parametrize(
    "words",
    [("release",), ("push",), ("fetch",), ("model", "edit", "churn", "--name", "x"), ("recover",), ("init",)],
)
def test_what_writes_refuses_a_bundle(read: Call, bundle: Path, words: tuple[str, ...]) -> None:
    """A bundle is read: exit code 2, and what to do instead."""
    before = bundle.read_bytes()

    answer = read(*words)
    assert answer.code == 2
    assert "git clone" in answer.err
    assert bundle.read_bytes() == before


def test_plain_git_clones_it(registry: Workshop, bundle: Path, tmp_path: Path) -> None:
    """It is a Git bundle, with the accepted branch as HEAD."""
    registry.git("clone", "-q", str(bundle), str(tmp_path / "clone"), at=tmp_path)

    assert (tmp_path / "clone/gitreg.yaml").is_file()
    assert registry.git("tag", at=tmp_path / "clone").count("\n") == 3


def test_one_model_leaves_the_others_out(registry: Workshop, gitreg: Call, tmp_path: Path) -> None:
    """The statements of one model, and the branch that reviewed them."""
    registry.git("update-ref", "refs/tags/model/other/v1.0.0", registry.tip())
    gitreg("verify", "--all")  # the verifier's own store has all of them then

    assert gitreg("export", "bundle", "churn", "-o", str(tmp_path / "one.bundle")).code == 0
    heads = registry.git("bundle", "list-heads", str(tmp_path / "one.bundle"))
    assert "model/churn/v1.1.0" in heads
    assert "other" not in heads


def test_candidates_come_along_when_asked_for(registry: Workshop, gitreg: Call, tmp_path: Path) -> None:
    """The candidate branch is large, and verifies nothing."""
    file = str(tmp_path / "all.bundle")
    assert gitreg("export", "bundle", "-o", file, "--candidates").code == 3
    registry.git(
        "update-ref", "refs/heads/gitreg/candidates", registry.commit({"a": b""}, ref=None, parents=[])
    )

    assert gitreg("export", "bundle", "-o", file, "--candidates").code == 0
    assert "refs/heads/gitreg/candidates" in registry.git("bundle", "list-heads", file)
    assert gitreg("export", "bundle", "-o", file).code == 0
    assert "candidates" not in registry.git("bundle", "list-heads", file)


def test_a_shallow_clone_exports_all(registry: Workshop, gitreg: Call, tmp_path: Path) -> None:
    """What it lacks comes from its remote."""
    clone = tmp_path / "shallow"
    registry.git("clone", "-q", "--depth=1", f"file://{registry.path}", str(clone), at=tmp_path)
    file = tmp_path / "all.bundle"

    assert gitreg("export", "bundle", "-o", str(file), at=clone).code == 0
    assert gitreg("--registry", str(file), "verify", "--all", at=tmp_path).code == 0


@pytest.mark.parametrize(("words", "code"), [(("fraud", "-o", "x"), 3), (("-o", "none/x"), 2), ((), 2)])
def test_what_cannot_be_exported_is_refused(
    registry: Workshop, gitreg: Call, tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    """No such model, no such folder, no file named: nothing is left behind."""
    named = [str(tmp_path / word) if word == "x" or "/" in word else word for word in words]
    before = sorted(tmp_path.iterdir())

    assert gitreg("export", "bundle", *named).code == code
    assert sorted(tmp_path.iterdir()) == before
    assert registry.path.is_dir()


def test_a_rehearsal_writes_nothing(registry: Workshop, gitreg: Call, tmp_path: Path) -> None:
    """`--dry-run` says where it would write."""
    answer = gitreg("export", "bundle", "-o", str(tmp_path / "x"), "--dry-run")

    assert (answer.code, answer.out) == (0, f"write {tmp_path / 'x'}\n")
    assert not (tmp_path / "x").exists()
    assert registry.path.is_dir()


# The anchor


def test_first_use_is_announced_and_pinned_for_this_file(
    registry: Workshop, read: Call, bundle: Path
) -> None:
    """The anchor belongs to who verifies: beside the repository in the cache, never in the file."""
    assert "First use" in read("verify", "churn@1.0.0").err
    assert "First use" not in read("verify", "churn@1.0.0").err

    place = cache(registry.environ) / "bundles" / f"{hashlib.sha256(bundle.read_bytes()).hexdigest()}.git"
    assert (place / "gitreg/anchor.json").is_file()
    assert "anchor" not in str(bundle.read_bytes())


def test_in_ci_a_bundle_needs_an_anchor(
    registry: Workshop, read: Call, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier job pinned in the cache is not believed there."""
    assert read("verify", "churn@1.0.0").code == 0
    monkeypatch.setenv("CI", "1")

    assert read("verify", "churn@1.0.0").code == 6
    assert read("audit").code == 6
    assert read("verify", "churn@1.0.0", "--anchor", str(bundle.parent / "anchor.json")).code == 0
    assert registry.storage.is_dir()


def test_another_registry_in_the_file_is_refused(
    registry: Workshop, gitreg: Call, bundle: Path, tmp_path: Path
) -> None:
    """Mallory's own keys, the same registry id: the anchor tells them apart."""
    registry.path = tmp_path / "mallory"
    registry.git("clone", "-q", str(bundle), str(registry.path), at=tmp_path)
    files = registry.trust_files(
        Trusted(root_keys=("mallory",), root_signers=("mallory",), signers={"ada@example.com": ("mallory",)})
    )
    registry.commit({**files, ".gitreg/trust/signatures/ada.sig": None})
    for version in (V1, V2):
        commit = registry.tip(f"refs/tags/model/churn/v{version}^{{commit}}")
        registry.tag(registry.statement(version), commit, key="mallory", email="ada@example.com")
    registry.git("bundle", "create", "-q", str(tmp_path / "forged.bundle"), "--all")

    anchor = ("--anchor", str(bundle.parent / "anchor.json"))
    forged = ("--registry", str(tmp_path / "forged.bundle"))
    assert gitreg(*forged, "verify", "churn@1.0.0", *anchor, at=tmp_path).code == 6
    assert gitreg(*forged, "audit", *anchor, at=tmp_path).code == 6
    assert gitreg("--registry", str(bundle), "verify", "churn@1.0.0", *anchor, at=tmp_path).code == 0


def test_a_tampered_registry_stays_tampered_in_a_bundle(
    registry: Workshop, gitreg: Call, tmp_path: Path
) -> None:
    """The file carries what is there; the verdict is made from it."""
    registry.tag(registry.statement(), key="mallory")
    file = str(tmp_path / "all.bundle")
    assert gitreg("export", "bundle", "-o", file).code == 0

    assert gitreg("--registry", file, "verify", "churn@1.0.0", at=tmp_path).code == 6
    answer = gitreg("--registry", file, "audit", "--json", at=tmp_path)
    assert (answer.code, answer.refused) == (6, {"model/churn/v1.0.0": "signature"})


# The cache


def test_a_file_is_unpacked_once(read: Call, monkeypatch: pytest.MonkeyPatch, bundle: Path) -> None:
    """The second call finds the repository of the first; a changed file is another registry."""
    unpacked: list[Path] = []
    honest = bundles._unpacked

    def counted(copy: Path, *rest: object) -> Path:
        unpacked.append(copy)
        return honest(copy, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(bundles, "_unpacked", counted)
    for _ in range(2):
        assert read("model", "list").code == 0
    assert len(unpacked) == 1

    with bundle.open("ab") as file:
        file.write(b"x")
    assert read("model", "list").code == 6
    assert len(unpacked) == 2


def test_in_ci_the_cache_is_not_believed(
    registry: Workshop, read: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier job may have written there: the file is unpacked anew."""
    assert read("model", "show", "churn").code == 0
    (made,) = (cache(registry.environ) / "bundles").glob("*.git")
    registry.git("update-ref", MAIN, f"{MAIN}~1", at=made)
    assert "1.1.0" not in read("model", "versions", "churn").out
    monkeypatch.setenv("CI", "1")

    assert "1.1.0" in read("model", "versions", "churn").out


def test_nothing_half_made_is_left(registry: Workshop, read: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is stopped in the middle leaves no repository that the next call would take for one."""

    def stopped(*_: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(bundles, "_unpacked", stopped)
    assert read("model", "list").code == 130
    monkeypatch.undo()

    assert list((cache(registry.environ) / "bundles").iterdir()) == []


def test_a_header_is_read_strictly(bundle: Path) -> None:
    """What was written is what is read."""
    with bundle.open("rb") as file:
        heads = read_heads(file)

    assert MAIN in heads.refs
    assert heads.refs["HEAD"] == heads.refs[MAIN]
    assert len(heads.refs) == 6
    assert heads.missing == []
