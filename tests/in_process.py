"""The function that gitreg's process runs, called in this one: half a second less for whoever only wants its effect or its words."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitreg.cli.entry import outcome


@dataclass(frozen=True)
class Answer:
    """What a call answered."""

    code: int
    out: str
    err: str


def call(folder: Path, *words: str, environ: Mapping[str, str] | None = None, stdin: str = "") -> Answer:
    """One call in a folder, in the environment as it is or in that one and no other."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        _put(patch, os.environ if environ is None else environ)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = outcome(words, os.environ)
    return Answer(code, _said(out), _said(err))


def _put(patch: pytest.MonkeyPatch, environ: Mapping[str, str]) -> None:
    for name in list(os.environ):
        if name not in environ and not name.startswith("PYTEST"):
            patch.delenv(name)
    for name, value in environ.items():
        patch.setenv(name, value)


def _said(stream: io.TextIOWrapper) -> str:
    stream.flush()
    kept = stream.buffer
    assert isinstance(kept, io.BytesIO)
    return kept.getvalue().decode()
