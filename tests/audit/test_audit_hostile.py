"""What strangers wrote, shown: nothing in it acts on a terminal, in a spreadsheet or on a page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from account import Account
from workshop import ADA, V1, Workshop

from gitreg.documents import layout
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.gate import GateResult
from gitreg.domain.model import ModelVersion
from gitreg.domain.record import Person
from gitreg.signing import format_tag, sign

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "+1+cmd",
    "-2+3",
    "[x](javascript:alert(1))",
    "<script>alert(1)",
    "| a |",
]
FORMS = ("table", "tsv", "csv", "md", "json")
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def named(registry: Workshop, name: str) -> None:
    """Mallory's release under a name of her choice; its signature is refused, and it is shown all the same."""
    tagger = f"{name.replace('<', '').replace('>', '')} <mallory@example.com>"
    message = registry.statement(merge_request=name).message()
    payload = format_tag(registry.tip(), "model/churn/v1.0.0", tagger, 1, "+0000", message)
    content = payload + sign(payload, registry.key("mallory"), "git", registry.environ)
    registry.raw_tag(content, "refs/tags/model/churn/v1.0.0")


def reviewed(registry: Workshop, words: str) -> None:
    """A version with hostile words in its record, accepted and signed: reviewers overlook things."""
    path = layout.version_path("churn", V1)
    record = read(registry.read(path), ModelVersion, path)
    changed = record.model_copy(
        update={
            "author": Person(name=words, email="ada@example.com"),
            "gates": [GateResult(kind="threshold", result="passed", detail=words)],
        }
    )
    (registry.path / ".git/gitreg/seen.json").unlink(missing_ok=True)  # as one who looks for the first time
    commit = registry.commit({path: write(changed)})
    registry.tag(registry.statement(), commit)


@pytest.mark.parametrize("make", [named, reviewed])
def test_no_cell_of_csv_is_a_formula(
    registry: Workshop, gitreg: Callable[..., Account], make: Callable[[Workshop, str], None]
) -> None:
    """A spreadsheet runs what begins with these; quoted, it is text."""
    for words in HOSTILE:
        make(registry, words)

        answer = gitreg("audit", "--format", "csv")
        cells = [cell for row in csv.reader(io.StringIO(answer.out)) for cell in row]
        assert words.lstrip("=+-@") in answer.out.replace('""', '"')
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_markdown_shows_no_markup_of_a_stranger(registry: Workshop, gitreg: Callable[..., Account]) -> None:
    """No link, no tag, no cell more than the table has."""
    for words in HOSTILE:
        named(registry, words)

        answer = gitreg("audit", "--format", "md")
        assert "<script>" not in answer.out
        assert "](javascript" not in answer.out
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in answer.out.splitlines()}) == 1


def test_a_hostile_tag_name_is_shown_harmless(registry: Workshop, gitreg: Callable[..., Account]) -> None:
    """Git allows nearly anything in a ref's name; on a terminal it must not turn text around."""
    for ref in ("model/\u202egpj.exe", "stage/churn/\u2066x", "model/=1+1", "model/<b>x</b>"):
        registry.git("update-ref", f"refs/tags/{ref}", registry.tip())

    for form in FORMS:
        answer = gitreg("audit", "--format", form)
        assert answer.code == 6
        assert not ACTING.search(answer.out + answer.err)
        assert "gpj.exe" in answer.out


def test_a_commit_by_a_terminal_s_enemy_is_shown_harmless(
    registry: Workshop, gitreg: Callable[..., Account]
) -> None:
    """The merger's name is whatever the commit says."""
    tree = registry.git("rev-parse", "main^{tree}")
    lines = f"tree {tree}\nparent {registry.tip()}\nauthor A\x1b[31m <a@example.com> 1700000000 +0000\n"
    lines += "committer \x1b]0;owned\x07\u202e <a@example.com> 1700000000 +0000\n\nMerge\n"
    commit = registry.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=lines.encode())
    registry.git("update-ref", "refs/heads/main", commit)
    message = registry.statement().message()
    payload = format_tag(commit, "model/churn/v1.0.0", str(ADA), 1, "+0000", message)
    content = payload + sign(payload, registry.key("ada"), "git", registry.environ)
    registry.raw_tag(content, "refs/tags/model/churn/v1.0.0")

    for form in FORMS:
        answer = gitreg("audit", "--format", form)
        assert answer.code == 0
        assert not ACTING.search(answer.out + answer.err)


def test_dates_beyond_the_calendar_are_shown(registry: Workshop, gitreg: Callable[..., Account]) -> None:
    """A tagger may claim any second of the next thirty thousand years."""
    message = registry.statement().message()
    commit = registry.tip("refs/tags/model/churn/v1.0.0^{commit}")
    payload = format_tag(commit, "model/churn/v1.0.0", str(ADA), 999_999_999_999, "+0000", message)
    content = payload + sign(payload, registry.key("ada"), "git", registry.environ)
    registry.raw_tag(content, "refs/tags/model/churn/v1.0.0")

    answer = gitreg("audit", "--json")
    assert answer.code == 0
    assert answer.row("model/churn/v1.0.0")["signed"].startswith("9987-")
