"""Step content: whatever stores, caches and `.dvc` files hold, only the signed bytes come out, or nothing does."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from workshop import FILES, V1, Trusted, Workshop

from gitreg.artifacts.dvcfile import DvcOut
from gitreg.documents import layout, places
from gitreg.errors import AlreadyThereError, NotFoundError, VerificationError
from gitreg.workflows.verification.pull import pull
from gitreg.workflows.verification.verify import Verdict, VerifyOptions
from gitreg.workflows.verification.verify_deep import verify_all_deep, verify_deep

DVC = layout.version_dvc_path("churn", V1)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the model should appear."""
    return tmp_path / "deployed" / "model"


@pytest.fixture
def remote_only(registry: Workshop, target: Path) -> Workshop:
    """A registry whose bytes are in the storage, and in no cache."""
    target.parent.mkdir()
    shutil.rmtree(registry.path / ".dvc" / "cache")
    return registry


def pulled(registry: Workshop, target: Path, reference: str = "churn@1.0.0", **options: object) -> Verdict:
    """What pull says."""
    with registry.open() as opened:
        return pull(opened, reference, target, VerifyOptions(**options))  # type: ignore[arg-type]


def refused(registry: Workshop, target: Path, reference: str = "churn@1.0.0") -> VerificationError:
    """The refusal; nothing may be in or beside the target then."""
    with pytest.raises(VerificationError) as refusal:
        pulled(registry, target, reference)
    assert not list(target.parent.iterdir())
    return refusal.value


def holds(target: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in target.rglob("*") if path.is_file())
    return {str(path.relative_to(target)): path.read_bytes() for path in files}


def object_of(root: Path, content: bytes) -> Path:
    """Where the object of these bytes is, in DVC's layout."""
    md5 = hashlib.md5(content).hexdigest()
    return root / "files" / "md5" / md5[:2] / md5[2:]


def overwrite(path: Path, content: bytes) -> None:
    """Writes an object that DVC keeps read-only."""
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_verified_model_is_delivered(remote_only: Workshop, target: Path) -> None:
    """Exactly the files of the manifest, from the storage, into a folder that was not there."""
    verdict = pulled(remote_only, target)

    assert holds(target) == FILES
    assert {step.result for step in verdict.steps if step.name == "content"} == {"passed"}


def test_what_serves_in_a_stage_is_delivered(remote_only: Workshop, target: Path) -> None:
    """By the newest assignment."""
    pulled(remote_only, target, "churn@production")

    assert holds(target)["model.bin"] == b"better " * 5000


def test_pulling_again_changes_nothing(remote_only: Workshop, target: Path) -> None:
    """What is there already, byte for byte, is success."""
    pulled(remote_only, target)
    pulled(remote_only, target)

    assert holds(target) == FILES


def test_something_else_at_the_target_stays(remote_only: Workshop, target: Path) -> None:
    """Exit 1 and not 6: nothing is wrong with the model."""
    target.mkdir()
    (target / "mine").write_text("mine")

    with pytest.raises(AlreadyThereError):
        pulled(remote_only, target)
    assert holds(target) == {"mine": b"mine"}


def _flipped(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


@pytest.mark.parametrize(
    "change",
    [
        _flipped,
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda _: b"",
        lambda _: os.urandom(99),
    ],
    ids=["flipped", "truncated", "longer", "empty", "other"],
)
@pytest.mark.parametrize("where", ["storage", "cache"])
def test_other_bytes_are_refused(
    registry: Workshop, target: Path, where: str, change: Callable[[bytes], bytes]
) -> None:
    """Wherever they are; the message names the file."""
    target.parent.mkdir()
    content = FILES["model.bin"]
    cache = registry.path / ".dvc" / "cache"
    if where == "storage":
        shutil.rmtree(cache)
        overwrite(object_of(registry.storage, content), change(content))
    else:
        overwrite(object_of(cache, content), change(content))
        object_of(registry.storage, content).unlink()

    problem = refused(registry, target)

    assert problem.step == "content"
    assert "model.bin" in problem.message


def test_a_bad_cache_is_made_good_by_the_storage(registry: Workshop, target: Path) -> None:
    """A wrong copy here is no reason to fail when the right one can be had."""
    target.parent.mkdir()
    overwrite(object_of(registry.path / ".dvc" / "cache", FILES["model.bin"]), b"other")
    pulled(registry, target)

    assert holds(target) == FILES


@pytest.mark.parametrize("name", ["model.bin", "config/params.json", "empty"])
def test_a_missing_file_is_refused(remote_only: Workshop, target: Path, name: str) -> None:
    """All of it or nothing."""
    object_of(remote_only.storage, FILES[name]).unlink()

    assert name in refused(remote_only, target).message


def _listing(registry: Workshop) -> Path:
    md5 = registry.read(DVC).split(b"md5: ")[1].split()[0].decode()
    return registry.storage / "files" / "md5" / md5[:2] / md5[2:]


def _relisted(registry: Workshop, files: dict[str, bytes]) -> None:
    """A listing of other files, and a release whose `.dvc` names it; the manifest is the honest one."""
    entries = [{"md5": hashlib.md5(files[path]).hexdigest(), "relpath": path} for path in sorted(files)]
    content = json.dumps(entries, sort_keys=True).encode()
    md5 = hashlib.md5(content).hexdigest() + ".dir"
    place = registry.storage / "files" / "md5" / md5[:2] / md5[2:]
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(content)
    for data in files.values():
        file = object_of(registry.storage, data)
        file.parent.mkdir(exist_ok=True)
        if not file.exists():
            file.write_bytes(data)
    registry.commit({DVC: DvcOut(md5, sum(map(len, files.values())), len(files), "artifacts").text()})
    registry.tag(registry.statement())


@pytest.mark.parametrize(
    "files",
    [
        {**FILES, "model.bin": b"evil"},
        {**FILES, "extra": b"evil"},
        {name: data for name, data in FILES.items() if name != "empty"},
        {**FILES, "../../escaped": b"evil"},
        {**FILES, "/tmp/escaped": b"evil"},
        {**FILES, ".git/hooks/post-checkout": b"evil"},
    ],
    ids=["other bytes", "extra", "missing", "climbing", "absolute", "git"],
)  # fmt: skip
def test_a_dvc_file_that_leads_elsewhere_is_refused(
    remote_only: Workshop, target: Path, files: dict[str, bytes]
) -> None:
    """md5s are right for what they name, and DVC would be content; the signed manifest is not."""
    _relisted(remote_only, files)

    assert refused(remote_only, target).step == "content"
    assert not list(target.parent.parent.rglob("escaped"))


def test_an_altered_listing_is_refused(remote_only: Workshop, target: Path) -> None:
    """The storage serves another list under the honest one's name."""
    overwrite(_listing(remote_only), b"[]")

    assert refused(remote_only, target).step == "content"


def test_a_missing_listing_is_refused(remote_only: Workshop, target: Path) -> None:
    """Without it nobody knows where the files are."""
    _listing(remote_only).unlink()

    assert refused(remote_only, target).step == "content"


@pytest.mark.parametrize(
    "text",
    [
        b"outs:\n- md5: ../../../etc/passwd\n  size: 1\n  hash: md5\n  path: 'artifacts'\n",
        b"outs:\n- md5: 0cc175b9c0f1b6a831c399e269772661\n  size: 1\n  hash: md5\n  path: '../x'\n",
        b"cmd: touch /tmp/x\nouts:\n- md5: 0cc175b9c0f1b6a831c399e269772661\n  size: 1\n  hash: md5\n  path: 'x'\n",
        b"wdir: /\nouts:\n- md5: 0cc175b9c0f1b6a831c399e269772661\n  size: 1\n  hash: md5\n  path: 'x'\n",
        b"",
        b"\xff\xfe",
        None,
    ],
)
def test_a_strange_dvc_file_is_refused(remote_only: Workshop, target: Path, text: bytes | None) -> None:
    """Commands, working directories, several outs, paths that leave the folder: nothing of it is read."""
    remote_only.commit({DVC: text})
    remote_only.tag(remote_only.statement())

    assert refused(remote_only, target).step == "content"


def test_what_is_refused_before_content_delivers_nothing(remote_only: Workshop, target: Path) -> None:
    """The bytes are honest; the signature is not."""
    remote_only.tag(remote_only.statement(), key="mallory")

    assert refused(remote_only, target).step == "signature"


def test_an_older_registry_delivers_nothing(remote_only: Workshop, target: Path) -> None:
    """Everything in it is good; it is only not the newest that was seen."""
    seen = remote_only.path / ".git" / "gitreg" / "seen.json"
    remote_only.verify()
    seen.write_text(seen.read_text().replace('"root": 1', '"root": 9'))

    assert refused(remote_only, target).step == "memory"


# Where the storage is


def _storage_config(registry: Workshop, config: str) -> None:
    registry.commit({places.DVC_CONFIG: config.encode()})


def _remote(url: str, *more: str) -> str:
    return "\n".join(["[core]", "    remote = store", "['remote \"store\"']", f"    url = {url}", *more, ""])


def test_a_registry_of_this_machine_may_have_its_storage_here(
    honest_registry: Workshop, target: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    """Its `.dvc/config` names a folder: it has no remote, or one that is a folder as well."""
    target.parent.mkdir()
    clone = honest_registry.clone(tmp_path / "clone")
    local = Workshop(clone, honest_registry.storage, honest_registry.keys, environ, uses_storage=False)

    pulled(local, target)

    assert holds(target) == FILES


def test_a_registry_from_elsewhere_may_not_name_a_folder_here(
    registry: Workshop, target: Path, tmp_path: Path
) -> None:
    """It could make us read what is ours; the user may say so (--storage), the repository may not."""
    target.parent.mkdir()
    clone = registry.clone(tmp_path / "clone")
    registry.git("config", "remote.origin.url", "https://127.0.0.1:1/registry.git", at=clone)
    foreign = Workshop(clone, registry.storage, registry.keys, registry.environ, uses_storage=False)
    anchor = registry.anchor(tmp_path / "a")

    with pytest.raises(VerificationError) as refusal:
        pulled(foreign, target, offline=True, anchor=anchor)
    assert refusal.value.step == "content"
    assert not target.exists()
    foreign.uses_storage = True
    pulled(foreign, target, offline=True, anchor=anchor)
    assert holds(target) == FILES


@pytest.mark.parametrize(
    "config",
    [
        _remote("ext::sh -c id"),
        _remote("s3://bucket", "    credentialpath = /etc/passwd"),
        _remote("ssh://host/path", "    keyfile = /etc/passwd"),
        _remote("ssh://host/path", "    ask_password = true", "    password = x"),
        _remote("https://user:secret@host/path"),
        _remote("remote://other/path"),
        _remote("-oProxyCommand=x"),
    ],
)
def test_a_storage_configured_to_run_or_read_things_is_refused(
    remote_only: Workshop, target: Path, config: str
) -> None:
    """`.dvc/config` of the accepted branch says where, and nothing else."""
    _storage_config(remote_only, config)
    remote_only.uses_storage = False

    assert refused(remote_only, target).step == "content"


def test_the_storage_is_that_of_the_accepted_tip(remote_only: Workshop, target: Path, tmp_path: Path) -> None:
    """Storage moves; releases stay: the tagged commit's configuration is old."""
    moved = tmp_path / "moved"
    shutil.move(remote_only.storage, moved)
    _storage_config(remote_only, _remote(str(moved)))
    remote_only.uses_storage = False

    pulled(remote_only, target)

    assert holds(target) == FILES


def test_without_a_storage_the_cache_will_not_do(remote_only: Workshop, target: Path) -> None:
    """Nobody says where: not found, and no refusal."""
    _storage_config(remote_only, "[core]\n")
    remote_only.uses_storage = False

    with pytest.raises(NotFoundError):
        pulled(remote_only, target)


# --deep


def test_deep_proves_the_bytes_in_the_storage(registry: Workshop) -> None:
    """Not those in the cache, which are fine."""
    with registry.open() as opened:
        assert verify_deep(opened, "churn@1.0.0", VerifyOptions(deep=True)).version == V1
    overwrite(object_of(registry.storage, FILES["model.bin"]), _flipped(FILES["model.bin"]))

    with registry.open() as opened, pytest.raises(VerificationError) as refusal:
        verify_deep(opened, "churn@1.0.0", VerifyOptions(deep=True))
    assert refusal.value.step == "content"
    assert "model.bin" in refusal.value.message


def test_deep_over_all_releases_names_the_one_that_is_bad(registry: Workshop) -> None:
    """One bad storage object does not hide which release it is of."""
    overwrite(object_of(registry.storage, b"better " * 5000), b"worse")
    with registry.open() as opened:
        first, second = verify_all_deep(opened, VerifyOptions(deep=True))

    assert isinstance(first, Verdict)
    assert second.tag == "refs/tags/model/churn/v1.1.0"
    assert second.error.step == "content"  # type: ignore[union-attr]


def test_verifying_loads_neither_dvc_nor_a_storage() -> None:
    """What asks for no bytes starts quickly."""
    script = (
        "import sys, gitreg.workflows.verification.verify\n"
        "found = {name.split('.')[0] for name in sys.modules} & {'dvc', 'dvc_data', 'dvc_objects', 'configobj'}\n"
        "sys.exit(bool(found))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_pull_elsewhere_needs_only_an_anchor(registry: Workshop, target: Path, tmp_path: Path) -> None:
    """Another HOME, an empty cache, CI=true and an anchor file."""
    target.parent.mkdir()
    registry.commit(registry.next_root(Trusted(version=2)))
    anchor, clone = registry.anchor(tmp_path / "a"), registry.clone(tmp_path / "clone")
    home = tmp_path / "home"
    home.mkdir()
    elsewhere = {"PATH": os.environ["PATH"], "HOME": str(home), "CI": "true"}
    deployer = Workshop(clone, registry.storage, registry.keys, elsewhere)

    pulled(deployer, target, "churn@latest", anchor=anchor, ci=True)

    assert holds(target)["model.bin"] == b"better " * 5000
