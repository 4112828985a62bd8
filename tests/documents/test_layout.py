"""Paths and refs, both ways."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import COMMON, GATED, WHOLE
from record_strategies import ids, slugs, stages, versions

from gitreg.documents import layout, places
from gitreg.documents.layout import TagIdentity, kind_of, misplaced, parse_tag
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Roles, Root
from gitreg.domain.version import VersionNumber

ID = "7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4"
NUMBERS = st.integers(1, 999_999_999)
V = VersionNumber.parse("1.2.0")
TAGS = {
    "refs/tags/model/churn/v1.2.0": layout.version_tag("churn", V),
    "refs/tags/stage/churn/production/17": layout.stage_tag("churn", "production", 17),
    "refs/tags/retire/churn/v1.2.0": layout.retire_tag("churn", V),
    "refs/tags/resign/churn/v1.2.0/1": layout.resign_tag("churn", V, 1),
    "refs/tags/approve/churn/0123456789abcdef/ada": layout.approve_tag("churn", "0123456789abcdef", "ada"),
}
BRANCHES = {
    "refs/heads/gitreg/promote/churn/v1.2.0": layout.promote_branch("churn", V),
    "refs/heads/gitreg/assign/churn/production": layout.assign_branch("churn", "production"),
    "refs/heads/gitreg/retire/churn/v1.2.0": layout.retire_branch("churn", V),
    "refs/heads/gitreg/trust/2": layout.trust_branch(2),
}


@given(slugs, ids)
def test_candidate_path_names_its_candidate(experiment, candidate):
    """`candidate_of(candidate_path(...))` is the candidate; its other files are not its record."""
    assert places.candidate_of(places.candidate_path(experiment, candidate)) == (experiment, candidate)
    assert places.candidate_file_of(places.candidate_manifest_path(experiment, candidate)) == (
        experiment,
        candidate,
        "sha256",
    )
    assert places.candidate_file_of(places.candidate_dvc_path(experiment, candidate)) == (
        experiment,
        candidate,
        "dvc",
    )
    assert places.candidate_of(places.candidate_dvc_path(experiment, candidate)) is None


@given(slugs, versions, NUMBERS)
def test_model_paths_name_their_things(model, version, number):
    """Every path of a model is read back."""
    assert layout.version_of(layout.version_path(model, version)) == (model, version)
    assert layout.version_file_of(layout.version_card_path(model, version)) == (model, version, "README.md")
    assert places.model_of(places.model_path(model)) == model
    assert places.number_of(places.number_path(model, number)) == (model, number)
    assert places.experiment_of(places.experiment_path(model)) == model


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("gitreg.yaml", RegistrySettings),
        (".gitreg/trust/roles.yaml", Roles),
        (".gitreg/trust/root.yaml", Root),
        (".gitreg/trust/history/3/root.yaml", Root),
        ("experiments/churn/experiment.yaml", Experiment),
        (f"experiments/churn/candidates/7f/{ID}.yaml", Candidate),
        ("models/churn/model.yaml", Model),
        ("models/churn/versions/1.2.0/version.yaml", ModelVersion),
        ("models/churn/versions/1.2.0-rc.1/candidate.yaml", Candidate),
        ("models/churn/versions/1.2.0/artifacts.sha256", None),
        (f"experiments/churn/candidates/7f/{ID}.dvc", None),
        (f"experiments/churn/candidates/7e/{ID}.yaml", None),
        (f"experiments/churn/candidates/7f/{ID}.yaml\n", None),
        (f"./experiments/churn/candidates/7f/{ID}.yaml", None),
        (f"experiments/a..b/candidates/7f/{ID}.yaml", None),
        ("experiments/Churn/experiment.yaml", None),
        ("experiments/con/experiment.yaml", None),
        ("models/churn.lock/model.yaml", None),
        ("models/churn/versions/1.2/version.yaml", None),
        ("models/churn/versions/../version.yaml", None),
        ("models/churn/versions/01.2.0/version.yaml", None),
        ("models/churn/numbers/0", None),
        (".gitreg/trust/history/0/root.yaml", None),
        ("gitreg.yaml/", None),
        ("", None),
    ],
)  # fmt: skip
def test_kind_of_path(path, kind):
    """A path is exactly what gitreg writes, or none of gitreg's."""
    assert kind_of(path) is kind


@pytest.mark.parametrize(("ref", "made"), (TAGS | BRANCHES).items())
def test_refs_are_as_documented(ref, made):
    """The names are the contract with people who read without gitreg."""
    assert made == ref


@given(slugs, versions, stages, NUMBERS, slugs, st.text("0123456789abcdef", min_size=16, max_size=16))
def test_tags_are_read_back(model, version, stage, number, person, digits):
    """`parse_tag(identity.ref) == identity`."""
    for identity in (
        TagIdentity("release", model, version=version),
        TagIdentity("stage", model, stage=stage, number=number),
        TagIdentity("retire", model, version=version),
        TagIdentity("resign", model, version=version, number=number),
        TagIdentity("approve", model, statement=digits, person=person),
    ):
        assert parse_tag(identity.ref) == identity


@given(st.from_regex(layout._TAG, fullmatch=True))
def test_a_tag_has_one_name(ref):
    """Whatever is read as a tag of gitreg is written with the same name."""
    identity = parse_tag(ref)

    assert identity is None or identity.ref == ref


@pytest.mark.parametrize(
    "ref",
    [
        "model/churn/v1.2.0", "refs/tags/model/churn/1.2.0", "refs/tags/model/churn/v1.2", "refs/tags/model/churn/v1.2.0/x", "refs/tags/model/churn/v1.2.0\n",
        "refs/tags/model/Churn/v1.2.0", "refs/tags/model/a..b/v1.2.0", "refs/tags/model/churn/v1.2.0+b", "refs/tags/model/churn/v1.2.0-a.lock", "refs/tags/stage/churn/latest/1",
        "refs/tags/stage/churn/production/0", "refs/tags/stage/churn/production/01", "refs/tags/stage/churn/production/-1", "refs/tags/stage/churn/production",
        "refs/tags/resign/churn/v1.2.0", "refs/tags/approve/churn/0123/ada", "refs/tags/approve/churn/0123456789ABCDEF/ada", "refs/tags/approve/churn/0123456789abcdef/Ada",
        "refs/heads/model/churn/v1.2.0", "refs/tags/v1.2.0", "",
    ],
)  # fmt: skip
def test_other_refs_are_none_of_gitreg(ref):
    """Full names, matched whole."""
    assert parse_tag(ref) is None


@pytest.mark.parametrize("ref", [*TAGS, *BRANCHES])
def test_git_accepts_the_names(ref):
    """`git check-ref-format` has the last word."""
    subprocess.run(["git", "check-ref-format", ref], check=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: places.candidate_path("../x", ID),
        lambda: places.candidate_path("churn", "7f"),
        lambda: places.model_path("a/b"),
        lambda: places.number_path("churn", 0),
        lambda: layout.stage_tag("churn", "none", 1),
        lambda: layout.approve_tag("churn", "xyz", "ada"),
        lambda: layout.version_folder("churn", VersionNumber(1, 2, 3, "../..")),
        lambda: layout.version_tag("churn", VersionNumber(1, 2, 3, "a.lock")),
        lambda: layout.promote_branch("churn", VersionNumber(1, 2, 3, "a b")),
    ],
)
def test_bad_names_make_no_path(make):
    """No path or ref is ever made of a name that was not checked."""
    with pytest.raises(ValueError):  # noqa: PT011 - many sentences, one truth
        make()


@given(slugs, ids, versions)
def test_records_know_their_place(slug, identifier, version):
    """A record lives where its own names say, and nowhere else; what else it holds does not matter."""
    for record, place, other in (
        (
            COMMON.model_copy(update={"experiment": slug, "id": identifier}),
            places.candidate_path(slug, identifier),
            f"experiments/elsewhere/candidates/7f/{ID}.yaml",
        ),
        (
            WHOLE.model_copy(update={"slug": slug}),
            places.experiment_path(slug),
            "experiments/elsewhere/experiment.yaml",
        ),
        (
            GATED.model_copy(update={"model": slug, "version": version}),
            layout.version_path(slug, version),
            "models/elsewhere/versions/1.2.0/version.yaml",
        ),
    ):
        assert misplaced(record, place) is None
        assert "it says that it lives at" in misplaced(record, other)


@given(slugs)
def test_a_model_is_no_experiment(slug):
    """A record of another kind is misplaced, whatever it is called."""
    model = Model(slug=slug, name=slug)

    assert misplaced(model, places.model_path(slug)) is None
    assert (
        misplaced(model, places.experiment_path(slug))
        == f"no Model lives at experiments/{slug}/experiment.yaml"
    )
