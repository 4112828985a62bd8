"""`gitreg list --plot`: drawn in the terminal's size, in ASCII where that is wanted, and never acting on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_calls import Gitreg

import gitreg as api


@pytest.fixture
def measured(gitreg: Gitreg) -> Gitreg:
    """Candidates over four decades of a param, one of them without it."""
    for lr, auc in (("0.00001", "0.5"), ("0.001", "0.7"), ("0.1", "0.9")):
        gitreg("log", "lab", "-p", f"lr={lr}", "-p", "layers=3", "-m", f"auc={auc}", "--no-code")
    gitreg("log", "lab", "-p", "lr=high", "-m", "auc=0.1", "--no-code")
    return gitreg


def test_metric_over_param(measured: Gitreg, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark for each candidate, on a logarithmic axis where the values span decades; what is not drawn is counted."""
    monkeypatch.setenv("COLUMNS", "70")

    said = measured("list", "-e", "lab", "--plot", "metrics.auc:params.lr")

    assert said.code == 0
    assert said.out.count(" *") == 3
    assert said.out.splitlines()[-2:] == ["  y: metrics.auc", "  x: params.lr (log)"]
    assert max(map(len, said.out.splitlines())) <= 70
    assert said.err == "1 of 4 candidates are not drawn, without numbers in metrics.auc and params.lr\n"


def test_no_escape_in_a_pipe_and_ascii_where_wanted(
    measured: Gitreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TERM=dumb, as in these tests, and NO_COLOR draw in ASCII."""
    assert measured("list", "--plot", "metrics.auc:params.lr").out.isascii()

    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" not in measured("list", "--plot", "metrics.auc:params.lr").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert measured("list", "--plot", "metrics.auc:params.lr").out.isascii()


def test_experiments_are_told_apart(measured: Gitreg) -> None:
    """By marks, which a legend names."""
    said = measured("list", "--plot", "metrics.auc:params.lr")

    assert said.out.splitlines()[-2:] == ["  * churn", "  + lab"]


@pytest.mark.parametrize(
    "spec",
    ["auc", "metrics.auc", "metrics.auc:", "nope:params.lr", "metrics.auc:name", "curve:", ":", "a\x1b:b"],
)
def test_what_is_no_plot_is_refused(gitreg: Gitreg, spec: str) -> None:
    """Before anything is read, with words that do not act."""
    said = gitreg("list", "--plot", spec)

    assert (said.code, said.out) == (2, "")
    assert "\x1b" not in said.err


def test_a_plot_has_no_other_form(gitreg: Gitreg) -> None:
    """Programs take the numbers."""
    assert gitreg("list", "--plot", "metrics.auc:params.lr", "--json").code == 2


def test_nothing_to_draw_is_said(gitreg: Gitreg) -> None:
    """Never 0 with nothing printed."""
    assert "nothing to draw" in gitreg("list", "--plot", "metrics.none:params.lr").err
    assert gitreg("list", "metrics.auc > 2", "--plot", "metrics.auc:params.lr").err == "no candidates match\n"


def test_curves_of_finished_and_running_candidates(gitreg: Gitreg, place: Path) -> None:
    """From the table of points, and from the journal; names that would act are shown."""
    gitreg(
        "log",
        "lab",
        "-n",
        "<b>[red]done",
        *(f"-mloss={1 / step}@{step}" for step in range(1, 30)),
        "--no-code",
    )
    with api.start("lab", name="at work", registry=place) as running:
        for step in range(1, 10):
            running.log_metric("loss", 0.5 / step, step=step)

        said = gitreg("list", "-e", "lab", "--plot", "curve:loss")

    assert said.code == 0, said.err
    assert "  x: step" in said.out
    assert [line.split()[2:] for line in said.out.splitlines()[-2:]] == [["at", "work"], ["<b>[red]done"]]
    assert said.out.isascii()


def test_one_point_and_equal_points_are_drawn(gitreg: Gitreg) -> None:
    """An axis without a span is no fault."""
    gitreg("log", "lab", "-p", "x=5", "-m", "y=5", "--no-code")
    gitreg("log", "lab", "-p", "x=5", "-m", "y=5", "--no-code")

    said = gitreg("list", "-e", "lab", "--plot", "metrics.y:params.x")

    assert (said.code, said.out.count("*")) == (0, 1)
