"""docs/gates.md: every kind of gate is explained, and every example is one that works."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary, Candidate, Code, DataSource
from gitreg.domain.digest import Digest
from gitreg.domain.gate import DATA_FORMATS, GATES, FormatName
from gitreg.domain.model import Model
from gitreg.domain.record import Person
from gitreg.gates import Evidence, FileFacts, judge

PAGE = Path(__file__).resolve().parents[2] / "docs" / "gates.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documentation lies beside the checkout")
KINDS = [get_args(kind.model_fields["kind"].annotation)[0] for kind in GATES]
BARE = Candidate(
    id="a" * 32, experiment="churn", name="x", created=datetime(2026, 11, 22, tzinfo=UTC), author=Person(name="Ada", email="ada@example.com")
)  # fmt: skip
DATA = [DataSource(name=name, uri=name, digest=Digest.of(b"x"), licence="CC0-1.0") for name in ("train", "holdout")]  # fmt: skip
GOOD = BARE.model_copy(
    update={"metrics": {"auc": 0.93, "latency_ms": 12.0}, "params": {"lr": "0.1"}, "notes": "words", "tags": {"team": "growth"}, "data": DATA, "code": Code(commit="9f1c" * 10)}
)  # fmt: skip
OWNED = Model(slug="churn", name="churn", owners=["Ada"])
WELL = Evidence(
    GOOD, serving={"production": GOOD}, model=OWNED, sections=("Intended use",), approvals=("Bob", "Cem"), files=(FileFacts("m", frozenset({"json"})),),
    artifacts=ArtifactSummary(files=2, size=10, manifest=Digest.of(b"")), branches={"main": ("main",)},
)  # fmt: skip
BADLY = Evidence(
    BARE.model_copy(update={"status": "failed"}), serving={"production": GOOD}, sections=(), approvals=(),
    files=(FileFacts("m", frozenset({"hdf5"})),), artifacts=ArtifactSummary(files=99, size=10, manifest=Digest.of(b"")),
)  # fmt: skip


def sections():
    """Every section of the page, with its examples."""
    text = PAGE.read_text() if PAGE.exists() else ""
    return {part.partition("\n")[0]: part for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]}


def examples():
    """Every example, as the gates of a model's file."""
    for kind, section in sections().items():
        for block in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL):
            yield pytest.param(kind, block, id=kind)


def test_every_gate_is_explained():
    """In the order in which the schema has them is not asked for; but each, and nothing else."""
    assert sorted(sections()) == sorted(KINDS)
    assert {kind for kind, *_ in (one.values for one in examples())} == set(KINDS)


@pytest.mark.parametrize(("kind", "block"), list(examples()))
def test_an_example_works(kind, block):
    """It stands in a model's file as it is, passes for a model that is as it asks, and refuses one that is not."""
    file = write(OWNED).decode().replace("gates: []\n", block)

    gates = read(file.encode(), Model, "models/churn/model.yaml").gates

    assert {gate.kind for gate in gates} == {kind}
    assert {one.result for one in judge(gates, WELL)} == {"passed"}
    assert {one.result for one in judge(gates, BADLY)} == {"failed"}


def test_every_format_is_named():
    """The page lists what is allowed by itself, and what is known and refused."""
    section = sections()["formats"]

    assert [word for word in get_args(FormatName) if f"`{word}`" not in section] == []
    assert set(DATA_FORMATS) < set(get_args(FormatName))
