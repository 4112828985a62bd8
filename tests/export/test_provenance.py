"""Provenance, read by in-toto's own bindings and checked by the DSSE implementation of those who wrote DSSE."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from desk import Desk
from google.protobuf.json_format import Parse, ParseDict
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

Gitreg = Callable[..., CompletedProcess[str]]
MakeKey = Callable[..., tuple[Path, Path]]

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def said(gitreg: Gitreg) -> str:
    """What the command prints."""
    done = gitreg("export", "provenance", "churn@1.0.0")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def document(said: str) -> dict:
    """The same, read."""
    return json.loads(said)


def test_in_toto_itself_reads_the_statement(said: str):
    """Its bindings refuse fields that they do not know, and statements without digests."""
    statement = Statement.copy_from_pb(Parse(said, statement_pb2.Statement()))

    statement.validate()
    assert statement.pb.predicate_type == "https://slsa.dev/provenance/v1"


def test_the_predicate_is_slsa_s(document: dict):
    """SLSA's own schema knows every field of it."""
    known = ParseDict(document["predicate"], Provenance())

    assert known.build_definition.build_type == "urn:gitreg:training:v1"
    assert known.run_details.builder.id == "urn:gitreg:builder:gitlab:group/code"


def test_the_subjects_are_the_delivered_files(document: dict, delivered: Path):
    """Every file that pull delivers, by its sha256, and no other."""
    files = [path for path in delivered.rglob("*") if path.is_file()]

    there = {
        str(path.relative_to(delivered)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }

    assert {one["name"]: one["digest"]["sha256"] for one in document["subject"]} == there
    assert len(there) == 4


def test_it_tells_what_was_asked_for_and_what_was_used(document: dict):
    """Command, parameters, code, data, environment, job and times."""
    definition, run = document["predicate"]["buildDefinition"], document["predicate"]["runDetails"]
    code, train, folder, packages = definition["resolvedDependencies"]

    assert definition["externalParameters"] == {
        "experiment": "churn", "command": ["python", "train.py"], "params": {"lr": "0.1"},
    }  # fmt: skip
    assert definition["internalParameters"] == {"python": "3.11.7", "platform": "linux-x86_64"}
    assert (code["uri"], code["digest"]) == (
        f"git+ssh://git@host.example.com/group/code.git@{COMMIT}", {"gitCommit": COMMIT},
    )  # fmt: skip
    assert code["annotations"] == {"branch": "main", "dirty": True}
    assert (train["uri"], train["annotations"]) == ("s3://bucket/train.csv", {"context": "training"})
    assert (folder["digest"], folder["annotations"]) == ({"dvcDirMd5": "0" * 32}, {"licence": "CC-BY-4.0"})
    assert packages["name"] == "installed packages"
    assert run["metadata"]["invocationId"] == "42"
    assert run["metadata"]["startedOn"].endswith("Z")


def test_it_names_the_release_that_it_rests_on(document: dict, released: Desk):
    """Who reads it can go back to the signed tag."""
    *_, tag = document["predicate"]["runDetails"]["byproducts"]

    assert tag["name"] == "refs/tags/model/churn/v1.0.0"
    assert tag["digest"] == {"gitCommit": released.git("rev-parse", "model/churn/v1.0.0^{commit}")}
    assert tag["annotations"]["signer"] == "ada@example.com"


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_the_envelope_is_signed_for_others_to_check(
    curve: str, gitreg: Gitreg, make_ec_key: MakeKey, tmp_path: Path
):
    """Securesystemslib verifies it with the public key, and with no other."""
    private, public = make_ec_key(curve)
    file = tmp_path / "provenance.json"
    done = gitreg("export", "provenance", "churn@1.0.0", "--private-key", str(private), "-o", str(file))
    assert done.returncode == 0, done.stderr

    envelope = Envelope.from_dict(json.loads(file.read_text()))

    name = hashlib.sha256(public.read_bytes()).hexdigest()
    envelope.verify([sslib_key(public, name)], 1)
    with pytest.raises(VerificationError):
        envelope.verify([sslib_key(make_ec_key(curve)[1], name)], 1)
    assert json.loads(envelope.payload)["_type"] == "https://in-toto.io/Statement/v1"


def sslib_key(public: Path, name: str) -> SSlibKey:
    """A public key as securesystemslib has it; it names P-521's scheme otherwise than its bytes do."""
    key = load_pem_public_key(public.read_bytes())
    bits = key.curve.key_size  # type: ignore[union-attr]
    return SSlibKey(name, "ecdsa", f"ecdsa-sha2-nistp{bits}", {"public": public.read_text()})


def test_what_does_not_verify_is_not_exported(gitreg: Gitreg, released: Desk, tmp_path: Path):
    """A statement about a release that no verifier believes would launder it."""
    shutil.copytree(released.path, tmp_path / "work", symlinks=True)
    released.git("tag", "-f", "model/churn/v1.0.0", "main", at=tmp_path / "work")
    file = tmp_path / "out.json"

    for command in ("provenance", "model-signing"):
        done = gitreg("export", command, "churn@1.0.0", "-o", str(file), at=tmp_path / "work")

        assert done.returncode == 6
        assert not file.exists()
        assert not done.stdout


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519", "secp256k1", "none"])
def test_other_keys_are_refused(algorithm: str, gitreg: Gitreg, tmp_path: Path):
    """With the command that makes one that will do."""
    file = tmp_path / "key.pem"
    made = {
        "rsa": ("-algorithm", "RSA"), "ed25519": ("-algorithm", "ED25519"),
        "secp256k1": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"),
    }  # fmt: skip
    if algorithm in made:
        subprocess.run(
            ["openssl", "genpkey", *made[algorithm], "-out", str(file)], capture_output=True, check=True
        )

    done = gitreg("export", "provenance", "churn@1.0.0", "--private-key", str(file))

    assert done.returncode == 4
    assert "openssl genpkey" in done.stderr


def test_a_file_that_is_there_is_replaced_whole(gitreg: Gitreg, tmp_path: Path):
    """And nothing else is left beside it."""
    file = tmp_path / "out.json"
    file.write_text("old")

    done = gitreg("export", "provenance", "churn@1.0.0", "-o", str(file))

    assert done.stdout == f"{file}\n"
    assert json.loads(file.read_text())["predicateType"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".gitreg-")]
