"""What docs/import-mlflow.md shows is run as it stands there, and what it names exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from in_process import Answer, call
from mlruns_maker import START, put

from gitreg.cli.export_mlflow import mlflow as export
from gitreg.cli.import_mlflow import mlflow as import_
from gitreg.domain.model import IMPORT_MARK
from gitreg.workflows.import_mlflow import importing, model_records, records
from gitreg.workflows.import_mlflow.report import STATES

TOP = Path(__file__).parents[2]
TEXT = (TOP / "docs" / "import-mlflow.md").read_text()


@pytest.fixture
def run(desk, runs):
    """Runs a block of the page in the registry, where an `mlruns/` folder and a copy of a bucket lie."""
    here = type(runs)(desk.path / "mlruns")
    here.experiment()
    here.run(1, metrics={"auc": f"{START} 0.5 0\n"}, files={"model/MLmodel": "x"})
    here.run(2, artifact_uri="s3://team-bucket/mlflow/2")
    here.model()
    here.version(1)
    put(desk.path / "bucket" / "2" / "model.bin", "x")

    def act(name: str) -> Answer:
        [block] = re.findall(rf"^```sh {name}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
        answers = [
            call(desk.path, *shlex.split(line)[1:], environ=desk.environ) for line in block.splitlines()
        ]
        return Answer(
            max(one.code for one in answers),
            "".join(one.out for one in answers),
            "".join(one.err for one in answers),
        )

    return act


def test_the_examples_do_what_they_say(run, desk):
    """A rehearsal, an import that leaves a bucket's artifacts out, one that has them, and exports."""
    first = run("import")
    assert first.code == 1  # as something was left out
    assert first.out.count("runs\t2") == 3  # rehearsed, brought, exported
    assert "--artifacts" in first.err
    assert (desk.path / "out.db").exists()

    elsewhere = run("elsewhere")
    assert elsewhere.code == 1
    assert "--update tries them again" in elsewhere.err

    twice = run("export")
    assert twice.code == 0
    assert twice.out.count("runs\t0\t2") == 2, twice.out + twice.err


def test_every_option_is_on_the_page():
    """And the page names no other."""
    options = {
        name
        for command in (import_, export)
        for param in command.params
        for name in (*param.opts, *param.secondary_opts)
        if name.startswith("-")
    }
    named = set(
        re.findall(
            r"(?<![\w-])--?[a-z][a-z-]*", "\n".join(re.findall(r"`[^`\n]+`|^gitreg .*$", TEXT, re.MULTILINE))
        )
    )
    foreign = {"--backend-store-uri", "--registry", "--signing-key"}

    missing = {"-e", "--models", "--no-models", "--running", "--update", "--artifacts", "-j", "--dry-run"}
    assert missing <= options
    assert missing <= named
    assert named - options <= foreign


def test_every_tag_is_on_the_page():
    """Whoever finds one in a record looks for it there."""
    tags = {
        records.FROM_EXPERIMENT,
        records.FROM_RUN,
        records.STATUS,
        records.INCOMPLETE,
        *model_records.SEMANTIC,
    }

    assert {tag for tag in tags if f"`{tag}`" not in TEXT} == set()
    assert IMPORT_MARK in (TOP / "docs" / "adr" / "0037-import-and-export.md").read_text()


def test_every_state_is_on_the_page():
    """As the table's titles have them."""
    assert [state for state in STATES if f"*{state}*" not in TEXT] == []


def test_a_thousand_records_are_one_commit():
    """As the page says."""
    assert importing.BATCH == 1000
    assert "A thousand records are one commit" in TEXT


def test_commands_are_words_that_a_shell_takes():
    """No block has a quote that does not end."""
    for block in re.findall(r"^```sh \w+\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        assert all(shlex.split(line)[0] == "gitreg" for line in block.splitlines())
