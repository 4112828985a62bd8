"""What the API takes from the process around it: the time, chance, and random ids."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from random import SystemRandom

from gitreg.workflows.pacing import Pacing


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new candidate's id: 32 random hex digits."""
    return secrets.token_hex(16)


def pacing() -> Pacing:
    """Chance and waiting, as the process has them."""
    return Pacing(SystemRandom(), time.sleep)
