"""OpenPGP keys and certificates of signers: added, rotated and revoked as SSH keys are; they sign no roots."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from gnupg_desk import MISSING, GnupgDesk, gnupg_desk
from trust_desk import TrustDesk

from gitreg.errors import AlreadyThereError, AnswerIsNoError, RecordError, UsageError
from gitreg.signing import OtherKind
from gitreg.workflows.trust.add import NewKey, add_key
from gitreg.workflows.trust.other_key import OtherKeyFile, read_other_key
from gitreg.workflows.trust.rotate import Rotation, rotate_key

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not installed")
KINDS = pytest.mark.parametrize("kind", ["openpgp", "x509"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Files with bob's first and second key of each kind."""
    folder = tmp_path_factory.mktemp("other-keys")
    with gnupg_desk(os.environ) as desk:
        for name in ("bob", "bert"):
            _export(desk, folder, name)
        yield folder


def _export(desk: GnupgDesk, folder: Path, name: str) -> None:
    desk.make_key(name)
    (folder / f"{name}.openpgp").write_bytes(desk.exported(name))
    curve = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    (folder / f"{name}.x509").write_bytes(desk.make_certificate(name, *curve))


def add(ours: TrustDesk, key: OtherKeyFile, *, root: bool = False) -> None:
    new = NewKey("bob", "bob@example.com", key, root=root)
    ours.propose(lambda trust, draft: add_key(trust, draft, new))


def rotate(ours: TrustDesk, key: OtherKeyFile | None) -> None:
    ours.propose(lambda trust, draft: rotate_key(trust, draft, Rotation("bob", key)))


def states(ours: TrustDesk) -> dict[str, str]:
    """Bob's keys and what they are good for."""
    return {key.fingerprint: key.state for key in ours.trust.keys if key.person == "bob"}


@KINDS
def test_such_a_key_lives_as_an_ssh_key_does(ours: TrustDesk, files: Path, kind: OtherKind) -> None:
    """It is good, then former, then revoked; and a revocation is by the comment that verifiers read."""
    one, two = (read_other_key(kind, files / f"{name}.{kind}") for name in ("bob", "bert"))
    add(ours, one)
    ours.merge()
    assert states(ours) == {one.fingerprint: "current"}

    rotate(ours, two)
    ours.merge()
    assert states(ours) == {one.fingerprint: "former", two.fingerprint: "current"}

    ours.revoke("bob")
    ours.merge()
    assert states(ours) == {one.fingerprint: "revoked", two.fingerprint: "revoked"}
    assert f"# {kind} {one.digest}\n".encode() in ours.trust.files["revoked_keys"]
    assert ours.trust.active == {"ada"}
    with pytest.raises(AnswerIsNoError, match="was revoked"):
        add(ours, one)


@KINDS
def test_one_person_has_one_of_a_kind(ours: TrustDesk, files: Path, kind: OtherKind) -> None:
    """The next one is a rotation."""
    one, two = (read_other_key(kind, files / f"{name}.{kind}") for name in ("bob", "bert"))
    add(ours, one)

    with pytest.raises(AlreadyThereError) as refusal:
        add(ours, two)

    assert refusal.value.hint == f"gitreg key rotate bob --{kind} FILE"


def test_roots_are_signed_by_ssh_keys(ours: TrustDesk, files: Path) -> None:
    """The chain from the anchor rests on one program."""
    with pytest.raises(UsageError, match="only SSH keys sign trust roots"):
        add(ours, read_other_key("openpgp", files / "bob.openpgp"), root=True)


def test_a_file_with_several_keys_names_nobody(files: Path, tmp_path: Path) -> None:
    """Nor does one with none."""
    both = tmp_path / "both"
    both.write_bytes((files / "bob.openpgp").read_bytes() + (files / "bert.openpgp").read_bytes())
    with pytest.raises(UsageError, match="holds 2 keys"):
        read_other_key("openpgp", both)
    both.write_bytes(b"hello")
    with pytest.raises(RecordError):
        read_other_key("openpgp", both)
