"""One release with everything that a provenance can tell, and keys of elliptic curves, by openssl."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import Desk
from in_process import call

from gitreg.domain.candidate import Code, DataSource, Environment, Pipeline
from gitreg.domain.digest import Digest

KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START")
FILES = {
    "model/weights.bin": b"weights " * 1000,
    "model/a.txt": b"a",
    "model/a/b.txt": b"b",
    "readme.md": b"# churn\n",
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CURVES = {"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"}


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Iterator[Desk]:
    """Churn 1.0.0 is released; nobody changes anything here."""
    top = tmp_path_factory.mktemp("export")
    home, work = top / "home", top / "work"
    home.mkdir()
    work.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Ada Example\n\temail = ada@example.com\n")
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ |= {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "DVC_NO_ANALYTICS": "1"}
    environ |= {"XDG_CACHE_HOME": str(home / ".cache"), "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        desk = Desk(work, environ, signing_key)
        desk.git("init", "-q", "-b", "main")
        desk.git("commit", "-q", "--allow-empty", "-m", "Start")
        desk.init()
        release(desk)
        yield desk
        desk.close()


def release(desk: Desk) -> None:
    """One candidate that tells all that a candidate can, promoted and released."""
    candidate = desk.log(
        artifacts=FILES,
        params={"lr": "0.1"},
        code=Code(
            repository="git@host.example.com:group/code.git", commit=COMMIT, branch="main", dirty=True,
            command=["python", "train.py"],
        ),
        data=[
            DataSource(name="train", uri="s3://bucket/train.csv", digest=Digest.of(b"data"), context="training"),
            DataSource(name="folder", uri="data", digest=Digest("md5", "0" * 32 + ".dir"), licence="CC-BY-4.0"),
        ],
        environment=Environment(python="3.11.7", platform="linux-x86_64", packages=Digest.of(b"list")),
        ci=Pipeline(provider="gitlab", project="group/code", pipeline="7", job="42"),
    )  # fmt: skip
    desk.promote(candidate)
    desk.accept()


@pytest.fixture(scope="session")
def make_ec_key(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """Makes a private key of a curve, and its public half beside it."""

    def made(curve: str = "P-256") -> tuple[Path, Path]:
        folder = tmp_path_factory.mktemp("ec")
        private, public = folder / "private.pem", folder / "public.pem"
        option = f"ec_paramgen_curve:{CURVES[curve]}"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", option, "-out", str(private))
        openssl("pkey", "-in", str(private), "-pubout", "-out", str(public))
        return private, public

    return made


def openssl(*words: str) -> None:
    """Runs openssl, which must succeed."""
    subprocess.run(["openssl", *words], capture_output=True, check=True)


Gitreg = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def gitreg(released: Desk) -> Gitreg:
    """The command's own function, in the registry with the release."""

    def run(*words: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        said = call(at or released.path, *words, environ=released.environ)
        return subprocess.CompletedProcess(words, said.code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def delivered(gitreg: Gitreg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's folder, as pull delivered it; nobody changes anything here."""
    folder = tmp_path_factory.mktemp("delivered") / "model"
    done = gitreg("pull", "churn@1.0.0", "-o", str(folder))
    assert done.returncode == 0, done.stderr
    return folder
