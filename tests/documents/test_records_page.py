"""The reference of records is made from the records, and current."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitreg.documents.reference import PLACES, page
from gitreg.domain.record import Record

PAGE = Path(__file__).resolve().parents[2] / "docs" / "records.md"


def test_page_is_current() -> None:
    """docs/records.md is what the records say today."""
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("kind", [kind for kind, _ in PLACES], ids=lambda kind: kind.__name__)
def test_every_field_has_a_meaning(kind: type[Record]) -> None:
    """No field of a record is without a description."""
    assert [name for name, field in kind.model_fields.items() if not field.description] == []
