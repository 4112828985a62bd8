"""What reading commands print: for people on a terminal, for programs in a pipe, and as one JSON document."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from cli_calls import EXECUTABLE, SOURCES, Gitreg

READERS = [
    ("list",), ("show", "churn/best"), ("show", "churn@1.0.0"), ("compare", "churn/best", "churn/latest"),
    ("experiment", "list"), ("experiment", "show", "churn"), ("model", "list"), ("model", "show", "churn"),
    ("model", "versions", "churn"), ("artifacts", "churn/best"), ("artifacts", "churn@production"), ("status",),
    ("storage", "show"), ("schema", "list"), ("check", "churn/best", "-m", "other"), ("verify", "churn@1.0.0"),
    ("verify", "--all"),
]  # fmt: skip


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_json_is_one_document(gitreg: Gitreg, words: tuple[str, ...]) -> None:
    """`--json` prints kind, apiVersion, items and warnings."""
    said = gitreg(*words, "--json")

    document = json.loads(said.out)
    assert said.code == 0
    assert list(document) == ["kind", "apiVersion", "items", "warnings"]
    assert document["kind"].endswith("List")
    assert document["apiVersion"] == "gitreg/v1"


def test_piped_list_is_tsv_with_a_header_and_whole_ids(gitreg: Gitreg) -> None:
    """In a pipe nothing is cut."""
    rows = [line.split("\t") for line in gitreg("list").out.splitlines()]

    assert rows[0][:5] == ["id", "experiment", "name", "status", "created"]
    assert {len(row[0]) for row in rows[1:]} == {32}
    assert {len(row) for row in rows} == {len(rows[0])}


def test_filter_sort_limit_and_columns(gitreg: Gitreg) -> None:
    """The words of `list` do what they say."""
    said = gitreg(
        "list", "metrics.auc < 0.9", "--sort", "metrics.auc", "-n", "1", "--columns", "name,metrics.auc"
    )

    assert said.out == "name\tmetrics.auc\nlr=0.3\t0.7\n"


def test_empty_selection_says_so(gitreg: Gitreg) -> None:
    """Never 0 with nothing printed: a header on stdout, a sentence on stderr."""
    said = gitreg("list", "metrics.auc > 2")

    assert said.code == 0
    assert said.err == "no candidates match\n"
    assert said.out.startswith("id\t")
    assert json.loads(gitreg("list", "metrics.auc > 2", "--json").out)["items"] == []


def test_csv_holds_no_formula(gitreg: Gitreg) -> None:
    """A name that a spreadsheet would run is text there."""
    gitreg("log", "lab", "-n", "=cmd|'/c calc'!A1", "-m", "loss=-0.5", "--no-code")

    said = gitreg("list", "-e", "lab", "--format", "csv", "--columns", "name,metrics.loss")

    assert list(csv.reader(io.StringIO(said.out)))[1] == ["'=cmd|'/c calc'!A1", "-0.5"]


def test_markdown_holds_no_markup(gitreg: Gitreg) -> None:
    """A name cannot end its cell, nor mention anybody."""
    gitreg("log", "lab", "-n", "a | b @all <b>", "--no-code")

    said = gitreg("list", "-e", "lab", "--format", "md", "--columns", "name")

    assert said.out.splitlines()[2] == r"| a \| b @&#8288;all &lt;b&gt; |"


def test_show_raw_is_the_file(gitreg: Gitreg, place: Path) -> None:
    """`show --raw` gives the record's bytes."""
    candidate = gitreg("list", "--columns", "id", "-n", "1").out.split()[1]
    path = f"experiments/churn/candidates/{candidate[:2]}/{candidate}.yaml"

    plain = subprocess.run(
        ["git", "show", f"gitreg/candidates:{path}"], cwd=place, capture_output=True, text=True, check=True
    )

    assert gitreg("show", candidate, "--raw").out == plain.stdout
    assert gitreg("show", "churn@1.0.0", "--raw").out.startswith("# yaml-language-server")


def test_proposed_version_is_not_called_accepted(gitreg: Gitreg) -> None:
    """Where a version stands is said truly."""
    gitreg("promote", "churn/best", "-m", "other")

    assert "state:       proposed" in gitreg("show", "other!1.0.0").out
    assert "state:       released" in gitreg("show", "churn@1.0.0").out
    assert json.loads(gitreg("show", "churn@1.0.0", "--json").out)["items"][0]["standing"]["stages"] == [
        "production"
    ]


def test_clone_without_candidates_says_so(command: Gitreg, place: Path, tmp_path: Path) -> None:
    """An empty list in a fresh clone has its reason."""
    subprocess.run(["git", "clone", "-q", "--single-branch", str(place), str(tmp_path / "clone")], check=True)

    said = command("list", folder=tmp_path / "clone")

    assert said.code == 0
    assert "gitreg fetch" in said.err


def test_compare_says_better_and_worse_in_words(gitreg: Gitreg) -> None:
    """Direction follows the experiment's goal, and is said in words, not by colour."""
    said = gitreg("compare", "churn/best", "churn/latest", "--format", "table")
    first = json.loads(gitreg("compare", "churn/latest", "churn/best", "--json").out)["items"][0]

    assert "0.7 (-0.23 worse)" in said.out
    assert (first["field"], first["goal"], first["verdicts"]) == ("metrics.auc", "maximize", [None, "better"])


def test_same_candidates_do_not_differ(gitreg: Gitreg) -> None:
    """Nothing to say is said."""
    said = gitreg("compare", "churn/best", "churn/best")

    assert (said.code, said.err) == (0, "these candidates do not differ\n")


def test_verify_all_ends_with_6_when_one_is_refused(gitreg: Gitreg, place: Path) -> None:
    """Each release is told of; one bad one is enough."""
    subprocess.run(["git", "tag", "model/churn/v9.9.9"], cwd=place, check=True)

    said = gitreg("verify", "--all")

    assert said.code == 6
    assert "churn 1.0.0 is verified" in said.out
    assert "model/churn/v9.9.9 is REFUSED at object" in said.out


def test_status_tells_what_is_open(gitreg: Gitreg) -> None:
    """Proposals and unpushed artifacts are named, with what to do."""
    gitreg("log", "lab", "-a", "model.bin", "-n", "x", "--no-code")
    gitreg("assign", "churn@1.0.0", "staging")

    said = gitreg("status")

    assert "gitreg/assign/churn/staging" in said.out
    assert "unpushed (gitreg push)" in said.out


def test_check_ends_with_1_when_a_gate_fails(gitreg: Gitreg, place: Path) -> None:
    """Gates are asked, and a failure is the answer no."""
    path = place / "models/churn/model.yaml"
    path.write_text(
        path.read_text().replace("gates: []", "gates:\n  - {kind: threshold, metric: auc, at_least: 0.99}")
    )
    subprocess.run(["git", "commit", "-qam", "Ask for more"], cwd=place, check=True)

    said = gitreg("check", "churn/best", "-m", "churn")

    assert said.code == 1
    assert said.out.splitlines()[1].startswith("threshold\tfailed\t")
    assert gitreg("promote", "churn/best", "-m", "churn").code == 1


def on_terminal(place: Path, environ: dict[str, str], *words: str, **variables: str) -> bytes:
    """What a terminal of 100 columns shows."""
    leader, follower = pty.openpty()
    variables = {"COLUMNS": "100", "LINES": "40", **variables}
    child = subprocess.Popen(
        [*EXECUTABLE, *words], cwd=place, env=environ | {"PYTHONPATH": SOURCES} | variables,
        stdin=follower, stdout=follower, stderr=follower, close_fds=True,
    )  # fmt: skip
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # Linux says EIO when the other side is closed
            break
        if not chunk:
            break
        shown += chunk
    child.wait(timeout=30)
    os.close(leader)
    return shown


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
    ids=["terminal", "dumb", "no-color", "force-color", "no-color wins"],
)
def test_terminal_gets_an_aligned_table(
    place: Path, environ: dict[str, str], variables: dict[str, str], coloured: bool
) -> None:
    """Short ids, aligned columns; colour by TERM, NO_COLOR and FORCE_COLOR."""
    shown = on_terminal(place, environ, "list", **variables)

    assert (b"\x1b[" in shown) == coloured
    lines = shown.replace(b"\r", b"").decode().splitlines()
    assert len(lines) == 4
    assert "metrics.auc" in lines[0]
    assert not any("\t" in line for line in lines)


def test_pipe_gets_no_colour_and_loads_no_rich(place: Path, environ: dict[str, str]) -> None:
    """Where no person reads, rich is not even imported."""
    code = (
        "import sys\nfrom gitreg.cli.entry import outcome\nimport os\n"
        "code = outcome(['list'], os.environ)\nassert 'rich' not in sys.modules\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env=environ | {"PYTHONPATH": SOURCES, "FORCE_COLOR": "1"},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stdout


def test_release_asks_on_a_terminal(place: Path, environ: dict[str, str]) -> None:
    """With a terminal and without --yes, somebody is asked; nobody answers here, so nothing is signed."""
    subprocess.run(
        [*EXECUTABLE, "assign", "churn@1.0.0", "staging"],
        cwd=place,
        env=environ | {"PYTHONPATH": SOURCES},
        check=True,
        capture_output=True,
    )
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [*EXECUTABLE, "release", "--merge"], cwd=place, env=environ | {"PYTHONPATH": SOURCES},
        stdin=follower, stdout=follower, stderr=follower,
    )  # fmt: skip
    os.close(follower)
    os.write(leader, b"n\n")
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(leader, 4096)

    assert child.wait(timeout=30) == 130
    assert b"merge gitreg/assign/churn/staging" in shown
    os.close(leader)
