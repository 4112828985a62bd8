"""Each check of verification is missed by a test when it is gone: some of them tried again here, all by delete_checks.py."""

from __future__ import annotations

import ast
import json

import pytest
from delete_checks import TABLE, noticed
from deletions import Check, checks, deleted, modules

LISTED: dict[str, str] = json.loads(TABLE.read_text())
TRIED = [one for one in checks() if one.id in LISTED][:: max(1, len(LISTED) // 6)]


def test_every_check_can_be_deleted() -> None:
    """What is left is Python still, and is something else."""
    found = checks()

    assert len({one.id for one in found}) == len(found)
    for module in modules():
        source = module.read_text()
        whole = ast.unparse(ast.parse(source))
        assert whole not in {deleted(one, source) for one in found if module.as_posix().endswith(one.module)}


@pytest.mark.parametrize("check", TRIED, ids=lambda one: one.id)
def test_a_check_that_is_gone_is_missed(check: Check) -> None:
    """By the very test that the table names; a test that was renamed needs a new table."""
    assert noticed(check, [[LISTED[check.id]]])
