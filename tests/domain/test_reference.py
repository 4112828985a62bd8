"""References: what people type, and what it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitreg.domain.reference import (
    CandidateReference,
    PickReference,
    ProposalReference,
    StageReference,
    VersionReference,
    parse_reference,
)
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import slug_of

ID = "7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4"
V = VersionNumber(1, 2, 0)


@pytest.mark.parametrize(("text", "named"), [
    ("7f3a", CandidateReference("7f3a")), (ID, CandidateReference(ID)), ("0000", CandidateReference("0000")),
    (f"churn/{ID}", CandidateReference(ID, "churn")), ("churn/7f3ac2d1", CandidateReference("7f3ac2d1", "churn")),
    ("churn/best", PickReference("churn", "best")), ("churn/latest", PickReference("churn", "latest")),
    ("Churn/best", PickReference(slug_of("Churn"), "best")), ("a/b/best", PickReference(slug_of("a/b"), "best")),
    ("churn@1.2.0", VersionReference("churn", V)), ("churn@latest", VersionReference("churn", "latest")),
    ("churn@2.0.0-rc.1", VersionReference("churn", VersionNumber(2, 0, 0, "rc.1"))), ("churn@production", StageReference("churn", "production")),
    ("churn!1.2.0", ProposalReference("churn", V)), ("me@home@production", StageReference(slug_of("me@home"), "production")),
])  # fmt: skip
def test_every_form(text, named):
    """As the documentation of the command line lists them."""
    assert parse_reference(text) == named


@pytest.mark.parametrize("text", [
    "", "7f3", "7F3A", "churn", ID + "0", "@1.2.0", "churn@", "churn@1.2", "churn@1.2.0+build", "churn@Production", "churn!", "churn!production",
    "!1.2.0", "/best", "churn/worst", "-rf", "churn@../x", "churn@1.2.0\n", "7f3a\n", "churn\n@1.2.0", "churn@v1.2.0", "a\0b@1.2.0", "churn@x.lock",
])  # fmt: skip
def test_what_names_nothing(text):
    """Refused, and never taken for something near it."""
    with pytest.raises(ValueError, match=r"."):
        parse_reference(text)


@given(st.text(max_size=40))
def test_any_text_is_parsed_or_refused(text):
    """No text raises anything but ValueError, and what is named is a slug."""
    try:
        found = parse_reference(text)
    except ValueError:
        return

    for name in (getattr(found, "model", None), getattr(found, "experiment", None)):
        assert name is None or slug_of(name) == name
