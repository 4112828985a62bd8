"""Verification summaries, read by in-toto's own bindings."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from desk import Desk
from google.protobuf.json_format import Parse, ParseDict
from in_toto_attestation.predicates.vsa.v1.vsa_pb2 import VerificationSummary
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

Gitreg = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def said(gitreg: Gitreg) -> str:
    """What the command prints."""
    done = gitreg("export", "summary", "churn@1.0.0")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_in_toto_itself_reads_the_summary(said: str):
    """Its bindings refuse fields that they do not know, and statements without digests."""
    statement = Statement.copy_from_pb(Parse(said, statement_pb2.Statement()))

    statement.validate()
    assert statement.pb.predicate_type == "https://slsa.dev/verification_summary/v1"


def test_the_summary_is_slsa_s_and_says_what_was_proven(said: str):
    """Records only, as no bytes were asked for."""
    predicate = json.loads(said)["predicate"]
    levels = predicate.pop("verifiedLevels")  # the bindings take one text, where the specification has a list

    assert ParseDict(predicate, VerificationSummary()).verification_result == "PASSED"
    assert levels == ["GITREG_RECORD"]


def test_deep_says_that_the_bytes_were_proven(gitreg: Gitreg):
    """Another level, in the same statement."""
    done = gitreg("export", "summary", "churn@1.0.0", "--deep")

    assert json.loads(done.stdout)["predicate"]["verifiedLevels"] == ["GITREG_RECORD", "GITREG_CONTENT"]


def test_the_summary_names_the_trust_root_by_its_bytes(said: str, released: Desk):
    """Whoever reads it can compare it with the root that they know."""
    root = released.git("show", "main:.gitreg/trust/root.yaml").encode()
    policy = json.loads(said)["predicate"]["policy"]

    assert policy["digest"]["sha256"] in {hashlib.sha256(text).hexdigest() for text in (root, root + b"\n")}


def test_with_a_key_the_summary_stands_in_an_envelope(
    gitreg: Gitreg, make_ec_key: Callable[[str], tuple[Path, Path]]
):
    """Its payload is the statement."""
    private, _ = make_ec_key("P-256")
    done = gitreg("export", "summary", "churn@1.0.0", "--private-key", str(private))

    payload = json.loads(base64.b64decode(json.loads(done.stdout)["payload"]))
    assert payload["predicate"]["verificationResult"] == "PASSED"


def test_a_refusal_gives_no_summary(gitreg: Gitreg, tmp_path: Path):
    """Exit 6, and no file; a wrong anchor is the shortest way to one."""
    anchor = json.loads(gitreg("key", "anchor").stdout)
    anchor["registry"] = "00000000-0000-4000-8000-000000000000"
    (tmp_path / "anchor.json").write_text(json.dumps(anchor))

    done = gitreg(
        "export",
        "summary",
        "churn@1.0.0",
        "--anchor",
        str(tmp_path / "anchor.json"),
        "-o",
        str(tmp_path / "s.json"),
    )

    assert done.returncode == 6
    assert not (tmp_path / "s.json").exists()
