"""What gitreg shows beside or instead of what MLflow's SQL store does, on purpose; docs/mlflow.md says why."""

from __future__ import annotations

import pytest
from grounds import Place
from known_differences import DIFFERENCES
from registry_words import model, version

PROTECTED = "PERMISSION_DENIED"


@pytest.fixture
def gitreg(shared_places: tuple[Place, Place]) -> Place:
    """The place of gitreg's stores."""
    return shared_places[1]


def test_a_version_says_which_it_is(gitreg: Place) -> None:
    """By two tags of gitreg's own: the semantic version, and how far it has come."""
    name = model(gitreg)
    version(gitreg, name, tags={"gitreg.version": "2.1.0", "mine": "x"})

    found = gitreg.models.get_model_version(name, "1").tags
    assert found == {"gitreg.version": "2.1.0", "gitreg.state": "accepted", "mine": "x"}


def test_every_difference_names_a_case(request: pytest.FixtureRequest) -> None:
    """One that nobody runs any more would never be found to have gone."""
    here = request.path.parent
    for listed in DIFFERENCES:
        file, _, name = listed.partition("::")
        assert f"def {name.partition('[')[0]}(" in (here / file).read_text(), listed
