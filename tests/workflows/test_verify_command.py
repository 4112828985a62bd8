"""The acceptance attacks through the real commands: exit code, the step's name, and nothing in the target."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from in_process import call
from workshop import ADA, FILES, V1, Workshop

from gitreg.documents import layout
from gitreg.signing import format_tag

RELEASE = "refs/tags/model/churn/v1.0.0"


def run(registry: Workshop, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs gitreg as people do, in this process."""
    said = call(registry.path.parent, "-C", str(registry.path), *words, environ=registry.environ | environ)
    return subprocess.CompletedProcess(words, said.code, said.out, said.err)


def _unsigned(registry: Workshop) -> None:
    message = registry.statement().message()
    payload = format_tag(registry.tip(), "model/churn/v1.0.0", str(ADA), 1, "+0000", message)
    registry.raw_tag(payload, RELEASE)


def _lightweight(registry: Workshop) -> None:
    registry.git("tag", "-f", "model/churn/v1.0.0", "main")


def _unknown_key(registry: Workshop) -> None:
    registry.tag(registry.statement(), key="mallory")


def _copied(registry: Workshop) -> None:
    registry.git("update-ref", RELEASE, registry.tip("refs/tags/model/churn/v1.1.0"))


def _outside(registry: Workshop) -> None:
    registry.tag(registry.statement(), registry.commit({"x": b""}, ref=None, parents=[registry.tip()]))


def _changed(registry: Workshop) -> None:
    path = layout.version_path("churn", V1)
    registry.commit({path: registry.read(path).replace(b"description: ''", b"description: 'better'")})


ATTACKS = [
    (_unsigned, "object"),
    (_lightweight, "object"),
    (_unknown_key, "signature"),
    (_copied, "name"),
    (_outside, "review"),
    (_changed, "record"),
]


@pytest.mark.parametrize(("attack", "step"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
def test_the_commands_refuse(
    registry: Workshop, tmp_path: Path, attack: Callable[[Workshop], None], step: str
) -> None:
    """Exit 6 and the reason, from verify and from pull; pull leaves nothing."""
    attack(registry)

    verified = run(registry, "verify", "churn@1.0.0")
    pulled = run(
        registry, "pull", "churn@1.0.0", "-o", str(tmp_path / "model"), "--storage", str(registry.storage)
    )

    assert (verified.returncode, pulled.returncode) == (6, 6)
    assert f"step {step}" in verified.stderr
    assert f"step {step}" in pulled.stderr
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    "change", [lambda content: b"X" + content[1:], lambda content: content[:-1]], ids=["flip", "cut"]
)
def test_pull_refuses_other_bytes(
    registry: Workshop, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    """Exit 6, the file's name, and nothing in the target."""
    shutil.rmtree(registry.path / ".dvc" / "cache")
    content = FILES["model.bin"]
    stored = next(
        file for file in registry.storage.rglob("*") if file.is_file() and file.read_bytes() == content
    )
    stored.chmod(0o644)
    stored.write_bytes(change(content))

    done = run(
        registry, "pull", "churn@1.0.0", "-o", str(tmp_path / "model"), "--storage", str(registry.storage)
    )

    assert done.returncode == 6
    assert "model.bin" in done.stderr
    assert not (tmp_path / "model").exists()


def test_pull_elsewhere_in_ci_needs_an_anchor(registry: Workshop, tmp_path: Path) -> None:
    """With CI set and no anchor: refused. With the anchor that `gitreg key anchor` prints: delivered."""
    (tmp_path / "anchor.json").write_text(run(registry, "key", "anchor").stdout)
    clone, home = registry.clone(tmp_path / "clone"), tmp_path / "home"
    home.mkdir()
    elsewhere = {"PATH": registry.environ["PATH"], "HOME": str(home), "CI": "true"}
    deployer = Workshop(clone, registry.storage, registry.keys, elsewhere)
    words = ("pull", "churn@production", "-o", str(tmp_path / "model"), "--storage", str(registry.storage))

    assert run(deployer, *words).returncode == 6
    assert run(deployer, *words, "--anchor", str(tmp_path / "anchor.json")).returncode == 0
    assert (tmp_path / "model" / "model.bin").read_bytes() == b"better " * 5000


@pytest.mark.parametrize(
    "name", ["-churn@1.0.0", "../churn@1.0.0", "churn@1.0.0\n", "$(touch x)@1.0.0", "churn@'1'"]
)
def test_strange_names_are_refused(registry: Workshop, name: str) -> None:
    """Whatever is in them, it is never more than a name."""
    done = run(registry, "verify", "--", name)

    assert done.returncode == 6
    assert "step names" in done.stderr
    assert not list(registry.path.parent.rglob("x"))
