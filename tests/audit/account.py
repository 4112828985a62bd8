"""What gitreg answered, and the rows of an audit in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """An answer."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Row]:
        """The items of its JSON document."""
        items: list[Row] = json.loads(self.out)["items"]
        return items

    def row(self, tag: str) -> Row:
        """The one row of a tag."""
        (found,) = [row for row in self.rows if row["tag"] == f"refs/tags/{tag}"]
        return found

    @property
    def refused(self) -> dict[str, str]:
        """Step by short tag name, of what does not verify."""
        return {
            str(row["tag"]).removeprefix("refs/tags/"): row["step"]
            for row in self.rows
            if row["result"] == "refused"
        }


@dataclass(frozen=True)
class Auditor:
    """Calls `gitreg audit --json`."""

    gitreg: Callable[..., Account]

    def __call__(self, *words: str, code: int | None = None) -> Account:
        """The account; its exit code is the expected one."""
        account = self.gitreg("audit", *words, "--json")
        assert "Traceback" not in account.err
        if code is not None:
            assert account.code == code, account.err
        return account


def cache(environ: Mapping[str, str]) -> Path:
    """Where gitreg keeps what it can make again."""
    return Path(environ["XDG_CACHE_HOME"]) / "gitreg"
