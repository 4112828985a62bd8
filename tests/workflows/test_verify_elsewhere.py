"""A version of which no candidate is recorded is never verified, whoever signed it."""

from __future__ import annotations

import pytest
from workshop import Workshop

from gitreg.documents import layout
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber

V3 = VersionNumber(1, 2, 0)


@pytest.mark.parametrize("missing", ["candidate", "artifacts"])
@pytest.mark.parametrize("has_copy", [True, False])
def test_a_signature_on_what_nobody_can_prove_is_refused(
    registry: Workshop, missing: str, has_copy: bool
) -> None:
    """Signed by plain Git, with every other file of a version in its place, or without the copy of a candidate."""
    files = registry.add_version(V3)
    path, copy = layout.version_path("churn", V3), layout.version_candidate_path("churn", V3)
    record = read(files[path] or b"", ModelVersion, path)
    files[path] = write(record.model_copy(update={missing: None, "source": "s3://elsewhere"}))
    if not has_copy:
        del files[copy]
    registry.commit(files)
    registry.tag(registry.statement(V3))

    assert registry.refused("churn@1.2.0") == "record"
