"""Steps memory, retired, stage, state: what may have happened to a release since it was signed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from workshop import MAIN, V1, V2, Trusted, Workshop

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.model import Model
from gitreg.errors import NotFoundError
from gitreg.workflows.verification.release import Proven
from gitreg.workflows.verification.verify import VerifyOptions, verify

RELEASE = "refs/tags/model/churn/v1.0.0"
STAGE = "refs/tags/stage/churn/production"


def _seen(registry: Workshop) -> Path:
    return registry.path / ".git" / "gitreg" / "seen.json"


# Memory


def test_a_tag_that_was_seen_and_is_another_object_now_is_refused(registry: Workshop) -> None:
    """The new one is as good as the old; but tags never move."""
    registry.verify()
    registry.tag(registry.statement(merge_request="https://example.com/1"))

    assert registry.refused() == "memory"


def test_an_older_trust_root_is_refused(registry: Workshop) -> None:
    """Root 2 revoked a key; a host that serves root 1 again would bring it back."""
    before = registry.tip()
    registry.commit(registry.next_root(Trusted(version=2)))
    registry.verify()
    registry.git("update-ref", MAIN, before)

    assert registry.refused() == "memory"
    assert registry.refused("churn@production") == "memory"


def test_a_stage_that_lost_its_newest_assignment_is_refused(registry: Workshop) -> None:
    """Deleting the newest statement would roll production back to 1.0.0."""
    registry.verify("churn@production")
    registry.git("update-ref", "-d", f"{STAGE}/2")

    assert registry.refused("churn@production") == "memory"


def test_a_stage_that_lost_all_its_assignments_is_refused(registry: Workshop) -> None:
    """An empty stage is older than one with two assignments."""
    registry.verify("churn@production")
    registry.git("update-ref", "-d", f"{STAGE}/1")
    registry.git("update-ref", "-d", f"{STAGE}/2")

    assert registry.refused("churn@production") == "memory"


def test_a_replaced_assignment_is_refused(registry: Workshop) -> None:
    """Number 2 said 1.1.0; now it says 1.0.0, signed by the same person."""
    registry.verify("churn@production")
    first = registry.statement(V1, "assign", stage="production", sequence=1)
    registry.assign(V1, 2, first)

    assert registry.refused("churn@production") == "memory"


def test_the_latest_version_does_not_go_back(registry: Workshop) -> None:
    """1.1.0 was seen and is gone: 1.0.0 is not the latest for that."""
    registry.verify("churn@latest")
    registry.git("update-ref", "-d", "refs/tags/model/churn/v1.1.0")

    assert registry.refused("churn@latest") == "memory"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": 1}', "null", "[" * 100_000])
def test_a_broken_memory_is_refused(registry: Workshop, content: str) -> None:
    """It does not become an empty one: then a rollback would only need to break a file."""
    _seen(registry).write_text(content)

    assert registry.refused() == "memory"


@pytest.mark.parametrize(
    "change",
    [
        {"registry": "another"}, {"schema": "gitreg/seen/v2"}, {"root": "1"}, {"root": None}, {"stages": {"a/b": "1"}},
        {"tags": {RELEASE: "main"}}, {"tags": {RELEASE: 1}}, {"tags": 1}, {"stages": [1]}, {"more": 1}, {"storage": 1}, {"storage": "a\nb"},
    ],
)  # fmt: skip
def test_a_memory_with_other_values_is_refused(registry: Workshop, change: dict[str, object]) -> None:
    """A number that is text would compare with nothing."""
    registry.verify("churn@production")
    _seen(registry).write_text(json.dumps(json.loads(_seen(registry).read_text()) | change))

    assert registry.refused() == "memory"


def test_a_memory_that_cannot_be_read_is_refused(registry: Workshop) -> None:
    """That is not the same as none."""
    _seen(registry).mkdir()

    assert registry.refused() == "memory"


def test_what_is_refused_is_not_remembered(registry: Workshop) -> None:
    """A forged tag that came first must not make the real one look forged."""
    honest = registry.tip(RELEASE)
    registry.tag(registry.statement(), key="mallory")
    registry.refused()
    registry.git("update-ref", RELEASE, honest)

    assert registry.verify().signer == "ada"


# State


def test_what_was_seen_is_written(registry: Workshop) -> None:
    """Root, tag objects and stage numbers that the answer rested on."""
    registry.verify("churn@production")

    assert json.loads(_seen(registry).read_text()) == {
        "schema": "gitreg/seen/v1",
        "registry": registry.root().registry,
        "root": 1,
        "tags": {
            "refs/tags/model/churn/v1.1.0": registry.tip("refs/tags/model/churn/v1.1.0"),
            f"{STAGE}/2": registry.tip(f"{STAGE}/2"),
        },
        "stages": {"churn/production": 2},
        "storage": None,
    }


def test_what_cannot_be_remembered_is_refused(registry: Workshop, tmp_path: Path) -> None:
    """A disk that is full, a folder that cannot be written: never exit 0."""
    anchor = registry.anchor(tmp_path / "anchor")
    shutil.rmtree(_seen(registry).parent)
    _seen(registry).parent.symlink_to("/nowhere")

    assert registry.refused(anchor=anchor) == "state"


def test_what_others_saw_meanwhile_is_not_forgotten(registry: Workshop) -> None:
    """Two verifications at once: the one that ends last does not take back what the other learned."""

    def meanwhile(*_: object) -> Proven:
        registry.verify("churn@production")
        return Proven("bytes")

    with registry.open() as opened:
        verify(opened, "churn@1.0.0", VerifyOptions(), content=meanwhile)

    assert json.loads(_seen(registry).read_text())["stages"] == {"churn/production": 2}


def test_nothing_is_written_when_nothing_is_new(registry: Workshop) -> None:
    """A verification that learns nothing costs no disk."""
    registry.verify()
    before = _seen(registry).stat().st_ino
    registry.verify()

    assert _seen(registry).stat().st_ino == before


# Retired


def _retire_in_record(registry: Workshop) -> None:
    model = Model(slug="churn", name="churn", retired={V1: "wrong labels in May"}, stages={"production": V2})
    registry.commit({places.model_path("churn"): write(model)})


def test_a_version_retired_on_the_accepted_branch_is_refused(registry: Workshop) -> None:
    """Review accepted the retirement; that is enough, signed or not."""
    _retire_in_record(registry)

    assert registry.refused() == "retired"


def test_a_version_retired_by_a_statement_is_refused(registry: Workshop) -> None:
    """The statement is enough too: a branch can be rewound."""
    registry.tag(registry.statement(action="retire"))

    assert registry.refused() == "retired"


def test_a_forged_retirement_is_refused_too(registry: Workshop) -> None:
    """Neither believed nor passed over: else whoever pushes tags could make an old version the latest."""
    registry.tag(registry.statement(V2, "retire"), key="mallory")

    assert registry.refused("churn@1.1.0") == "retired"


def test_a_version_without_a_model_record_is_refused(registry: Workshop) -> None:
    """Whether it is retired could not be told."""
    registry.commit({places.model_path("churn"): None})

    assert registry.refused() == "retired"


@pytest.mark.parametrize("how", ["record", "statement"])
def test_a_retired_version_is_had_for_the_asking(registry: Workshop, how: str) -> None:
    """Whoever must reproduce an old result can, and is told."""
    if how == "record":
        _retire_in_record(registry)
    else:
        registry.tag(registry.statement(action="retire"))

    verdict = registry.verify(retired=True)

    assert "retired" in verdict.notes[0]


def test_a_bad_statement_beside_an_accepted_retirement_changes_nothing(registry: Workshop) -> None:
    """What review accepted counts by itself; the statement is not remembered either."""
    _retire_in_record(registry)
    registry.tag(registry.statement(action="retire"), key="mallory")

    assert registry.refused() == "retired"
    assert registry.verify(retired=True).version == V1
    assert "refs/tags/retire/churn/v1.0.0" not in json.loads(_seen(registry).read_text())["tags"]


@pytest.mark.parametrize("accepted", [True, False])
def test_a_retirement_that_was_believed_is_not_taken_back(registry: Workshop, accepted: bool) -> None:
    """Who withholds the statement, and the commit of the branch, brings nothing back."""
    before = registry.tip()
    if accepted:
        _retire_in_record(registry)
    registry.tag(registry.statement(action="retire"))
    registry.verify(retired=True)
    registry.git("update-ref", "-d", "refs/tags/retire/churn/v1.0.0")
    registry.git("update-ref", MAIN, before)

    assert registry.refused() == "memory"


# Latest


def test_the_latest_is_the_highest_release(registry: Workshop) -> None:
    """By Semantic Versioning, not by date or by name."""
    assert registry.verify("churn@latest").version == V2


def test_the_latest_is_not_retired(registry: Workshop) -> None:
    """1.1.0 was retired: 1.0.0 is the latest that may be used."""
    model = Model(slug="churn", name="churn", retired={V2: "wrong labels"})
    registry.commit({places.model_path("churn"): write(model)})

    verdict = registry.verify("churn@latest")

    assert verdict.version == V1
    assert "passed over (retired)" in verdict.notes[0]


def test_the_latest_is_looked_for_among_what_verifies(registry: Workshop) -> None:
    """Anybody may be able to push a tag; it does not become the latest, nor hide what is."""
    registry.git("update-ref", "refs/tags/model/churn/v9.0.0", registry.tip())

    verdict = registry.verify("churn@latest")

    assert verdict.version == V2
    assert "churn 9.0.0 was passed over (object)" in verdict.notes[0]


def test_a_forged_retirement_does_not_make_an_older_version_the_latest(registry: Workshop) -> None:
    """It refuses instead: the difference is whether anybody notices."""
    registry.tag(registry.statement(V2, "retire"), key="mallory")

    assert registry.refused("churn@latest") == "retired"


def test_a_model_that_was_never_released_has_no_latest(registry: Workshop) -> None:
    """That is an answer of its own."""
    with pytest.raises(NotFoundError):
        registry.verify("fraud@latest")


# Stage


def test_a_stage_is_what_the_newest_assignment_says(registry: Workshop) -> None:
    """The release of that version is verified as well."""
    verdict = registry.verify("churn@production")

    assert (verdict.version, verdict.tag) == (V2, "refs/tags/model/churn/v1.1.0")
    detail = {step.name: step.detail for step in verdict.steps}["stage"]
    assert detail == "assignment 2 of churn/production, signed by ada, says 1.1.0"


def test_a_stage_that_the_record_puts_elsewhere_is_reported(registry: Workshop) -> None:
    """What the file says is a plan; what was signed serves."""
    registry.commit({places.model_path("churn"): write(Model(slug="churn", name="churn"))})

    verdict = registry.verify("churn@production")

    assert verdict.version == V2
    assert "waits for its signature" in verdict.notes[0]


def test_a_stage_chain_with_a_hole_is_refused(registry: Workshop) -> None:
    """Somebody holds assignment 1 back."""
    registry.git("update-ref", "-d", f"{STAGE}/1")

    assert registry.refused("churn@production") == "stage"


def test_an_assignment_after_another_statement_is_refused(registry: Workshop) -> None:
    """It names a predecessor that is not the one that is there."""
    said = registry.statement(
        V1, "assign", stage="production", sequence=3, previous=Digest.of(b"something else")
    )
    registry.tag(said)

    assert registry.refused("churn@production") == "stage"


def test_a_chain_that_was_seen_is_not_followed_further_back(registry: Workshop) -> None:
    """Up to there it was checked; a verifier need not keep what it has believed."""
    registry.verify("churn@production")
    registry.git("update-ref", "-d", f"{STAGE}/1")

    assert registry.verify("churn@production").version == V2


def test_a_replaced_link_that_was_seen_is_refused(registry: Workshop) -> None:
    """The chain ends at what was seen, so that must be the same object."""
    second = registry.statement(
        V2, "assign", stage="production", sequence=2,
        previous=registry.statement(V1, "assign", stage="production", sequence=1).digest,
    )  # fmt: skip
    registry.verify("churn@production")
    registry.tag(second, registry.tip(f"{MAIN}~1"))
    registry.assign(V1, 3, second)

    assert registry.refused("churn@production") == "memory"


@pytest.mark.parametrize(
    "forged", ["unsigned", "mallory", "other stage", "elsewhere", "other record", "branch"]
)
def test_an_assignment_is_verified_like_a_release(registry: Workshop, forged: str) -> None:
    """Object, name, signature, role, commit and record of the one that the answer rests on."""
    before = registry.statement(V1, "assign", stage="production", sequence=1).digest
    before = registry.statement(V2, "assign", stage="production", sequence=2, previous=before).digest
    said = registry.statement(V1, "assign", stage="production", sequence=3, previous=before)
    ref = f"{STAGE}/3"
    match forged:
        case "unsigned":
            registry.git("update-ref", ref, registry.tip())
        case "mallory":
            registry.tag(said, key="mallory")
        case "other stage":
            other = registry.statement(V1, "assign", stage="staging", sequence=3, previous=before)
            registry.tag(other, ref=ref)
        case "elsewhere":
            registry.git("update-ref", ref, registry.tip(f"{STAGE}/1"))
        case "other record":
            wrong = registry.statement(
                V1, "assign", stage="production", sequence=3, previous=before, record=Digest.of(b"x")
            )
            registry.tag(wrong)
        case _:
            registry.tag(said, registry.commit({"x": b""}, ref=None, parents=[registry.tip()]))

    assert registry.refused("churn@production") == "stage"


def test_a_stage_of_a_version_that_is_no_good_is_refused(registry: Workshop) -> None:
    """The assignment is honest; the release that it names was replaced."""
    registry.tag(registry.statement(V2), key="mallory")

    assert registry.refused("churn@production") == "signature"


def test_an_emptied_stage_has_no_version(registry: Workshop) -> None:
    """Signed, believed, and an answer of its own: nothing is there."""
    before = registry.statement(V1, "assign", stage="production", sequence=1).digest
    second = registry.statement(V2, "assign", stage="production", sequence=2, previous=before)
    registry.assign(None, 3, second)

    with pytest.raises(NotFoundError):
        registry.verify("churn@production")


def test_that_a_stage_is_empty_is_not_said_by_an_older_registry(registry: Workshop) -> None:
    """No release is verified then, so the stage itself must remember."""
    before = registry.tip()
    registry.commit(registry.next_root(Trusted(version=2)))
    registry.verify()
    registry.git("update-ref", MAIN, before)
    first = registry.statement(V1, "assign", stage="production", sequence=1).digest
    registry.assign(None, 3, registry.statement(V2, "assign", stage="production", sequence=2, previous=first))

    assert registry.refused("churn@production") == "memory"


def test_a_stage_that_nothing_was_assigned_to_is_not_found(registry: Workshop) -> None:
    """Nothing was refused: there is nothing."""
    with pytest.raises(NotFoundError):
        registry.verify("churn@staging")
