"""Promotion: what may become a version, what the proposal holds, and what happens when it is asked for again."""

from __future__ import annotations

import pytest

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.gate import NoRegressionGate, ThresholdGate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.version import VersionNumber
from gitreg.errors import (
    AlreadyThereError,
    AnswerIsNoError,
    GateError,
    NotFoundError,
    RecordError,
    UsageError,
)
from gitreg.workflows.candidates.edit_candidate import delete_candidate, restore_candidate, tag_candidate
from gitreg.workflows.proposing import proposals
from gitreg.workflows.versions.promote import PromoteOptions, promote
from gitreg.workflows.versions.stages import retire

V1, V2 = VersionNumber(1, 0, 0), VersionNumber(1, 1, 0)


def branch(version="1.0.0", model="churn"):
    return f"refs/heads/gitreg/promote/{model}/v{version}"


def with_gates(desk, *gates, **model):
    desk.commit(
        {places.model_path("churn"): write(Model(slug="churn", name="churn", gates=list(gates), **model))}
    )
    desk.git("reset", "-q", "--hard")


def test_a_proposal_holds_the_whole_version(desk):
    """Record, candidate, manifest, DVC file, card, claimed number and the new model are in one commit on the accepted tip."""
    candidate = desk.log()

    desk.promote(candidate)

    changed = desk.git("diff", "--name-only", "main", branch()).splitlines()
    folder = "models/churn/versions/1.0.0"
    assert changed == [
        "models/churn/model.yaml", "models/churn/numbers/1", f"{folder}/README.md", f"{folder}/artifacts.dvc",
        f"{folder}/artifacts.sha256", f"{folder}/candidate.yaml", f"{folder}/version.yaml",
    ]  # fmt: skip
    assert desk.git("rev-parse", f"{branch()}^") == desk.tip()


def test_the_candidate_is_copied_byte_for_byte(desk):
    """candidate.yaml is the blob of the candidate branch, and the version names its sha256."""
    candidate = desk.log()

    promoted = desk.promote(candidate)

    kept = desk.read(layout.version_candidate_path("churn", V1), branch())
    assert kept == desk.read(places.candidate_path("churn", candidate.id), "gitreg/candidates")
    assert promoted.version.candidate.record == Digest.of(kept)


def test_a_proposal_leaves_the_work_tree_alone(desk):
    """Nothing of the user's changes: not the files, the index, the branch."""
    candidate = desk.log()
    (desk.path / "train.py").write_text("print('changed')\n")
    before = desk.state()

    desk.promote(candidate)

    assert desk.state() == before


def test_artifact_bytes_are_stored_before_the_branch(desk):
    """What is proposed can be pulled: the storage has every byte then."""
    candidate = desk.log()
    assert desk.registry.cache.unpushed_objects()

    desk.promote(candidate)

    assert not desk.registry.cache.unpushed_objects()


def test_the_same_promotion_twice_finds_the_first(desk):
    """Run again, it finds the proposal that it made, and nothing moves."""
    candidate = desk.log()
    first = desk.promote(candidate)
    tip = desk.tip(branch())

    second = desk.promote(candidate)

    assert (first.found, second.found) == (False, True)
    assert second.version == first.version
    assert desk.tip(branch()) == tip


def test_a_proposal_stays_when_other_things_are_accepted(desk):
    """A merge elsewhere does not make a new proposal out of one that still fits."""
    candidate = desk.log()
    desk.promote(candidate)
    tip = desk.tip(branch())
    desk.commit({"other.txt": b"other\n"})

    again = desk.promote(candidate)

    assert again.found
    assert desk.tip(branch()) == tip


@pytest.mark.parametrize(
    "change", [{"stage": "production"}, {"description": "new"}, {"artifact": "model.bin"}]
)
def test_the_same_promotion_with_other_words_changes_the_proposal(desk, change):
    """What is asked for now is what is proposed, under the same version."""
    candidate = desk.log(artifacts={"model.bin": b"1", "notes.txt": b"2"})
    desk.promote(candidate)

    again = desk.promote(candidate, **change)

    assert not again.found
    assert again.version.version == V1
    assert len(proposals.open_proposals(desk.registry)) == 1


def test_a_changed_candidate_is_proposed_as_it_is_now(desk):
    """Tags added since the first proposal are in the record that is proposed."""
    candidate = desk.log()
    desk.promote(candidate)
    tag_candidate(desk.registry, candidate.id, {"team": "growth"}, desk.author)

    desk.promote(candidate)

    assert b"team: growth" in desk.read(layout.version_candidate_path("churn", V1), branch())


def test_a_claimed_number_is_claimed_anew(desk):
    """Two proposals claim number 1: the second does not merge, and the same promotion again takes number 2."""
    one, two = desk.log(), desk.log()
    desk.promote(one)
    second = desk.promote(two)
    assert second.version.number == 1
    registry = desk.registry
    proposals.merge(registry, proposals.find_proposal(registry, branch("1.0.0")), desk.author)

    again = desk.promote(two)

    assert (again.version.version, again.version.number, again.found) == (V2, 2, False)
    assert again.version.created == second.version.created
    assert "model/churn/v1.1.0" in desk.accept()


def test_a_version_takes_the_next_number_by_bump(desk):
    """The highest version goes up by the part that was named."""
    desk.released()

    assert desk.promote(desk.log(), bump="patch").version.version == VersionNumber(1, 0, 1)
    assert desk.promote(desk.log(), bump="major").version.version == VersionNumber(2, 0, 0)


@pytest.mark.parametrize("text", ["1.0.0", "1.0.0-RC.1"])
def test_a_taken_version_is_refused(desk, text):
    """A version that exists, or differs from one by case only, is taken."""
    for version in ("1.0.0-rc.1", "1.0.0"):
        desk.promote(desk.log(), version=VersionNumber.parse(version))
        desk.accept()

    with pytest.raises(AlreadyThereError, match="exists already") as refusal:
        desk.promote(desk.log(), version=VersionNumber.parse(text))

    assert refusal.value.hint == "gitreg promote ... -m churn --version 1.1.0"


def test_a_version_that_review_would_refuse_is_not_proposed(desk):
    """Numbers go up, or go on a patch line: what GR109 says of a merge request is said before there is one."""
    desk.released()
    desk.promote(desk.log(), version=VersionNumber.parse("2.0.0"))
    desk.accept()

    with pytest.raises(AnswerIsNoError, match=r"1\.1\.0 is not higher than 2\.0\.0") as refusal:
        desk.promote(desk.log(), version=VersionNumber.parse("1.1.0"))

    assert refusal.value.hint == "gitreg promote ... -m churn --version 2.1.0"
    assert desk.promote(desk.log(), version=VersionNumber.parse("1.0.1")).version.version == VersionNumber(
        1, 0, 1
    )


def test_a_version_proposed_for_another_candidate_is_refused(desk):
    """Two candidates cannot wait for the same version."""
    desk.promote(desk.log())

    with pytest.raises(AlreadyThereError, match="is proposed already, from another candidate"):
        desk.promote(desk.log(), version=V1)


def test_a_released_version_stays_taken_when_its_records_are_gone(desk):
    """A tag is for ever: a branch that lost the version does not make its name free."""
    desk.released()
    gone = desk.git("ls-tree", "-r", "--name-only", "main", "models/churn/versions").splitlines()
    desk.commit(dict.fromkeys([*gone, "models/churn/numbers/1"]))

    with pytest.raises(AlreadyThereError, match=r"churn 1\.0\.0 exists already"):
        desk.promote(desk.log(), version=V1)


def test_a_failing_gate_refuses_and_names_the_values(desk):
    """Nothing is proposed, and the message says what was missed by how much."""
    with_gates(desk, ThresholdGate(kind="threshold", metric="auc", at_least=0.95))

    with pytest.raises(GateError, match=r"auc 0\.9 is not >= 0\.95"):
        desk.promote(desk.log())

    assert desk.tip(branch()) is None


def test_gates_are_recorded(desk):
    """The record says what each gate said; one that has nothing to compare with is skipped."""
    with_gates(
        desk,
        ThresholdGate(kind="threshold", metric="auc", at_least=0.5),
        NoRegressionGate(kind="no-regression", metric="auc", against="production"),
    )

    promoted = desk.promote(desk.log())

    assert [result.result for result in promoted.version.gates] == ["passed", "skipped", "passed"]


def test_a_regression_is_refused(desk):
    """A candidate worse than the one that serves does not get in."""
    with_gates(desk, NoRegressionGate(kind="no-regression", metric="auc", against="production"))
    desk.promote(desk.log(metrics={"auc": 0.9}), stage="production")
    desk.accept()

    with pytest.raises(GateError, match=r"auc 0\.8 against 0\.9 in production"):
        desk.promote(desk.log(metrics={"auc": 0.8}))


def test_a_lost_record_is_no_empty_stage(desk):
    """Where the serving candidate's record is missing, nothing is taken for no regression."""
    with_gates(desk, NoRegressionGate(kind="no-regression", metric="auc", against="production"))
    desk.promote(desk.log(), stage="production")
    desk.accept()
    desk.commit({layout.version_candidate_path("churn", V1): None})

    with pytest.raises(RecordError, match="it is missing"):
        desk.promote(desk.log())


def test_gates_accepted_after_opening_count(desk):
    """The registry's gates are read when they are needed, not when the registry was opened."""
    candidate, registry = desk.log(), desk.registry
    gate = ThresholdGate(kind="threshold", metric="auc", at_least=0.95)
    settings = registry.settings.model_copy(update={"gates": [gate]})
    desk.commit({places.REGISTRY: write(RegistrySettings.model_validate(settings.model_dump(by_alias=True)))})

    with pytest.raises(GateError):
        promote(registry, candidate.id, PromoteOptions("churn"), desk.author)


def test_a_deleted_candidate_is_refused(desk):
    """What was hidden is not promoted; restored, it is."""
    candidate = desk.log()
    delete_candidate(desk.registry, candidate.id, desk.author)

    with pytest.raises(AnswerIsNoError, match="is deleted"):
        desk.promote(candidate)

    restore_candidate(desk.registry, candidate.id, desk.author)
    assert desk.promote(candidate).version.version == V1


@pytest.mark.parametrize("status", ["failed", "killed"])
def test_an_unfinished_candidate_is_refused(desk, status):
    """Only what ended well is promoted."""
    with pytest.raises(AnswerIsNoError, match=f"is {status}"):
        desk.promote(desk.log(status=status))


def test_a_candidate_without_artifacts_is_refused(desk):
    """There would be nothing to deploy."""
    with pytest.raises(AnswerIsNoError, match="has no artifacts, so there is nothing to deploy"):
        desk.promote(desk.log(artifacts=None))


def test_a_candidate_with_only_gitregs_own_files_is_refused(desk):
    """A code patch is no model."""
    candidate = desk.log(artifacts=None, contents={".gitreg/code.patch": b"diff\n"})

    with pytest.raises(AnswerIsNoError, match="no artifacts but gitreg's own"):
        desk.promote(candidate)


@pytest.mark.parametrize(("artifact", "files"), [
    ("model", ["weights.bin"]), ("model/", ["weights.bin"]), ("model/weights.bin", ["weights.bin"]),
    (None, ["model/weights.bin", "other.txt"]),
])  # fmt: skip
def test_a_part_is_promoted(desk, artifact, files):
    """A folder or file is the version's whole content, under names relative to it; gitreg's own files never are."""
    candidate = desk.log(
        artifacts={"model/weights.bin": b"1", "other.txt": b"2"}, contents={".gitreg/code.patch": b"diff\n"}
    )

    desk.promote(candidate, artifact=artifact)

    manifest = desk.read(layout.version_manifest_path("churn", V1), branch()).decode()
    assert [line.split("  ")[1] for line in manifest.splitlines()] == files


@pytest.mark.parametrize("artifact", ["nothing", "../model.bin", "", "-", "model.bin/x"])
def test_a_missing_part_is_not_found(desk, artifact):
    """A path that names nothing proposes nothing."""
    with pytest.raises(NotFoundError):
        desk.promote(desk.log(), artifact=artifact)

    assert desk.tip(branch()) is None


def test_a_stage_comes_with_the_version(desk):
    """One proposal brings the version and puts it into the stage."""
    desk.promote(desk.log(), stage="staging")

    assert desk.accept() == ["model/churn/v1.0.0", "stage/churn/staging/1"]
    assert desk.model().stages == {"staging": V1}


@pytest.mark.parametrize("stage", ["canary", "latest", "Production", "-x", "a/b", "../x", ""])
def test_a_stage_that_is_none_is_refused(desk, stage):
    """Only the registry's stages can be served in."""
    with pytest.raises(UsageError):
        desk.promote(desk.log(), stage=stage)


@pytest.mark.parametrize(
    "name", ["-rf", "../../etc", "a\nb", "a\0b", "it's", "$(touch x)", "Churn", "CON", "x" * 501, ""]
)
def test_hostile_model_names_are_slugs_or_refused(desk, name):
    """A name is refused in a sentence, or becomes a folder of its own; nothing runs and nothing is written outside."""
    candidate = desk.log()

    try:
        promoted = desk.promote(candidate, model=name)
    except UsageError:
        return

    assert promoted.branch.startswith("refs/heads/gitreg/promote/")
    assert promoted.version.model == promoted.version.model.lower()
    paths = desk.git("diff", "--name-only", "main", promoted.branch).splitlines()
    assert {path.split("/")[0] for path in paths} == {"models"}
    accepted = desk.accept()
    assert accepted == [f"model/{promoted.version.model}/v1.0.0"]


def test_names_that_differ_by_case_are_two_models(desk):
    """A file system without case must not mix them."""
    one, two = desk.promote(desk.log(), model="churn"), desk.promote(desk.log(), model="Churn")

    assert one.version.model != two.version.model
    assert one.version.model.casefold() != two.version.model.casefold()


def test_a_model_that_was_deleted_is_refused(desk):
    """A hidden model gets no versions."""
    with_gates(desk, deleted="2026-11-22T12:00:00Z")

    with pytest.raises(AnswerIsNoError, match="the model churn is deleted"):
        desk.promote(desk.log())


def test_a_description_that_cannot_be_recorded_is_refused(desk):
    """Control characters have no place in a record."""
    with pytest.raises(UsageError, match="cannot be recorded"):
        desk.promote(desk.log(), description="a\x1b[31m")


def test_a_version_can_be_promoted_to_another_model(desk):
    """A version's reference names its candidate, as it is recorded now."""
    candidate = desk.released()
    delete_candidate(desk.registry, candidate.id, desk.author)

    with pytest.raises(AnswerIsNoError, match="is deleted"):
        promote(desk.registry, "churn@1.0.0", PromoteOptions("other"), desk.author)


def test_a_candidate_that_calls_itself_another_is_refused(desk):
    """A record under one id that claims another must not pass the gates for it."""
    good, bad = desk.log(metrics={"auc": 0.99}), desk.log(metrics={"auc": 0.1})
    forged = desk.read(places.candidate_path("churn", good.id), "gitreg/candidates").replace(
        good.id.encode(), bad.id.encode()
    )
    path = places.candidate_path("churn", good.id)
    desk.commit({path: forged}, "refs/heads/gitreg/candidates")

    with pytest.raises(RecordError) as refusal:
        desk.promote(good)

    assert refusal.value.place == path


def test_a_changed_manifest_is_refused(desk):
    """The manifest beside a candidate must be the one that it names."""
    candidate = desk.log()
    path = places.candidate_manifest_path("churn", candidate.id)
    desk.commit({path: b"0" * 64 + b"  model.bin\n"}, "refs/heads/gitreg/candidates")

    with pytest.raises(AnswerIsNoError, match="is not the manifest"):
        desk.promote(candidate)


def test_a_dry_run_writes_no_branch(desk):
    """It says what would be proposed, and the storage stays as it was."""
    candidate = desk.log()

    promoted = desk.promote(candidate, dry_run=True)

    assert promoted.version.version == V1
    assert desk.tip(branch()) is None
    assert desk.registry.cache.unpushed_objects()


def test_a_branch_that_looks_like_a_proposal_blocks_nobody(desk):
    """Anybody may push a branch of any name; what is none of gitreg's is passed over."""
    stray = desk.commit({"models/churn/x": b"x"}, "refs/heads/stray")
    for name in (
        "promote/churn/vfoo",
        "promote/x",
        "promote/y/v1.0.0/z",
        "assign/churn/LATEST",
        "retire/churn/1",
        "edit/a+b",
    ):
        desk.git("update-ref", f"refs/heads/gitreg/{name}", stray)

    assert desk.promote(desk.log()).version.version == V1


def test_a_retired_version_is_not_used_again(desk):
    """Retired is taken."""
    desk.released()
    retire(desk.registry, "churn", V1, "wrong labels", desk.author)
    desk.accept()

    assert desk.promote(desk.log()).version.version == V2


def test_the_commit_says_who_and_what(desk):
    """Author, message and reflog of the proposal."""
    candidate = desk.log()

    desk.promote(candidate)

    assert desk.git("log", "-1", "--format=%an <%ae>%n%B", branch()) == (
        f"Ada Example <ada@example.com>\nPropose churn 1.0.0\n\nFrom candidate {candidate.id} of churn."
    )
    assert desk.git("reflog", "-1", "--format=%gs", branch()) == "gitreg: Propose churn 1.0.0"


def test_a_lost_race_for_a_version_takes_the_next(desk, monkeypatch):
    """Somebody else takes the branch between the look and the write: the next version is free."""
    mine, theirs = desk.log(), desk.log()
    real, calls = proposals.propose, []

    def late(registry, draft, author, *, offline=False):
        if not calls:
            calls.append(1)
            desk.promote(theirs)
        return real(registry, draft, author, offline=offline)

    monkeypatch.setattr(proposals, "propose", late)
    promoted = desk.promote(mine)

    assert promoted.version.version == V2
    record = desk.read(layout.version_candidate_path("churn", V1), branch())
    assert theirs.id.encode() in record


def test_versions_are_records_of_the_proposal(desk):
    """The version as promised is the one on the branch."""
    promoted = desk.promote(desk.log())
    proposal = proposals.find_proposal(desk.registry, promoted.branch)

    found = proposals.at(desk.registry, proposal).record(ModelVersion, layout.version_path("churn", V1))

    assert found == promoted.version
    assert isinstance(
        proposals.at(desk.registry, proposal).record(Candidate, layout.version_candidate_path("churn", V1)),
        Candidate,
    )
