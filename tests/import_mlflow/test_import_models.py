"""Registered models become models of the registry: numbers, aliases and stages stay, gates are asked, policy is kept."""

from __future__ import annotations

import pytest
from mlruns_maker import START, put

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.gate import ThresholdGate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.workflows.import_mlflow.choosing import Choice
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.validating.validate import validate_registry
from gitreg.workflows.versions.due import due
from gitreg.workflows.versions.promote import PromoteOptions, promote


@pytest.fixture
def trained(runs):
    """An experiment with a run that logged a model."""
    runs.experiment()
    runs.run(files={"model/MLmodel": "x", "model/data/w.bin": "weights", "plot.png": "p"})
    return runs


def model_of(desk, slug="churn") -> Model:
    return desk.registry.accepted.record(Model, places.model_path(slug))


def version_of(desk, version, slug="churn") -> ModelVersion:
    return desk.registry.accepted.record(
        ModelVersion, layout.version_path(slug, VersionNumber.parse(version))
    )


def settle(desk, **settings) -> None:
    """Changes the registry's settings, as a review would."""
    desk.commit({places.REGISTRY: write(desk.registry.settings.model_copy(update=settings))})


def counts(report, kind="versions"):
    return {state: number for (one, state), number in report.counts.items() if one == kind and number}


def test_a_model_comes_with_its_versions(bring, trained, desk):
    """Words, times, tags, numbers; each version with the part of the run's artifacts that was registered."""
    trained.model(tags={"team": "growth"})
    trained.version(1, tags={"k": "v"})

    report = bring()

    model, version = model_of(desk), version_of(desk, "1.0.0")
    assert (model.name, model.description, model.tags) == ("churn", "what it is for", {"team": "growth"})
    assert model.created.timestamp() * 1000 == START
    assert (version.number, version.description, version.tags["k"]) == (1, "number 1", "v")
    assert (version.candidate.id, version.run) == (f"{1:032x}", f"{1:032x}")
    listed = desk.git("show", "main:models/churn/versions/1.0.0/artifacts.sha256")
    assert [line.split("  ")[1] for line in listed.splitlines()] == ["MLmodel", "data/w.bin"]
    assert (counts(report), report.notices) == ({"new": 1}, [])
    assert validate_registry(desk.registry).findings == ()


def test_numbers_stay_also_behind_gaps(bring, trained, desk):
    """Deleted versions leave numbers that nobody has."""
    trained.model()
    for number in (2, 3, 7):
        trained.version(number)

    bring()

    assert desk.git("ls-tree", "--name-only", "main:models/churn/numbers").split() == ["2", "3", "7"]
    assert [version_of(desk, one).number for one in ("1.0.0", "1.1.0", "1.2.0")] == [2, 3, 7]


def test_one_commit_brings_a_model(bring, trained, desk):
    """With all its versions."""
    trained.model()
    for number in range(1, 6):
        trained.version(number)
    before = desk.tip()

    bring()

    assert desk.git("rev-list", "--count", f"{before}..main") == "1"


@pytest.mark.parametrize("tag", ["gitreg.version", "gitlab.version"])
def test_a_tag_gives_the_semantic_version(bring, trained, desk, tag):
    """Where it may be had: a lower one, or none, gives the next."""
    trained.model()
    trained.version(1, tags={tag: "2.1.0"})
    trained.version(2, tags={tag: "1.0.0"})
    trained.version(3, tags={tag: "nonsense"})

    bring()

    assert [version_of(desk, one).number for one in ("2.1.0", "2.2.0", "2.3.0")] == [1, 2, 3]


def test_aliases_and_mlflows_stages_come(bring, trained, desk):
    """An alias that is a stage of the registry does not: only a signature puts a version there."""
    trained.model(aliases={"champion": 2, "production": 1, "latest": 1, "lost": 9})
    trained.version(1, current_stage="Archived")
    trained.version(2)

    report = bring()

    model = model_of(desk)
    assert {alias: str(version) for alias, version in model.aliases.items()} == {"champion": "1.1.0"}
    assert model.annotations[VersionNumber.parse("1.0.0")].stage == "Archived"
    told = "\n".join(report.notices)
    assert "gitreg assign churn@1.0.0 production" in told
    assert "latest" in told
    assert "lost" in told


def test_a_second_import_makes_nothing(bring, trained, desk):
    """And a version that is new at the source comes with its number."""
    trained.model(aliases={"champion": 1})
    trained.version(1)
    bring()
    before = desk.tip()
    assert counts(bring()) == {"there": 1}
    assert desk.tip() == before

    trained.version(2)

    assert counts(bring()) == {"there": 1, "new": 1}
    assert version_of(desk, "1.1.0").number == 2


def test_a_version_that_changed_at_the_source_is_told(bring, trained):
    """A version of the registry is final."""
    trained.model()
    trained.version(1)
    bring()
    trained.version(1, description="other words")

    report = bring()

    assert (counts(report), "final" in report.notices[0]) == ({"changed": 1}, True)


def test_a_number_that_is_taken_gives_the_next_one(bring, trained, desk):
    """And a tag says which it was, so that a second import finds it."""
    trained.model()
    trained.version(1)
    bring()
    record = version_of(desk, "1.0.0")
    foreign = record.model_copy(update={"tags": {}})
    desk.commit({layout.version_path("churn", record.version): write(foreign)})

    report = bring()

    assert counts(report) == {"new": 1}
    assert (version_of(desk, "1.1.0").number, version_of(desk, "1.1.0").tags["gitreg.import.number"]) == (
        2,
        "1",
    )
    assert counts(bring()) == {"there": 1}


def test_a_version_of_a_logged_model(bring, trained, desk):
    """As MLflow 3 registers them."""
    id_ = "m-" + "cd" * 16
    trained.logged_model(id_, files={"MLmodel": "y"})
    trained.model()
    trained.version(1, source=f"models:/{id_}", model_id=id_)

    bring()

    version = version_of(desk, "1.0.0")
    assert (version.logged_model, version.artifacts.files, version.candidate.id) == (
        "cd" * 16,
        1,
        f"{1:032x}",
    )


@pytest.mark.parametrize(
    "source", ["s3://bucket/model", "file:///etc", "runs:/other/model", "file:///x/../../etc"]
)
def test_a_version_from_elsewhere_comes_without_artifacts(bring, trained, desk, source):
    """Which is told; nothing is read there."""
    trained.model()
    trained.version(1, source=source, run_id="other" if "other" in source else None)

    report = bring()

    version = version_of(desk, "1.0.0")
    assert (version.artifacts, version.candidate, version.source) == (None, None, source)
    assert any("without artifacts" in one for one in report.notices)


def test_a_version_that_is_not_ready_is_left_out(bring, trained):
    """There is nothing in it."""
    trained.model()
    trained.version(1, status="FAILED_REGISTRATION")

    assert counts(bring()) == {"left out": 1}


def test_a_broken_version_is_left_out_alone(bring, trained, desk):
    """The others come."""
    trained.model()
    trained.version(1)
    put(trained.version(2) / "meta.yaml", "- nothing\n")

    report = bring()

    assert counts(report) == {"new": 1, "left out": 1}


def test_gates_are_asked(bring, trained, desk):
    """An import is no way around them."""
    gate = ThresholdGate(kind="threshold", metric="auc", at_least=0.9)
    settle(desk, gates=[gate])
    trained.run(2, metrics={"auc": f"{START} 0.95 0\n"}, files={"model/MLmodel": "z"})
    trained.model()
    trained.version(1)
    trained.version(2, source=f"runs:/{2:032x}/model", run_id=f"{2:032x}")

    report = bring()

    assert counts(report) == {"new": 1, "left out": 1}
    assert any("version 1" in one and "auc" in one for one in report.notices)
    assert version_of(desk, "1.0.0").number == 2
    assert [one.kind for one in version_of(desk, "1.0.0").gates] == ["threshold"]


def test_a_registry_that_reviews_versions_gets_one_proposal(bring, trained, desk):
    """With all models of the source; until it is accepted nothing is, a second import changes nothing, and none is to be signed unasked."""
    settle(desk, registration="proposal")
    for name in ("churn", "fraud"):
        trained.model(name, aliases={"champion": 1})
        trained.version(1, model=name)
    before = desk.tip()

    report = bring()

    (branch,) = desk.git("for-each-ref", "--format=%(refname)", "refs/heads/gitreg/import").split()
    tip = desk.tip(branch)
    assert (counts(report), report.is_whole, desk.tip()) == ({"new": 2}, True, before)
    assert branch.removeprefix("refs/heads/") in report.notices[0]
    assert (counts(bring()), desk.tip(branch)) == ({"there": 2}, tip)
    desk.git("merge", "-q", branch)
    assert {slug: str(model_of(desk, slug).aliases["champion"]) for slug in ("churn", "fraud")} == {"churn": "1.0.0", "fraud": "1.0.0"}  # fmt: skip
    assert (counts(bring()), desk.git("rev-parse", branch).strip()) == ({"there": 2}, str(tip))
    assert due(desk.registry) == []
    assert validate_registry(desk.registry).findings == ()


def test_a_number_that_a_proposal_claims_is_not_taken(bring, trained, desk):
    """Else one of them could not be accepted."""
    trained.model()
    trained.version(1)
    bring(Choice(models=False))
    promoted = promote(desk.registry, f"{1:032x}", PromoteOptions("churn", artifact="model"), desk.author)

    bring()

    assert (promoted.version.number, version_of(desk, "1.1.0").number) == (1, 2)


def test_a_stage_of_the_registry_is_told_and_not_set(bring, trained, desk):
    """However MLflow writes it; what is none of the registry's comes, and follows the source when that is asked for."""
    trained.model(aliases={"champion": 1})
    trained.version(1, current_stage="Production")
    trained.version(2, current_stage="Archived")
    told = "version 1 of model churn is in Production there: it is a stage of this registry: gitreg assign churn@1.0.0 production"
    assert told in bring().notices
    trained.model(aliases={"champion": 2})
    trained.version(2, current_stage="None")

    kept = model_of(desk)
    bring(Choice(update=True))

    assert list(kept.annotations) == [VersionNumber.parse("1.1.0")]
    assert model_of(desk).said_of(VersionNumber.parse("1.1.0")).stage == ""
    assert str(model_of(desk).aliases["champion"]) == "1.1.0"


def test_a_rehearsal_tells_what_would_come_without_artifacts(bring, trained):
    """A version that came without them stays so: it is final."""
    trained.model()
    trained.version(1)
    trained.version(2, source="s3://bucket/model", run_id="")
    trained.version(3, source=f"runs:/{9:032x}/model", run_id=f"{9:032x}")
    trained.run(2, artifact_uri="s3://bucket/2/artifacts")

    told = bring(dry=True).notices

    assert [line.partition(" without")[0] for line in told[1:]] == [
        "version 2 of model churn would come", "version 3 of model churn would come",
    ]  # fmt: skip
    assert told[0].startswith(f"artifact s3://bucket/2/artifacts of run {2:032x}")


def test_prompts_come_whatever_gates_ask_for(bring, trained, desk):
    """They are text, and have no artifacts that anybody could look at."""
    settle(desk, gates=[ThresholdGate(kind="threshold", metric="auc", at_least=0.9)])
    trained.model(tags={"mlflow.prompt.is_prompt": "true"})
    trained.version(1, source="prompt-template", run_id=None, tags={"mlflow.prompt.text": "Say {{word}}"})

    report = bring()

    assert (counts(report), report.notices) == ({"new": 1}, [])


def test_a_rehearsal_makes_no_model(bring, trained, desk):
    """It counts models and versions."""
    trained.model()
    trained.version(1)
    before = desk.tip()

    report = bring(dry=True)

    assert (counts(report), counts(report, "models"), desk.tip()) == ({"new": 1}, {"new": 1}, before)


def test_models_stay_where_nobody_asked_for_them(bring, trained, desk):
    """Only runs, then."""
    trained.model()

    bring(Choice(models=False))

    assert model_of(desk) is None


def test_a_shared_registry_gets_content_before_versions(bring, trained, desk):
    """Candidates and artifacts are published, then the version is, and a fresh clone has all of it."""
    remote = desk.share()
    trained.model()
    trained.version(1)

    report = bring()

    assert (counts(report), report.notices) == ({"new": 1}, [])
    assert desk.tip("refs/heads/main", remote) == desk.tip("refs/remotes/origin/main")
    assert "models/churn/versions/1.0.0/version.yaml" in desk.git(
        "ls-tree", "-r", "--name-only", "main", at=remote
    )
    assert f"{1:032x}.yaml" in desk.git("ls-tree", "-r", "--name-only", CANDIDATES, at=remote)
    assert desk.registry.cache.unpushed_objects() == []
