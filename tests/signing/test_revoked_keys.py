"""The list of revoked keys names keys of three kinds, and stays a file that ssh-keygen and git read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitreg.errors import RecordError, UsageError
from gitreg.signing import OtherKey, SigningKey, format_revoked_keys, parse_revoked_keys, sign

OPENPGP, X509 = (
    OtherKey("openpgp", "0123456789ABCDEF" * 2 + "01234567"),
    OtherKey("x509", "0123456789abcdef" * 4),
)


def test_what_is_written_is_read(ada: SigningKey):
    """A rewrite of the file loses no revocation of another kind."""
    keys = (OPENPGP, ada.public, X509)

    assert parse_revoked_keys(format_revoked_keys(keys)) == keys


def test_ssh_keygen_reads_the_file(
    ada: SigningKey, mallory: SigningKey, tmp_path: Path, environ: dict[str, str]
):
    """Keys of other kinds are comments to it: it still revokes ada's, and nobody else's."""
    (tmp_path / "revoked").write_bytes(format_revoked_keys([OPENPGP, X509, ada.public]))
    said = []
    for key in (ada, mallory):
        (tmp_path / "allowed").write_text(f'a@example.com namespaces="git" {key.public}\n')
        (tmp_path / "sig").write_bytes(sign(b"x", key, "git", environ))
        words = [
            "-Y",
            "verify",
            "-f",
            "allowed",
            "-I",
            "a@example.com",
            "-n",
            "git",
            "-s",
            "sig",
            "-r",
            "revoked",
        ]
        said.append(subprocess.run(["ssh-keygen", *words], cwd=tmp_path, input=b"x", check=False).returncode)

    assert said[0] != 0
    assert said[1] == 0


@pytest.mark.parametrize(
    "line",
    [
        f"#openpgp {OPENPGP.digest}",
        f"# OpenPGP {OPENPGP.digest}",
        f"#  openpgp {OPENPGP.digest}",
        f"# openpgp {OPENPGP.digest} stolen",
        f"# openpgp: {OPENPGP.digest}",
        f"# openpgp {OPENPGP.digest.lower()}",
        "# openpgp 4D9437FDBE1C9E49",
        f"# x509 {X509.digest.upper()}",
        f"# x509 {X509.digest[:40]}",
        f"## gpg {OPENPGP.digest}",
    ],
)
def test_a_line_that_nearly_revokes_is_refused(line: str):
    """A revocation must not be lost as a comment by a missing blank."""
    with pytest.raises(RecordError) as refused:
        parse_revoked_keys(f"# notes\n{line}\n".encode())

    assert str(refused.value.place).endswith("revoked_keys:2:1")


def test_other_comments_are_passed_over():
    """People may say why."""
    assert parse_revoked_keys(b"# stolen on Monday\n#\n# the old laptop's\n") == ()


def test_a_key_twice_is_refused():
    """As it is for SSH keys."""
    with pytest.raises(RecordError, match="second time"):
        parse_revoked_keys(f"{X509}\n{X509}\n".encode())
    with pytest.raises(UsageError, match="twice"):
        format_revoked_keys([X509, X509])
