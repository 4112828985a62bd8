"""A registry whose every field is hostile, through every command that prints, in every form: bytes come out, nothing acts."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import unicodedata
from pathlib import Path

import in_process
import pytest
from cli_calls import KEPT, SOURCES, Gitreg, Template, git

ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
LINE = '=1+1 <script>alert(1)</script> [x](javascript:alert(1)) @all #12 !12 `x` |a| https://evil.example \u200b\u00ad\U000e0041 $(id) "q"'
TEXT = f"{LINE}\n/merge\n@all\n=cmd|'/c calc'!A0\n# heading\n<img src=x onerror=alert(1)>\n"
STARTS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\uff1d1", "/merge")


@pytest.fixture(scope="session")
def hostile_template(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's registry, after whoever could write wrote such things; made by the command line."""
    place = tmp_path_factory.mktemp("hostile") / "registry"
    shutil.copytree(template.folder, place, symlinks=True)
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ |= {
        "HOME": str(template.home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": SOURCES,
    }

    def gitreg(*words: str, stdin: str = "") -> str:
        said = in_process.call(place, *words, environ=environ, stdin=stdin)
        assert said.code == 0, (words, said.err)
        return said.out.strip()

    candidate = {
        "experiment": "churn", "name": LINE, "params": {start: start for start in (LINE, *STARTS)}, "tags": {LINE: TEXT},
        "artifacts": ["model.bin"], "metrics": {LINE: 0.99, "=1+1": 0.5, "auc": 0.99}, "notes": TEXT,
        "data": [{"name": LINE, "uri": "https://evil.example/<b>@all", "context": TEXT}],
    }  # fmt: skip
    gitreg("log", "--from", "-", "--no-code", stdin=json.dumps(candidate))
    gitreg("log", "churn", "--no-code", "-p", "lr=1", "-m", "auc=0.1")
    gitreg("log", "--no-code", "-n", "=1+1", "--", LINE)
    gitreg(
        "experiment",
        "edit",
        "churn",
        "--name",
        LINE,
        "--description",
        TEXT,
        "-t",
        f"x{LINE}={TEXT}",
        "--unit",
        f"auc={LINE}",
    )
    gitreg(
        "model", "edit", "churn", "--name", LINE, "--description", TEXT, "--owner", LINE, "-t", f"x={TEXT}"
    )
    gitreg("release", "--merge", "--yes")
    git(place, "config", "user.name", "=1+1 @all [x](y)")
    gitreg("promote", "churn/best", "-m", "churn", "--description", TEXT, "--version", "2.0.0")
    gitreg("release", "--merge", "--yes")
    gitreg("assign", "churn@2.0.0", "production")
    gitreg("release", "--merge", "--yes")
    gitreg("retire", "churn@1.0.0", "--reason", TEXT)
    gitreg("release", "--merge", "--yes")
    gitreg("promote", "churn/best", "-m", "waiting", "--description", TEXT)
    git(place, "branch", "gitreg/promote/\u202eevil=1+1/v1.0.0")
    (place / "models" / "churn" / "\u202ex<b>.yaml").write_bytes(b"name: '\x1b[31m'\n")
    return place


@pytest.fixture
def hostile(hostile_template: Path, place: Path, gitreg: Gitreg) -> Gitreg:
    """The command line, in a copy of it."""
    shutil.rmtree(place)
    shutil.copytree(hostile_template, place, symlinks=True)
    return gitreg


def _acting(words: str, allowed: str) -> set[str]:
    return {one for one in words if unicodedata.category(one) in ACTING and one not in allowed}


READING = [
    ("list",), ("list", "--columns", "id,name,params.*,metrics.*,tags.*"), ("list", "--columns", "help"), ("experiment", "list"),
    ("model", "list"), ("model", "versions", "churn"), ("compare", "churn/best", "churn/latest"), ("check", "churn/best", "-m", "churn"),
    ("artifacts", "churn/best"), ("audit",), ("audit", "churn"), ("key", "list"),
]  # fmt: skip
PAGES = [
    ("show", "churn/best"), ("show", "churn@2.0.0"), ("show", "waiting!1.0.0"), ("experiment", "show", "churn"), ("model", "show", "churn"),
    ("status",), ("verify", "churn@2.0.0"), ("verify", "--all"), ("release", "--dry-run"), ("doctor",), ("validate",),
    ("validate", "models/churn/\u202ex<b>.yaml"), ("pull", "churn@2.0.0", "--dry-run", "-o", "out"), ("storage", "show"), ("key", "anchor"),
    ("retire", "churn@2.0.0", "--reason", TEXT, "--dry-run"), ("promote", "churn/best", "-m", "other", "--dry-run"), ("list", "--plot", "metrics.auc"),
    ("key", "show"), ("schema", "list"), ("show", LINE), ("list", f"params.`{LINE}` = 'x'"), ("model", "show", LINE), ("verify", f"{LINE}@1.0.0"),
    ("experiment", "show", f"\x1b[31m{LINE}"), ("list", "-e", TEXT), ("pull", "churn@2.0.0", "-o", "out\x1b[2J"),
]  # fmt: skip


def test_nothing_that_is_printed_acts(hostile: Gitreg) -> None:
    """Neither on stdout nor on stderr, of any command, in any form; and none of them fails for a bug."""
    calls = [(*words, "--format", form) for words in READING for form in ("table", "tsv")]
    calls += [*PAGES, *((*words, "--json") for words in (*PAGES[:6], ("list",), ("audit",)))]
    for words in calls:
        said = hostile(*words)

        assert said.code in {0, 1, 2, 3, 6}, (words, said.err)
        assert "Usage" not in said.err, words
        assert not _acting(said.out, "\n\t"), words
        assert not _acting(said.err, "\n"), words


def test_json_gives_back_exactly_what_was_written(hostile: Gitreg) -> None:
    """Escaped for terminals, and the same for a parser."""
    item = json.loads(hostile("show", "churn/best", "--json").out)["items"][0]
    model = json.loads(hostile("model", "show", "churn", "--json").out)["items"][0]

    assert (item["name"], item["notes"], item["params"][LINE], item["tags"][LINE]) == (LINE, TEXT, LINE, TEXT)
    assert (model["name"], model["description"], model["owners"]) == (LINE, TEXT, [LINE])


def test_no_cell_of_a_spreadsheet_is_a_formula(hostile: Gitreg) -> None:
    """In any table; numbers are numbers still."""
    for words in READING:
        said = hostile(*words, "--format", "csv")
        cells = [cell for row in csv.reader(io.StringIO(said.out, newline="")) for cell in row]

        assert cells, words
        assert not _acting(said.out, "\n\t"), words
        bad = [cell for cell in cells if re.match(r"[=+@\-\uff1d\uff0b\uff0d\uff20\t\r]", cell)]
        assert not [cell for cell in bad if not re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell)], words


def test_no_cell_of_markdown_does_anything(hostile: Gitreg) -> None:
    """Through a real renderer: only the table's own elements, nothing that a forge would take for a mention or a link."""
    markdown_it = pytest.importorskip("markdown_it")
    renderer = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for words in READING:
        out = hostile(*words, "--format", "md").out
        shown = renderer.render(out)

        assert "<td" in shown, words
        assert not _acting(out, "\n"), words
        assert set(re.findall(r"</?([a-z0-9]+)", shown)) <= {"table", "thead", "tbody", "tr", "th", "td"}, (
            words
        )
        assert not re.search(r"[@#!%~&]\w|://", html.unescape(re.sub(r"<[^>]*>", "", shown))), words
        assert not re.search(r"(?m)^\s*/", out), words


def test_a_model_card_does_nothing(hostile: Gitreg, place: Path) -> None:
    """README.md of a version is read by people in a browser: nobody's words are markup there."""
    markdown_it = pytest.importorskip("markdown_it")
    card = git(place, "show", "main:models/churn/versions/2.0.0/README.md")
    body = card.split("---\n", 2)[2]

    shown = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(body)

    assert "alert" in shown
    assert set(re.findall(r"</?([a-z0-9]+)", shown)) <= {
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "h1",
        "h2",
        "p",
    }
    assert not re.search(r"[@#!%~&]\w|://", html.unescape(re.sub(r"<[^>]*>", "", shown)))
    assert not re.search(r"(?m)^\s*/", card)


def test_what_can_be_pasted_runs_nothing_else(hostile: Gitreg, place: Path) -> None:
    """The doctor's commands hold names that strangers chose; a shell takes each for one word."""
    git(place, "config", "core.hooksPath", "/nonexistent")
    for line in hostile("doctor").out.splitlines():
        if line.startswith("  $ "):
            assert not re.search(r"(?<!')[$`;|&<>]", line.removeprefix("  $ ")), line
