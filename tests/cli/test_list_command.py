"""`gitreg list`: every form, empty answers, hostile names, pages that the printed command brings, and what it never loads."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cli_calls import EXECUTABLE, SOURCES, Gitreg, Said, git

import gitreg as api
from gitreg.cli.again import quoted

HEAVY = (
    "pydantic", "pydantic_core", "git", "gitdb", "ruamel", "dvc", "dvc_data", "dvc_objects", "rich", "plotille", "asyncio",
    "email", "multiprocessing", "concurrent", "importlib.metadata", "gitreg.workflows.registry",
)  # fmt: skip
HOSTILE = ["=1+1", "<b>[bold]|a\\b`", 'it\'s "quoted"', "--help", "ä→日本語", "$(touch pwned)"]
FORMS = ["table", "tsv", "csv", "md", "json"]


def rows(said: Said) -> list[list[str]]:
    """The lines of TSV below the titles."""
    return [line.split("\t") for line in said.out.splitlines()[1:]]


def names(said: Said) -> list[str]:
    """The names of a list with that one column."""
    return [row[0] for row in rows(said)]


def following(said: Said) -> list[str]:
    """The words of the command that goes on, as a shell reads them."""
    [line] = [line for line in said.err.splitlines() if line.startswith("  next: ")]
    words = shlex.split(line.removeprefix("  next: "))
    assert words[0] == "gitreg"
    return words[1:]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("metrics.auc > 0.1 and params.lr = '0.1'", "--sort", "-metrics.auc", "-n", "2"),
        ("-e", "churn", "--columns", "id,metrics.auc,data.name"),
        ("--columns", "help"),
        ("--format", "csv", "--deleted"),
    ],
    ids=" ".join,
)
def test_listing_loads_nothing_of_weight(
    place: Path, environ: dict[str, str], words: tuple[str, ...]
) -> None:
    """A warm list in a pipe imports no pydantic, GitPython, DVC, ruamel or rich: that is what makes it quick."""
    code = (
        "import sys, os\nfrom gitreg.cli.entry import outcome\n"
        f"code = outcome(['list', *{words!r}], os.environ)\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(loaded, file=sys.stderr)\nsys.exit(code)"
    )
    for _ in range(2):  # the first one makes the index
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=place, env=environ | {"PYTHONPATH": SOURCES}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


def test_json_needs_no_record_either(place: Path, environ: dict[str, str]) -> None:
    """Records are read quickly, and printed as they are."""
    code = (
        "import sys, os\nfrom gitreg.cli.entry import outcome\noutcome(['list', '--json'], os.environ)\n"
        "print([name for name in ('pydantic', 'ruamel', 'git', 'dvc') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, env=environ | {"PYTHONPATH": SOURCES}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip

    assert done.stderr == "[]\n"


def test_json_items_are_the_records(gitreg: Gitreg) -> None:
    """The same as `show` says of each, running ones too."""
    items = json.loads(gitreg("list", "--json").out)["items"]

    assert len(items) == 3
    assert items == [json.loads(gitreg("show", item["id"], "--json").out)["items"][0] for item in items]


def test_a_record_that_is_not_canonical_is_in_the_document_whole(gitreg: Gitreg, place: Path) -> None:
    """People edit files; what they leave out has its default."""
    item = json.loads(gitreg("list", "-n", "1", "--json").out)["items"][0]
    path = f"experiments/churn/candidates/{item['id'][:2]}/{item['id']}.yaml"
    text = subprocess.run(
        ["git", "show", f"gitreg/candidates:{path}"], cwd=place, capture_output=True, text=True, check=True
    ).stdout
    _commit(place, path, text.replace("notes: ''\n", "").replace("extra: {}\n", "# by hand\n"))

    assert json.loads(gitreg("list", "-n", "1", "--json").out)["items"] == [item]


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_answer_is_said_in_every_form(gitreg: Gitreg, form: str) -> None:
    """Never 0 with nothing printed."""
    said = gitreg("list", "metrics.auc > 2", "--format", form)

    assert (said.code, said.err) == (0, "no candidates match\n")
    assert form == "table" or said.out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_keep_their_place(gitreg: Gitreg, place: Path, form: str, name: str) -> None:
    """In names, keys and values; nothing acts, nothing leaves its cell."""
    key = f"k{name.replace('=', '')}"
    gitreg("log", "lab", f"--name={name}", "-p", f"{key}={name}", "-t", "team=a", "--no-code")

    said = gitreg(
        "list",
        "-e",
        "lab",
        "--format",
        form,
        "--columns",
        f"name,params.`{key.replace('`', '``')}`,tags.team",
    )

    assert said.code == 0, said.err
    if form == "tsv":
        assert rows(said) == [[name.replace("\\", "\\\\")] * 2 + ["a"]]
    if form == "csv":
        assert [row[-1] for row in csv.reader(io.StringIO(said.out))] == ["tags.team", "a"]
    if form == "md":
        assert len(said.out.splitlines()) == 3
    if form == "json":
        assert json.loads(said.out)["items"][0]["params"] == {key: name}
    assert not (place / "pwned").exists()


def test_the_printed_command_brings_the_next_page(command: Gitreg, gitreg: Gitreg, place: Path) -> None:
    """Pasted into a shell, until nothing is left; each candidate comes once."""
    for number in range(3):
        gitreg("log", "lab", "-n", f"it's {number}", "-t", f"a b={number}", "--no-code")
    said = command(
        "list", "tags.`a b` like '%' or\nname = 'it''s 1'", "--sort", "name", "-n2", "--columns", "name"
    )
    assert "2 candidates are listed, and there are more" in said.err
    seen = names(said)

    while "next:" in said.err:
        line = said.err.split("  next: ")[1]
        script = f'gitreg() {{ {shlex.join(EXECUTABLE)} "$@"; }}; {line}'
        done = subprocess.run(
            ["bash", "-c", script], cwd=place, env=os.environ | {"PYTHONPATH": SOURCES}, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        said = Said(0, done.stdout, done.stderr)
        seen += names(said)

    assert seen == ["it's 0", "it's 1", "it's 2"]


@pytest.mark.parametrize("word", ["a", "a b", "it's", "$x", "-n", "a\nb", "\x1b[0m'", "\\", "ä→", ""])
def test_words_survive_a_shell(word: str) -> None:
    """And none of them acts on the terminal that they are printed to."""
    text = quoted(word)
    done = subprocess.run(
        ["bash", "-c", f"printf %s {text}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )

    assert done.stdout.decode() == word
    assert text.isprintable()


def test_what_was_said_is_said_again(gitreg: Gitreg, place: Path) -> None:
    """Every option, the folder, and a filter that looks like an option."""
    gitreg("log", "lab", "--no-code")
    said = gitreg(
        "list",
        "-e",
        "churn",
        "-e",
        "lab",
        "--sort",
        "-created",
        "--deleted",
        "--no-drafts",
        "--format",
        "csv",
        "-n",
        "1",
    )

    words = following(said)

    assert words[:2] == ["-C", str(place)]
    assert words[2] == "list"
    assert "--page" in words
    assert {"-e", "churn", "lab", "--sort", "-created", "--deleted", "--no-drafts", "--format", "csv"} <= set(
        words
    )


def test_a_person_gets_a_screenful(gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table is cut at the height of the screen; what is piped is not."""
    lines = "\n".join(json.dumps({"experiment": "many", "name": str(number)}) for number in range(40))
    assert gitreg("log", "--from", "-", stdin=lines.encode()).code == 0

    table = gitreg("list", "-e", "many", "--format", "table")
    piped = gitreg("list", "-e", "many")

    assert len(table.out.splitlines()) == 26
    assert "25 candidates are listed, and there are more" in table.err
    assert (len(rows(piped)), piped.err) == (40, "")


def test_a_filter_that_is_none_is_shown_with_a_caret(gitreg: Gitreg) -> None:
    """Three lines, exit 2, and the spot."""
    said = gitreg("list", "metrics.auc > 0.9 adn status = 'failed'")

    lines = said.err.splitlines()
    assert (said.code, said.out, len(lines)) == (2, "", 3)
    assert lines[1].index("adn") == lines[2].index("^^^")


@pytest.mark.parametrize(
    "words",
    [("--sort", "nope"), ("--columns", "nope"), ("--page", "nope"), ("-e", "a\nb"), ("-n", "0")],
    ids=" ".join,
)
def test_other_words_that_mean_nothing(gitreg: Gitreg, words: tuple[str, ...]) -> None:
    """Exit 2, before anything is read."""
    assert gitreg("list", *words).code == 2


def test_files_that_are_no_records_warn(gitreg: Gitreg, place: Path) -> None:
    """One line on stderr, each of them in the document, and the rest of the list."""
    for digits in ("aa", "bb"):
        _commit(place, f"experiments/churn/candidates/{digits}/{digits * 16}.yaml", "nonsense\x1b\n")

    said, document = gitreg("list"), gitreg("list", "--json")

    assert len(rows(said)) == 3
    assert said.code == document.code == 0
    [warning] = said.err.splitlines()
    assert warning.startswith("warning: left out: experiments/churn/candidates/aa/")
    assert warning.endswith(", and 1 more (gitreg validate)")
    assert len(json.loads(document.out)["warnings"]) == 2
    assert "\x1b" not in said.err + document.out


def test_columns_help_lists_what_there_is(gitreg: Gitreg) -> None:
    """Kind, key, and how many candidates have it, in the experiments asked for."""
    gitreg("log", "lab", "-m", "loss=1", "-p", "lr=1", "--no-code")

    everything = rows(gitreg("list", "--columns", "help"))
    churn = json.loads(gitreg("list", "-e", "churn", "--columns", "help", "--json").out)

    assert ["candidate", "id", "4"] in everything
    assert {("metrics", "auc", "3"), ("metrics", "loss", "1"), ("params", "lr", "4")} <= {
        tuple(row) for row in everything
    }
    assert {"kind": "metrics", "key": "auc", "candidates": 3} in churn["items"]
    assert "loss" not in {item["key"] for item in churn["items"]}


def test_columns_by_the_names_of_mlflow_and_all(gitreg: Gitreg) -> None:
    """Ours and theirs; all of them is everything there is."""
    said = gitreg(
        "list",
        "-n",
        "1",
        "--columns",
        "run_id,attributes.status,parameter.lr,params.lr,code.dirty,data.name,artifacts.files",
    )
    whole = gitreg("list", "--columns", "all")

    assert said.out.splitlines()[0].split("\t") == [
        "id",
        "status",
        "params.lr",
        "code.dirty",
        "data.name",
        "artifacts.files",
    ]
    assert {"notes", "deleted", "data.digest", "metrics.auc", "params.lr", "tags.team"} <= set(
        whole.out.splitlines()[0].split("\t")
    )
    assert len({len(row) for row in rows(whole)}) == 1


def test_running_and_deleted_ones_are_marked(gitreg: Gitreg, place: Path) -> None:
    """By status for people, by columns for programs."""
    gitreg("delete", "churn/latest")
    with api.start("churn", name="at work", registry=place):
        table = gitreg("list", "--deleted", "--format", "table", "--columns", "name,status")
        running = [row[1] for row in rows(gitreg("list", "--columns", "name,status"))]
        record = json.loads(gitreg("list", "name = 'at work'", "--json").out)["items"]
        without = gitreg("list", "--no-drafts", "--columns", "name")

    assert ["at work", "running"] in [line.rsplit(None, 1) for line in table.out.splitlines()]
    assert "finished (deleted)" in table.out
    assert running == ["running", "finished", "finished"]
    assert [(one["name"], one["status"]) for one in record] == [("at work", "running")]
    assert "at work" not in names(without)
    assert gitreg("list", "--deleted").out.splitlines()[0].split("\t")[5] == "deleted"


def test_what_a_list_is_ordered_by_is_shown(gitreg: Gitreg) -> None:
    """A person who orders by something wants to see it."""
    gitreg("log", "wide", *(f"-mm{number}=1" for number in range(9)), "--no-code")

    assert "metrics.m8" in gitreg("list", "-e", "wide", "--sort", "metrics.m8", "--format", "table").out


def _commit(place: Path, path: str, text: str) -> None:
    """A file on the candidate branch, by hand."""
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=place,
        input=text,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    index = {**os.environ, "GIT_INDEX_FILE": str(place / ".git/by-hand")}
    branch = "refs/heads/gitreg/candidates"
    for words in (["read-tree", branch], ["update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"]):
        subprocess.run(["git", *words], cwd=place, env=index, check=True)
    tree = subprocess.run(
        ["git", "write-tree"], cwd=place, env=index, capture_output=True, text=True, check=True
    ).stdout.strip()
    git(place, "update-ref", branch, git(place, "commit-tree", "-m", "By hand", "-p", branch, tree))
