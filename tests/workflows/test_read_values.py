"""Params and metrics from files that a training wrote."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from gitreg.errors import GitregError, NotFoundError, RecordError
from gitreg.workflows.running.read_values import read_metrics, read_params


def _file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "p.json",
            '{"lr": 1e-4, "deep": {"n": 12.50, "on": true}, "layers": [1, {"a": 2}], "none": null}'.replace(
                "012", "12"
            ),
        ),
        ("p.yaml", "lr: 1e-4\ndeep:\n  n: 12.50\n  on: true\nlayers: [1, {a: 2}]\nnone: null\n"),
    ],
)
def test_params_are_the_text_that_stands_there(tmp_path, name, content):
    """Nobody guesses that 12.50 means 12.5; nested names are joined by dots."""
    params = read_params(_file(tmp_path, name, content))

    assert params["lr"] == "1e-4"
    assert params["deep.n"] == "12.50"
    assert params["deep.on"] == "true"
    assert params["none"] == "null"
    assert params["layers"] == "[1, {a: 2}]"


def test_metrics_are_numbers_and_the_rest_is_named(tmp_path):
    """A report with words in it does not cost its numbers."""
    content = '{"auc": 0.93, "n": 5, "bad": NaN, "worse": -Infinity, "model": "lr", "list": [1], "ok": true, "no": null}'
    metrics, others = read_metrics(_file(tmp_path, "m.json", content))

    assert {key: value for key, value in metrics.items() if key != "bad"} == {
        "auc": 0.93,
        "n": 5.0,
        "worse": -math.inf,
    }
    assert math.isnan(metrics["bad"])
    assert others == ["model", "list", "ok", "no"]


def test_yaml_writes_its_own_infinities(tmp_path):
    """YAML 1.2, 10.3.2: .nan, .inf and -.inf."""
    metrics, _ = read_metrics(_file(tmp_path, "m.yaml", "a: .nan\nb: -.inf\nc: .INF\nd: 1.5\n"))

    assert math.isnan(metrics.pop("a"))
    assert metrics == {"b": -math.inf, "c": math.inf, "d": 1.5}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.json", "[1]"),
        ("p.json", "{"),
        ("p.json", ""),
        ("p.json", '{"a": 1, "a": 2}'),
        ("p.json", b"\xff"),
        ("p.json", "[" * 100_000),
        ("p.json", '{"a":' * 500 + "1" + "}" * 500),
        ("p.yaml", "- 1"),
        ("p.yaml", "a: &x 1\nb: *x\n"),
        ("p.yaml", "a: 1\na: 2\n"),
        ("p.yaml", "a: !!python/object:os.system x\n"),
        ("p.yaml", ""),
    ],
)
def test_what_is_no_mapping_of_values_is_refused_with_its_place(tmp_path, name, content):
    """Never a traceback, whatever stands in the file."""
    with pytest.raises(RecordError, match=rf"{name}:\d+:\d+: "):
        read_params(_file(tmp_path, name, content))


def test_a_file_that_is_not_there_says_so(tmp_path):
    """The command did not write it."""
    with pytest.raises(NotFoundError, match=r"m\.json is not there"):
        read_metrics(tmp_path / "m.json")


def test_a_file_without_end_is_not_read_to_its_end():
    """/dev/zero is larger than any metrics file."""
    with pytest.raises(GitregError, match="8 MiB"):
        read_params(Path("/dev/zero"))
