"""Rotated keys, where every release is verified at once: the same answers, for one look at the roots."""

from __future__ import annotations

import pytest
from trust_desk import ROOT, TrustDesk

from gitreg.gitrepo import Repository
from gitreg.workflows.releasing.release import release
from gitreg.workflows.verification.verify import Failure, VerifyOptions, verify_all
from gitreg.workflows.versions.due import due


@pytest.fixture
def rotated(ours: TrustDesk) -> TrustDesk:
    """Three releases by ada's first key, her rotation, and one more release by her second."""
    for _ in range(3):
        ours.desk.promote(ours.desk.log(), bump="minor")
        ours.desk.accept()
    ours.rotate("ada", "ada2")
    ours.merge()
    ours.use("ada2")
    ours.desk.promote(ours.desk.log(), bump="minor")
    ours.desk.accept()
    return ours


def test_the_roots_are_looked_at_once_for_all(rotated: TrustDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many releases a rotated key signed; what the first verification in a clone asks beside is not counted."""
    verify_all(rotated.desk.registry, VerifyOptions())
    asked = []
    history = Repository.history

    def counted(self: Repository, tip: str, path: str, **how: bool) -> object:
        asked.append(path)
        return history(self, tip, path, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Repository, "history", counted)

    results = verify_all(rotated.desk.registry, VerifyOptions())

    assert [isinstance(one, Failure) for one in results] == [False] * 4
    assert asked.count(ROOT) == 1


def test_a_late_signature_is_found_among_all(rotated: TrustDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first key, used once more after its rotation by somebody whose gitreg does not mind."""
    rotated.use("ada")
    rotated.desk.git("tag", "-d", "model/churn/v1.3.0")
    registry, author = rotated.desk.registry, rotated.desk.author
    monkeypatch.setattr("gitreg.workflows.releasing.signer._require_in_use", lambda *_: None)
    monkeypatch.setattr("gitreg.workflows.releasing.sign_tag._require_good", lambda *_: None)
    release(registry, due(registry), author)

    results = verify_all(rotated.desk.registry, VerifyOptions())

    failed = [one for one in results if isinstance(one, Failure)]
    assert [one.tag for one in failed] == ["refs/tags/model/churn/v1.3.0"]
    assert "it is good up to trust root 1, and this is of root 2" in failed[0].error.message
