"""Gates at work: who may weaken them, what they look at, and what a release believes of a proposal's own word."""

from __future__ import annotations

import pickle
import shutil
from collections import OrderedDict
from pathlib import Path

import pytest

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.candidate import Code
from gitreg.domain.gate import (
    CleanCodeGate,
    FormatsGate,
    GateResult,
    OnceGate,
    RequiredGate,
    SizeGate,
    ThresholdGate,
)
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Roles
from gitreg.domain.version import VersionNumber
from gitreg.errors import GateError, UsageError, VerificationError
from gitreg.workflows.versions import second_opinions as opinions
from gitreg.workflows.versions.check_gates import check_gates

V1 = VersionNumber(1, 0, 0)
BRANCH = "refs/heads/gitreg/promote/churn/v1.0.0"
VERSION, MODEL = layout.version_path("churn", V1), places.model_path("churn")
AUC = ThresholdGate(kind="threshold", metric="auc", at_least=0.5)
DATA_ONLY = FormatsGate(kind="formats", allow=["safetensors", "json"])
ANY = FormatsGate(kind="formats", allow=["any"])
PICKLE = {"model.safetensors": pickle.dumps(OrderedDict(a=1))}
TENSORS = {"model.bin": b"\x02" + b"\0" * 7 + b"{}"}


def with_gates(desk, *gates):
    desk.commit({MODEL: write(Model(slug="churn", name="churn", gates=list(gates)))})
    desk.git("reset", "-q", "--hard")


def with_registry_gates(desk, *gates):
    settings = desk.registry.rules.model_copy(update={"gates": list(gates)})
    assert isinstance(settings, RegistrySettings)
    desk.commit({places.REGISTRY: write(settings)})
    desk.git("reset", "-q", "--hard")


def rewritten(desk, ref=BRANCH, **changes):
    """Somebody edits the version's record on a branch by hand."""
    record = read(desk.read(VERSION, ref), ModelVersion, VERSION)
    return {VERSION: write(record.model_copy(update=changes))}


def results(desk, reference, model=None):
    return {one.kind: one.result for one in check_gates(desk.registry, reference, model).results}


def said_of_files(desk):
    """What the formats gate, asked anew, says of the proposal's files."""
    return next(
        one.detail for one in check_gates(desk.registry, "churn!1.0.0").results if one.kind == "formats"
    )


def test_a_proposal_cannot_drop_a_gate(desk):
    """Without its result in the record, and without the gate in the model's own file, a version is not released."""
    with_gates(desk, AUC)
    desk.promote(desk.log())
    bare = {MODEL: write(Model(slug="churn", name="churn"))}
    desk.commit(rewritten(desk, gates=[]) | bare, BRANCH)

    with pytest.raises(GateError, match="threshold: the version's record has no result of this gate"):
        desk.accept()


def test_a_proposal_cannot_make_its_gates_milder(desk):
    """The gates are those of before the merge; that the file says something else afterwards does not help."""
    with_gates(desk, AUC)
    desk.promote(desk.log())
    milder = AUC.model_copy(update={"metric": "other", "at_least": 0.0})
    desk.commit({MODEL: write(Model(slug="churn", name="churn", gates=[milder]))}, BRANCH)

    checked = check_gates(desk.registry, "churn!1.0.0")
    assert checked.changes_gates
    assert [one.detail for one in checked.results if one.kind == "threshold"] == ["auc 0.9 >= 0.5"]
    with pytest.raises(GateError, match="other was not logged"):
        desk.accept()


def test_a_later_commit_does_not_make_a_gate_forgotten(desk):
    """Whoever corrects the card afterwards moves the version's last commit, not the gates that it had to pass."""
    with_gates(desk, AUC)
    desk.promote(desk.log())
    desk.commit(rewritten(desk, gates=[]) | {MODEL: write(Model(slug="churn", name="churn"))}, BRANCH)
    registry = desk.registry
    desk.git("update-ref", "refs/heads/main", desk.git("rev-parse", BRANCH))
    desk.commit({layout.version_card_path("churn", V1): b"# Corrected\n"})

    assert registry.accepted.commit == desk.tip()
    with pytest.raises(GateError, match="no result of this gate"):
        desk.accept()


def test_a_forged_result_is_found(desk):
    """What a record says of its gates is its writer's word; a release asks them again."""
    desk.promote(desk.log(metrics={"auc": 0.1}))
    with_registry_gates(desk, AUC)
    forged = [GateResult(kind="threshold", result="passed", detail="auc 0.9 >= 0.5"), GateResult(kind="once", result="passed", detail="")]  # fmt: skip
    desk.commit(rewritten(desk, gates=forged), BRANCH)

    assert results(desk, "churn!1.0.0")["threshold"] == "failed"
    with pytest.raises(GateError, match=r"auc 0.1 is not >= 0.5"):
        desk.accept()


def test_a_frozen_failure_is_not_forgotten(desk):
    """A result that failed stays a refusal, even where the gate would pass now."""
    desk.promote(desk.log())
    failed = [GateResult(kind="size", result="failed", detail="too large")]
    desk.commit(rewritten(desk, gates=failed), BRANCH)

    assert results(desk, "gitreg/promote/churn/v1.0.0")["size"] == "failed"
    with pytest.raises(GateError, match="too large"):
        desk.accept()


def test_all_results_are_frozen(desk):
    """In the record, each with what it saw; the gate of every promotion, too."""
    with_gates(desk, AUC, DATA_ONLY, SizeGate(kind="size", max_files=1))
    desk.promote(desk.log(artifacts=TENSORS))
    desk.accept()

    record = read(desk.read(VERSION), ModelVersion, VERSION)
    assert [(one.kind, one.result, one.detail) for one in record.gates] == [
        ("threshold", "passed", "auc 0.9 >= 0.5"),
        ("formats", "passed", "1 safetensors"),
        ("size", "passed", "10 bytes in 1 files"),
        ("once", "passed", "finished, not deleted, no other version"),
    ]


def test_formats_are_by_content(desk):
    """A pickle is one under any name; nothing is proposed, and nothing was loaded."""
    with_gates(desk, DATA_ONLY)

    with pytest.raises(GateError, match=r"model.safetensors is pickle, and allowed are safetensors, json"):
        desk.promote(desk.log(artifacts=PICKLE))

    assert desk.tip(BRANCH) is None


def test_only_what_is_promoted_is_looked_at(desk):
    """A notebook's leftovers beside the model are no part of it."""
    with_gates(desk, DATA_ONLY)
    candidate = desk.log(artifacts={"model/weights": TENSORS["model.bin"], "debug/state": PICKLE["model.safetensors"]})  # fmt: skip

    promoted = desk.promote(candidate, artifact="model")

    assert [one.result for one in promoted.version.gates] == ["passed", "passed"]


def test_the_trust_files_formats_are_always_asked(desk):
    """A model's own gate cannot allow what its role does not."""
    with_gates(desk, ANY)
    roles = read(desk.read(places.ROLES), Roles, places.ROLES)
    strict = roles.roles["default"].model_copy(update={"formats": ["safetensors"]})
    desk.commit({places.ROLES: write(roles.model_copy(update={"roles": {"default": strict}}))})

    with pytest.raises(GateError, match="is pickle, and allowed are safetensors"):
        desk.promote(desk.log(artifacts=PICKLE))


def test_a_model_may_say_otherwise_than_the_registry(desk):
    """Pickles are refused unless the model says otherwise, by a gate that was accepted before."""
    with_registry_gates(desk, FormatsGate(kind="formats"))
    candidate = desk.log(artifacts=PICKLE)
    with pytest.raises(GateError, match="is pickle"):
        desk.promote(candidate)

    with_gates(desk, FormatsGate(kind="formats", allow=["pickle"]))

    desk.promote(candidate)
    assert "model/churn/v1.0.0" in desk.accept()


def test_a_new_model_does_not_bring_its_own_leave(desk):
    """A gate that comes with the first version is none that was accepted."""
    with_registry_gates(desk, DATA_ONLY)
    desk.promote(desk.log(artifacts=TENSORS))
    desk.commit(rewritten(desk, gates=[]) | {MODEL: write(Model(slug="churn", name="churn", gates=[ANY]))}, BRANCH)  # fmt: skip

    with pytest.raises(GateError, match="formats: the version's record has no result"):
        desk.accept()


def test_nothing_is_looked_at_without_a_gate_that_asks(desk, monkeypatch):
    """A newcomer's registry reads no model file for gates."""
    monkeypatch.setattr("gitreg.workflows.versions.gather_evidence.look_at_files", None)

    assert desk.promote(desk.log()).version.version == V1


def objects(desk):
    """Forgets the bytes here, and gives those of the storage."""
    for folder in (desk.path / ".dvc" / "cache", desk.path / ".git" / "gitreg" / "unpushed"):
        shutil.rmtree(folder, ignore_errors=True)
    store = Path(f"{desk.path}-store")
    return [path for path in (store / "files" / "md5").rglob("*") if path.is_file() and path.suffix != ".dir"]


def test_bytes_may_be_in_the_storage_alone(desk):
    """Whoever checks a proposal elsewhere has no cache."""
    desk.promote(desk.log(artifacts=PICKLE))
    with_gates(desk, DATA_ONLY)
    assert objects(desk)

    assert said_of_files(desk).startswith("model.safetensors is pickle")


def test_a_storage_cannot_show_other_bytes_to_a_gate(desk):
    """It could deliver the recorded ones afterwards."""
    desk.promote(desk.log(artifacts=PICKLE))
    with_gates(desk, DATA_ONLY)
    for path in objects(desk):
        path.chmod(0o644)
        path.write_bytes(TENSORS["model.bin"])

    with pytest.raises(VerificationError, match=r"model.safetensors is .* in the storage"):
        results(desk, "churn!1.0.0")


def test_a_cache_cannot_show_other_bytes_to_a_gate(desk):
    """What an earlier job left there is looked at only when it is what was recorded; else the storage has it."""
    desk.promote(desk.log(artifacts=PICKLE))
    with_gates(desk, DATA_ONLY)
    for path in (desk.path / ".dvc" / "cache" / "files" / "md5").rglob("*"):
        if path.is_file() and path.suffix != ".dir":
            path.chmod(0o644)
            path.unlink()
            path.write_bytes(TENSORS["model.bin"])

    assert said_of_files(desk).startswith("model.safetensors is pickle")


def test_a_candidate_is_promoted_once(desk):
    """Another number for the same thing is asked for, and then said in the record."""
    candidate = desk.released()

    with pytest.raises(GateError, match=r"the candidate is 1.0.0 already") as refusal:
        desk.promote(candidate)
    assert "--again" in (refusal.value.hint or "")

    again = desk.promote(candidate, again=True)
    assert again.version.gates[-1].detail == "asked for again; it is 1.0.0 already"
    assert "model/churn/v1.1.0" in desk.accept()


def test_two_open_proposals_of_one_candidate_are_asked_for(desk):
    """A number that waits for review counts as one."""
    candidate = desk.log()
    desk.promote(candidate)

    with pytest.raises(GateError, match=r"the candidate is 1.0.0 already"):
        desk.promote(candidate, version=VersionNumber(2, 0, 0))

    assert desk.promote(candidate).version.version == V1


def test_sections_are_written_in_the_proposal(desk):
    """The first card lacks them; a release waits for them; and promoting again leaves what people wrote."""
    with_gates(desk, RequiredGate(kind="required", sections=["Limits"]))
    candidate = desk.log()
    assert desk.promote(candidate).version.gates[0].result == "skipped"
    assert results(desk, "churn!1.0.0")["required"] == "failed"

    path = layout.version_card_path("churn", V1)
    card = desk.read(path, BRANCH) + b"\n## Limits\n\nNot for children.\n"
    desk.commit({path: card}, BRANCH)
    desk.promote(candidate)

    assert desk.read(path, BRANCH) == card
    assert results(desk, "churn!1.0.0")["required"] == "passed"
    assert "model/churn/v1.0.0" in desk.accept()


def test_a_release_waits_for_sections(desk):
    """What was left for later is asked for before anything is signed."""
    with_gates(desk, RequiredGate(kind="required", sections=["Limits"]))
    desk.promote(desk.log())

    with pytest.raises(GateError, match="sections missing: Limits"):
        desk.accept()


def test_code_is_on_a_branch_that_counts(desk):
    """Of this repository, as it is known here; anybody's branch is no accepted one."""
    main = desk.tip()
    stray = desk.commit({"train.py": b"print()\n"}, "refs/heads/main")
    desk.git("update-ref", "refs/heads/feature/x", stray)
    desk.git("update-ref", "refs/heads/main", main)
    with_gates(desk, CleanCodeGate(kind="clean-code"))
    good, bad, absent = (desk.log(code=Code(commit=commit)) for commit in (main, stray, "0" * 39 + "1"))

    assert results(desk, good.id, "churn")["clean-code"] == "passed"
    assert results(desk, bad.id, "churn")["clean-code"] == "failed"
    assert results(desk, absent.id, "churn")["clean-code"] == "failed"
    with_gates(desk, CleanCodeGate(kind="clean-code", branches=["feature/*"]))
    assert results(desk, bad.id, "churn")["clean-code"] == "passed"


def test_check_takes_versions_and_proposals(desk):
    """By reference or branch; a candidate needs a model."""
    candidate = desk.log()
    desk.promote(candidate)

    assert check_gates(desk.registry, BRANCH).subject == "churn 1.0.0"
    with pytest.raises(UsageError, match="so a model must be named"):
        check_gates(desk.registry, candidate.id)
    desk.accept()
    assert results(desk, "churn@1.0.0") == {"once": "passed"}


def test_the_gate_of_every_promotion_is_asked_once(desk):
    """Naming it changes nothing."""
    with_gates(desk, OnceGate(kind="once"))

    assert [one.kind for one in desk.promote(desk.log()).version.gates] == ["once"]


def calling():
    """A pickle that a scanner must find."""
    return b"cos\nsystem\n(S'true'\ntR."


@pytest.mark.parametrize("scanner", ["picklescan", "fickling"])
def test_a_second_opinion_adds_a_finding(desk, scanner):
    """Where pickles are allowed, a scanner may still refuse one."""
    pytest.importorskip(scanner)
    with_gates(desk, FormatsGate(kind="formats", allow=["pickle"], scan=[scanner]))

    with pytest.raises(GateError, match=rf"m.pkl: {scanner}: "):
        desk.promote(desk.log(artifacts={"m.pkl": calling()}))


def test_a_second_opinion_finds_nothing_in_plain_values(desk):
    """Or it would be of no use."""
    pytest.importorskip("picklescan")
    with_gates(desk, FormatsGate(kind="formats", allow=["pickle"], scan=["picklescan"]))

    assert desk.promote(desk.log(artifacts=PICKLE)).version.gates[0].result == "passed"


@pytest.mark.parametrize(("program", "finding"), [
    ("raise SystemExit(3)", "could not read it"), ("while True: pass", "no answer in 1 seconds"), ("print('\\x1b[31m' + 'a' * 10**7)", "picklescan: \\x1b[31m"),
])  # fmt: skip
def test_a_scanner_that_fails_has_found_something(tmp_path, monkeypatch, program, finding):
    """A file that ends its reader is not good by that; and what it prints is cut, and acts on nothing."""
    monkeypatch.setattr(opinions, "_PROGRAMS", {"picklescan": program})
    monkeypatch.setattr(opinions, "SECONDS", 1)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
    (tmp_path / "m").write_bytes(b"N.")

    found = opinions.second_opinions(tmp_path / "m", "m.pkl", ["picklescan"])

    assert finding in found[0]
    assert len(found[0]) < 1_000


def test_a_scanner_that_is_missing_is_a_finding(tmp_path, monkeypatch):
    """Who asks for it wants its answer."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    found = opinions.second_opinions(tmp_path / "m", "m.pkl", ["fickling"])

    assert found == ("fickling is not installed here (gitreg-ml[scan])",)
