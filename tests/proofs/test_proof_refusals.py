"""What delete_checks.py found that no other test would have missed, each by the whole command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mutate_registries import Judge
from proof_ground import State

from gitreg.documents import layout
from gitreg.domain.statement import Statement
from gitreg.signing import format_tag, sign, split_tag

RELEASE = "refs/tags/model/fraud/v1.0.0"


def _said(judge: Judge, ref: str) -> Statement:
    return Statement.parse(split_tag(judge.ground.bag.raw(judge.ground.honest.refs[ref])[1]).message)


def _signed(judge: Judge, ref: str, said: Statement, key: str) -> str:
    ground = judge.ground
    commit = split_tag(ground.bag.raw(ground.honest.refs[RELEASE])[1]).target
    tagger = f"{key.capitalize()} <{key}@example.com>"
    payload = format_tag(commit, ref.removeprefix("refs/tags/"), tagger, 1, "+0000", said.message())
    return ground.bag.add("tag", payload + sign(payload, ground.workshop.key(key), "git", ground.environ))


def _serve(judge: Judge, changed: Mapping[str, str | None]) -> None:
    refs = {**judge.ground.honest.refs, **changed}
    judge.ground.bag.serve(State(judge.ground.honest.tip, {name: id_ for name, id_ in refs.items() if id_}))


def _approval(judge: Judge, person: str = "bob") -> str:
    return layout.approve_tag("fraud", _said(judge, RELEASE).approval_id, person)


def test_an_approval_of_another_act_counts_for_nothing(judge: Judge) -> None:
    """Its name fits the release; what bob signed is a retirement."""
    ref = _approval(judge)
    said = replace(_said(judge, RELEASE).approval(), approves="retire")
    _serve(judge, {ref: _signed(judge, ref, said, "bob")})

    code, _, err = judge.call("verify", "fraud@1.0.0")

    assert code == 6
    assert "step role" in err


def test_an_approval_in_somebody_else_s_name_counts_for_nothing(judge: Judge) -> None:
    """A name in a ref is for people to read, so it has to be the signer's."""
    ref = _approval(judge, "ada")
    said = _said(judge, RELEASE).approval()
    _serve(judge, {_approval(judge): None, ref: _signed(judge, ref, said, "bob")})

    assert judge.call("verify", "fraud@1.0.0")[0] == 6


def test_a_forged_release_is_refused_and_not_merely_absent(judge: Judge) -> None:
    """Exit 3 would read as if nobody had tried."""
    _serve(judge, {RELEASE: _signed(judge, RELEASE, _said(judge, RELEASE), "mallory")})

    assert judge.call("verify", "fraud@1.0.0")[0] == 6


def test_a_store_that_is_used_again_follows_its_source(judge: Judge) -> None:
    """What was withdrawn is gone, though it was fetched before."""
    assert judge.call("verify", "churn@1.2.0")[0] == 0
    _serve(judge, {"refs/tags/model/churn/v1.2.0": None})

    assert judge.call("verify", "churn@1.2.0")[0] == 3
    assert judge.call("verify", "churn@1.2.0", "--offline")[0] == 0


def test_a_fresh_store_is_made_anew(judge: Judge) -> None:
    """And in CI always: an earlier job may have written to it."""
    anchor = judge.ground.clone / ".git" / "gitreg" / "anchor.json"
    for words in (("--fresh",), ("--anchor", str(anchor))):
        assert judge.call("verify", "churn@1.2.0")[0] == 0
        (mark,) = Path(judge.ground.environ["XDG_CACHE_HOME"]).glob("gitreg/verify/*.git")
        (mark / "mark").touch()
        judge.ground.environ["CI"] = "" if words == ("--fresh",) else "true"
        try:
            assert judge.call("verify", "churn@1.2.0", *words)[0] == 0
        finally:
            del judge.ground.environ["CI"]
        assert not (mark / "mark").exists()


def test_what_was_verified_is_remembered_and_a_first_anchor_pinned(judge: Judge) -> None:
    """On the disk, before the answer is given."""
    ground = judge.ground
    anchor = ground.clone / ".git" / "gitreg" / "anchor.json"
    kept = anchor.read_text()
    anchor.unlink()
    try:
        assert judge.call("verify", "churn@production")[0] == 0
        assert json.loads(anchor.read_text())["root_version"] == 2
    finally:
        anchor.write_text(kept)
    seen = json.loads(ground.seen_file.read_text())
    assert (seen["root"], seen["stages"]) == (2, {"churn/production": 3})


def test_assignments_of_another_stage_do_not_count(judge: Judge) -> None:
    """However high their numbers."""
    other = judge.ground.honest.refs["refs/tags/stage/churn/production/3"]
    _serve(judge, {"refs/tags/stage/churn/staging/7": other})

    assert judge.call("verify", "churn@production")[0] == 0
