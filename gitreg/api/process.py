"""What the API takes from the process around it: the time, and random ids."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new candidate's id: 32 random hex digits."""
    return secrets.token_hex(16)
