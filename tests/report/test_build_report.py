"""What a report holds: of a proposal against what serves, of a first version, and of what cannot be looked at."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
from desk import Desk
from reviewing import NEW_FILES, first, second

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.candidate import Code, DataSource
from gitreg.domain.gate import FormatsGate, ThresholdGate
from gitreg.domain.trust import Permission, Roles
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError, RecordError, UsageError, VerificationError
from gitreg.workflows.candidates.compare import Row
from gitreg.workflows.report import Report, build_report
from gitreg.workflows.report.values import Metric
from gitreg.workflows.versions.check_gates import check_gates

BRANCH = "refs/heads/gitreg/promote/churn/v1.1.0"


def test_gates_say_what_check_says(review: Desk, report: Report) -> None:
    """There is one judge."""
    assert report.checked == check_gates(review.registry, "churn!1.1.0")
    assert report.failed == 0


@pytest.mark.parametrize("reference", ["gitreg/promote/churn/v1.1.0", BRANCH])
def test_a_proposal_is_named_by_its_branch_too(review: Desk, report: Report, reference: str) -> None:
    """As a CI job knows it."""
    assert build_report(review.registry, reference) == report


def test_metrics_that_changed_come_first_with_their_direction(report: Report) -> None:
    """Those with a goal before those without; what is the same comes last."""
    told = [(one.name, one.verdict) for one in report.metrics]

    assert told == [
        ("auc", "worse"),
        ("loss", "better"),
        ("recall", None),
        ("strange", None),
        ("latency_ms", None),
    ]
    assert report.metrics[0].change == pytest.approx(-0.01)
    assert report.metrics[0].relative == pytest.approx(-0.01 / 0.91)


def test_params_and_data_that_differ_are_told(report: Report) -> None:
    """What is the same in both is nobody's business in a review."""
    assert [(row.field, row.values) for row in report.params] == [
        ("lr", ("0.1", "0.05")),
        ("seed", (None, "1")),
    ]
    assert report.data == ()


def test_files_are_compared_by_their_digests(report: Report) -> None:
    """Changed, new and removed ones before those that are the same; formats by content."""
    rows = {row.path: (row.state, row.size, row.formats) for row in report.files.rows}

    assert rows == {
        "model.bin": ("changed", 1600, ("text",)), "new/labels.json": ("new", 3, ("json",)),
        "old.json": ("removed", None, ()), "vocabulary.txt": ("same", 8, ("text",)),
    }  # fmt: skip
    assert list(rows) == ["model.bin", "new/labels.json", "old.json", "vocabulary.txt"]
    assert report.files.size == sum(map(len, NEW_FILES.values()))


def test_what_would_be_signed_is_told_with_who_may(report: Report) -> None:
    """The release, which a gate asks an approval for, then the stage by the next number of its chain."""
    told = [(one.tag, one.by, one.threshold, one.approvals) for one in report.signing]

    assert told == [("model/churn/v1.1.0", ("ada",), 1, 1), ("stage/churn/production/2", ("ada",), 1, 0)]


def test_curves_stand_beside_those_of_the_current_version(report: Report) -> None:
    """The new one first; what is no number is not drawn."""
    told = {plot.y: [(one.name, len(one.xs)) for one in plot.series] for plot in report.curves.plots}

    assert told == {"loss": [("churn 1.1.0", 60), ("churn 1.0.0", 60)], "recall": [("churn 1.1.0", 3)]}


def test_a_released_version_is_reported_by_what_came_before(review: Desk) -> None:
    """Nothing is left to sign, and the first version has nothing to be compared with."""
    made = build_report(review.registry, "churn@1.0.0")

    assert (made.subject.state, made.current, made.signing) == ("released", None, ())
    assert made.subject.stages == ("production",)
    assert made.commands[0][0] == "gitreg verify churn@1.0.0"


@pytest.mark.parametrize(
    "reference",
    [
        "churn/best",
        "churn@production",
        "gitreg/assign/churn/production",
        "@",
        "gitreg/promote/",
        "gitreg/promote/churn/v",
        "gitreg/promote/../../v1.0.0",
        "gitreg/promote/churn/v1.1.0/x",
        "refs/heads/gitreg/promote/$(x)/v1.0.0",
        "gitreg/promote/churn/v1.1",
        "-x",
        "a\nb!1.0.0",
        "!",
    ],
)
def test_other_references_are_refused(review: Desk, reference: str) -> None:
    """A report is of a version that somebody proposes or proposed."""
    with pytest.raises(UsageError):
        build_report(review.registry, reference)


@pytest.mark.parametrize("reference", ["churn!9.9.9", "churn@9.9.9", "other!1.0.0"])
def test_what_is_not_there_is_not_found(review: Desk, reference: str) -> None:
    """Proposals and versions alike."""
    with pytest.raises(NotFoundError):
        build_report(review.registry, reference)


def test_a_first_version_says_so(desk: Desk) -> None:
    """All of its params, metrics and files are told."""
    desk.promote(first(desk))

    made = build_report(desk.registry, "churn!1.0.0")

    assert made.current is None
    assert {row.field for row in made.params} == {"lr", "depth"}
    assert {row.state for row in made.files.rows} == {"new"}
    assert all(one.current is None for one in made.metrics)


def test_without_a_stage_the_latest_release_is_the_measure(desk: Desk) -> None:
    """Production is empty, and the proposal asks for no stage."""
    desk.promote(first(desk))
    desk.accept()
    desk.promote(second(desk))

    made = build_report(desk.registry, "churn!1.1.0")

    assert made.current is not None
    assert (str(made.current.version), made.current.why) == ("churn 1.0.0", "the latest release")


def test_the_stage_that_it_is_put_into_is_the_measure(desk: Desk) -> None:
    """1.0.0 is in production, 1.1.0 in staging, and 1.2.0 is proposed for staging."""
    for stage in ("production", "staging"):
        desk.promote(first(desk), stage=stage)
        desk.accept()
    desk.promote(second(desk), stage="staging")

    made = build_report(desk.registry, "churn!1.2.0")

    assert made.current is not None
    assert (str(made.current.version), made.current.why) == ("churn 1.1.0", "now in staging")


def test_failing_gates_are_reported_like_others(desk: Desk) -> None:
    """What was accepted after the proposal was made judges it."""
    desk.promote(first(desk))
    gate = ThresholdGate(kind="threshold", metric="auc", at_least=0.99)
    settings = desk.registry.rules.model_copy(update={"gates": [gate]})
    desk.commit({places.REGISTRY: write(settings)})

    made = build_report(desk.registry, "churn!1.0.0")

    assert [one.kind for one in made.checked.results if one.result == "failed"] == ["threshold", "threshold"]


def test_files_and_curves_that_are_nowhere_are_left_out(desk: Desk) -> None:
    """A storage that is away is no reason not to review."""
    desk.promote(first(desk))
    shutil.rmtree(Path(f"{desk.path}-store"))
    for cache in desk.path.glob(".dvc/cache"):
        shutil.rmtree(cache)

    made = build_report(desk.registry, "churn!1.0.0")

    assert [row.size for row in made.files.rows] == [None] * 3
    assert made.curves.plots == ()
    assert [note.partition(":")[0] for note in made.notes] == [
        "sizes and formats of files could not be looked at", "the curves of churn 1.0.0 are left out",
    ]  # fmt: skip


def test_what_gates_must_look_at_is_no_curve(desk: Desk) -> None:
    """Where files are nowhere that a gate asks about, nobody can say what the gates say."""
    candidate = first(desk)
    desk.promote(candidate)
    settings = desk.registry.rules.model_copy(
        update={"gates": [FormatsGate(kind="formats", allow=["text", "json"])]}
    )
    desk.commit({places.REGISTRY: write(settings)})
    shutil.rmtree(Path(f"{desk.path}-store"))
    for cache in desk.path.glob(".dvc/cache"):
        shutil.rmtree(cache)

    with pytest.raises(VerificationError):
        build_report(desk.registry, "churn!1.0.0")


def test_what_a_reviewer_must_not_overlook_is_warned_of(desk: Desk) -> None:
    """Code beside the commit, data without a digest, other files, a version that was accepted, the model's own gates."""
    desk.promote(first(desk))
    desk.accept()
    dirty = Code(commit="c" * 40, dirty=True)
    desk.promote(second(desk, code=dirty, data=[DataSource(name="web", uri="https://data.example.com")]))
    weaker = desk.model().model_copy(
        update={"gates": [ThresholdGate(kind="threshold", metric="auc", at_least=0.1)]}
    )
    old = layout.version_path("churn", VersionNumber(1, 0, 0))
    desk.commit(
        {"gitreg.md": b"x", places.model_path("churn"): write(weaker), old: desk.read(old) + b"# x\n"}, BRANCH
    )

    made = build_report(desk.registry, "churn!1.1.0")

    assert made.warnings == (
        "it changes more than a promotion does: gitreg.md",
        f"it changes accepted versions, which are final: {old}",
        "it changes the model's gates; it was judged by the accepted ones",
        "the code was not only the commit: .gitreg/code.patch among the candidate's artifacts holds the rest",
        "data without a digest: web",
    )


def test_a_proposal_that_does_not_fit_is_reported_all_the_same(desk: Desk) -> None:
    """The accepted branch has another version of that number by now."""
    candidate = first(desk)
    desk.promote(candidate)
    path = layout.version_path("churn", VersionNumber(1, 0, 0))
    desk.commit({path: desk.read(path, BRANCH.replace("1.1.0", "1.0.0")) + b"# other\n"})

    made = build_report(desk.registry, "churn!1.0.0")

    assert made.warnings[0].startswith("it does not fit what was accepted meanwhile: ")


def test_a_manifest_that_is_another_one_is_no_report(desk: Desk) -> None:
    """What a reviewer would be shown is not what would be signed."""
    desk.promote(first(desk))
    path = layout.version_manifest_path("churn", VersionNumber(1, 0, 0))
    desk.commit({path: b""}, BRANCH.replace("1.1.0", "1.0.0"))

    with pytest.raises(RecordError):
        build_report(desk.registry, "churn!1.0.0")


def test_roles_that_ask_for_more_people_are_told(desk: Desk) -> None:
    """Nobody else may sign, whatever the proposal itself says of roles."""
    desk.promote(first(desk), stage="staging")
    roles = desk.registry.accepted.record(Roles, places.ROLES)
    assert roles is not None
    two = roles.model_copy(
        update={"people": roles.people | {"bot": roles.people["ada"].model_copy(update={"machine": True})}}
    )
    both = Permission(by=["ada", "bot"], threshold=2)
    role = roles.roles["default"].model_copy(update={"release": both, "assign": {}})
    desk.commit({places.ROLES: write(two.model_copy(update={"roles": {"default": role}}))})

    release, assign = build_report(desk.registry, "churn!1.0.0").signing

    assert (release.by, release.machines, release.threshold, release.needs_approval) == (
        ("ada", "bot"),
        ("bot",),
        2,
        True,
    )
    assert assign.by == ()


@pytest.mark.parametrize(
    ("before", "now", "change", "relative", "verdict"),
    [
        (0.5, 0.75, 0.25, 0.5, "better"), (-2.0, -1.0, 1.0, 0.5, "better"), (0.0, 1.0, 1.0, None, "better"),
        (1.0, math.inf, math.inf, None, "better"), (math.inf, 1.0, -math.inf, None, "worse"), (math.nan, 1.0, None, None, None),
        (1.0, math.nan, None, None, None), (None, 1.0, None, None, None), (1.0, None, None, None, None), (1.0, 1.0, None, None, None),
    ],
)  # fmt: skip
def test_a_change_is_told_where_there_is_one(
    before: float | None, now: float | None, change: float | None, relative: float | None, verdict: str | None
) -> None:
    """Nothing is made up of what is no number, or of nothing."""
    metric = Metric("auc", Row("auc", (before, now), "maximize"))

    assert (metric.change, metric.relative, metric.verdict) == (change, relative, verdict)
