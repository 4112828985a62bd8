"""Model signing, checked by the OpenSSF project's own verifier over a folder that pull delivered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from desk import Desk
from google.protobuf.json_format import MessageToJson
from model_signing import hashing, verifying
from model_signing._signing.signing import Payload

from gitreg.workflows.export.model_signing import model_statement, signature_bundle
from gitreg.workflows.verification.pull import pull
from gitreg.workflows.verification.verify import VerifyOptions

Gitreg = Callable[..., CompletedProcess[str]]
MakeKey = Callable[..., tuple[Path, Path]]


@pytest.fixture(scope="module")
def signed(
    gitreg: Gitreg, make_ec_key: MakeKey, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The signature's file, and the public key."""
    private, public = make_ec_key()
    file = tmp_path_factory.mktemp("signed") / "model.sig"
    done = gitreg("export", "model-signing", "churn@1.0.0", "--private-key", str(private), "-o", str(file))
    assert done.returncode == 0, done.stderr
    return file, public


def accept(folder: Path, signature: Path, public: Path) -> None:
    """What `model_signing verify key` does."""
    verifying.Config().use_elliptic_key_verifier(public_key=public).verify(folder, signature)


def test_its_own_verifier_accepts_what_pull_delivered(delivered: Path, signed: tuple[Path, Path]):
    """Without a byte having been hashed for the signature."""
    accept(delivered, *signed)


@pytest.mark.parametrize("curve", ["P-384", "P-521"])
def test_larger_curves_are_signed_with_their_own_digest(
    curve: str, delivered: Path, gitreg: Gitreg, make_ec_key: MakeKey, tmp_path: Path
):
    """As its verifier expects them."""
    private, public = make_ec_key(curve)
    file = tmp_path / "model.sig"
    gitreg("export", "model-signing", "churn@1.0.0", "--private-key", str(private), "-o", str(file))

    accept(delivered, file, public)


def test_its_own_verifier_refuses_other_bytes_and_other_keys(
    delivered: Path, signed: tuple[Path, Path], make_ec_key: MakeKey, tmp_path: Path
):
    """So that its yes above says something."""
    signature, public = signed
    delivered = shutil.copytree(delivered, tmp_path / "model")
    with pytest.raises(ValueError, match="Key mismatch"):
        accept(delivered, signature, make_ec_key()[1])
    (delivered / "extra").write_bytes(b"x")
    with pytest.raises(ValueError, match="Extra files"):
        accept(delivered, signature, public)
    (delivered / "extra").unlink()
    (delivered / "readme.md").write_bytes(b"# other\n")
    with pytest.raises(ValueError, match="Hash mismatch"):
        accept(delivered, signature, public)


def test_the_statement_is_the_one_that_it_makes_itself(gitreg: Gitreg, delivered: Path):
    """Subject, order, serialization: what its own hasher finds in the folder."""
    said = json.loads(gitreg("export", "model-signing", "churn@1.0.0").stdout)
    payload = Payload(hashing.hash(delivered))

    assert [one["digest"] for one in said["predicate"]["resources"]] == [
        one["digest"] for one in json.loads(_json(payload))["predicate"]["resources"]
    ]
    assert said["subject"][0]["digest"]["sha256"] == payload.statement.pb.subject[0].digest["sha256"]
    assert said["subject"][0]["name"] == "churn-1.0.0"


def _json(payload: Payload) -> str:
    return MessageToJson(payload.statement.pb)


def test_files_that_it_passes_over_are_named(desk: Desk, make_ec_key: MakeKey, tmp_path: Path):
    """`.gitattributes` lies in many models' folders: its verifier ignores it, so the statement cannot cover it."""
    desk.promote(
        desk.log(artifacts={"model.bin": b"x", ".gitattributes": b"* text\n", "sub/.gitignore": b"y\n"})
    )
    desk.accept()
    verdict = pull(desk.registry, "churn@1.0.0", tmp_path / "model", VerifyOptions())
    private, public = make_ec_key()

    made = model_statement(verdict)

    assert made.uncovered == (".gitattributes",)
    (tmp_path / "sig").write_text(json.dumps(signature_bundle(made.document, private, desk.environ)))
    accept(tmp_path / "model", tmp_path / "sig", public)
