"""Names as types of a record's fields: what may be called what, said to pydantic and to JSON schemas.

The rules themselves, and why they are so, are in words.py.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from gitreg.domain.words import (
    ALIAS,
    CANDIDATE_ID,
    SLUG,
    STAGE,
    alias,
    candidate_id,
    display_name,
    key,
    slug,
    stage,
    text,
)

Text = Annotated[str, AfterValidator(text)]
Name = Annotated[str, AfterValidator(display_name), Field(min_length=1, max_length=500)]
Key = Annotated[str, AfterValidator(key), Field(min_length=1, max_length=250)]
# The functions speak for people; the patterns are for editors that know only the JSON schema.
Slug = Annotated[str, AfterValidator(slug), WithJsonSchema({"type": "string", "pattern": f"^{SLUG}$"})]
StageName = Annotated[str, AfterValidator(stage), WithJsonSchema({"type": "string", "pattern": f"^{STAGE}$"})]
CandidateId = Annotated[
    str, AfterValidator(candidate_id), WithJsonSchema({"type": "string", "pattern": f"^{CANDIDATE_ID}$"})
]
LoggedModelId = CandidateId
"""As MLflow writes it after `m-`."""
Alias = Annotated[str, AfterValidator(alias), WithJsonSchema({"type": "string", "pattern": f"^{ALIAS}$"})]
