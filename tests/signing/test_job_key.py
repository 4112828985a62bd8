"""A job's signing key, however a web form mangled it, becomes a file that ssh-keygen takes; or it is refused unseen."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from gitreg.errors import CredentialsError
from gitreg.signing.job_key import keep_job_key


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", " \r\n"], ids=repr)
@pytest.mark.parametrize("last", ["", "\n", "\r\n\r\n"], ids=repr)
def test_line_ends_are_mended(
    signing_key: Path, tmp_path: Path, environ: dict[str, str], end: str, last: str
) -> None:
    """The file is the key as ssh-keygen wrote it, byte for byte."""
    given = signing_key.read_text().rstrip("\n").replace("\n", end) + last

    kept = keep_job_key(given, tmp_path / "job", environ)

    assert kept.read_bytes() == signing_key.read_bytes()


def test_a_file_that_everybody_reads_becomes_a_private_one(
    signing_key: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    """ssh-keygen refuses the runner's own file; ours has no rights for others, and its public half is beside it."""
    given = tmp_path / "variable"
    given.write_bytes(signing_key.read_bytes())
    given.chmod(0o666)

    kept = keep_job_key(str(given), tmp_path / "job", environ)

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    public = signing_key.with_suffix(".pub").read_text().split()[:2]
    assert kept.with_suffix(".pub").read_text().split()[:2] == public


def test_a_link_in_its_place_is_not_followed(
    signing_key: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    """Whoever put one there does not choose what is overwritten."""
    (tmp_path / "job").mkdir()
    other = tmp_path / "other"
    other.write_text("untouched")
    (tmp_path / "job" / "signing_key").symlink_to(other)

    kept = keep_job_key(signing_key.read_text(), tmp_path / "job", environ)

    assert other.read_text() == "untouched"
    assert not kept.is_symlink()


def test_an_older_form_is_taken_too(tmp_path: Path, environ: dict[str, str]) -> None:
    """PEM shows no public half; it is made, so that signing finds it."""
    old = tmp_path / "old"
    words = ["ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", str(old)]
    subprocess.run(words, check=True)

    kept = keep_job_key(old.read_text(), tmp_path / "job", environ)

    assert kept.with_suffix(".pub").read_text().startswith("ecdsa-sha2-nistp256 ")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("hunter2", "neither a key nor a file"),
        ("", "neither a key nor a file"),
        ("x\0hunter2", "neither a key nor a file"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== hunter2\n", "no private key"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----",
            "no key that ssh-keygen",
        ),
    ],
)
def test_what_is_no_key_is_refused_unseen(
    tmp_path: Path, environ: dict[str, str], given: str, why: str
) -> None:
    """The message says what is wrong, nothing of what was given, and leaves no file."""
    with pytest.raises(CredentialsError, match=why) as refused:
        keep_job_key(given, tmp_path / "job", environ)

    assert "hunter2" not in str(refused.value)
    assert not list((tmp_path / "job").glob("*"))


def test_a_passphrase_is_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    """Nobody is there to type it."""
    locked = tmp_path / "locked"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(locked)]
    subprocess.run(words, check=True)

    with pytest.raises(CredentialsError, match="passphrase"):
        keep_job_key(locked.read_text(), tmp_path / "job", environ)

    assert not list((tmp_path / "job").glob("*"))
