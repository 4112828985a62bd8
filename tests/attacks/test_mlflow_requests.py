"""Questions to MLflow's API that would keep a server's process busy, or make it fail: each is answered or refused at once."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from desk import Desk
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.entities import ExperimentTag, LoggedModelTag, RunTag
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException

from gitreg.mlflow_plugin import opening
from gitreg.mlflow_plugin.comparing import comparison
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.mlflow_plugin.tracking.store import TrackingStore

LONG = "a" * 4000
BOMB = "%a" * 12 + "%b"
"""As a regular expression it would take longer than anybody waits."""
TOKENS = {
    "no token": "x",
    "no letters of base64": "é",
    "a list": b"[]",
    "endless": b"[" * 20000,
    "infinity": b'{"offset":1e400}',
    "before the beginning": b'{"offset":-1}',
    "no place": b'{"offset":"x"}',
    "a list as a place": b'{"offset":[1]}',
}


class Searches:
    """Every search of both stores, over one thing of each kind that has a long tag."""

    def __init__(self, uri: str) -> None:
        self.tracking, self.models = TrackingStore(uri), ModelRegistryStore(uri)
        self.experiment = self.tracking.create_experiment("churn", tags=[ExperimentTag("k", LONG)])
        self.run = self.tracking.create_run(self.experiment, "ada", 0, [RunTag("k", LONG)], "run")
        self.tracking.create_logged_model(self.experiment, "forest", tags=[LoggedModelTag("k", LONG)])
        self.models.create_registered_model("churn", tags=[RegisteredModelTag("k", LONG)])
        self.models.create_model_version("churn", "s3://x", tags=[ModelVersionTag("k", LONG)])

    def by_filter(self) -> dict[str, Callable[[str], Any]]:
        return {
            "experiments": lambda text: self.tracking.search_experiments(filter_string=text),
            "runs": lambda text: self.tracking._search_runs([self.experiment], text, 1, 10, None, None)[0],
            "logged models": lambda text: self.tracking.search_logged_models([self.experiment], text),
            "models": self.models.search_registered_models,
            "versions": self.models.search_model_versions,
        }

    def by_token(self) -> dict[str, Callable[[str], Any]]:
        return {
            "experiments": lambda token: self.tracking.search_experiments(page_token=token),
            "runs": lambda token: self.tracking._search_runs([self.experiment], "", 1, 10, None, token),
            "logged models": lambda token: self.tracking.search_logged_models(
                [self.experiment], page_token=token
            ),
            "models": lambda token: self.models.search_registered_models(page_token=token),
            "versions": lambda token: self.models.search_model_versions(page_token=token),
            "points": lambda token: self.tracking.get_metric_history(
                self.run.info.run_id, "a", page_token=token
            ),
        }


@pytest.fixture
def searches(desk: Desk):
    yield Searches(f"gitreg://{desk.path}")
    opening.close_all()


def test_patterns_take_no_longer_than_the_text_is_long(searches):
    """In every search, with and without regard to case."""
    began = time.process_time()
    for words in ("LIKE", "ILIKE"):
        for search in searches.by_filter().values():
            assert not list(search(f"tags.k {words} '{BOMB}'"))
            assert len(list(search(f"tags.k {words} '{BOMB[:-2]}%'"))) == 1

    assert time.process_time() - began < 10


def test_a_filter_that_is_too_long_is_refused(searches):
    """Before a parser reads it."""
    for name, search in searches.by_filter().items():
        with pytest.raises(MlflowException) as refused:
            search(f"tags.k = '{'x' * 60_000}'")
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE", name


@pytest.mark.parametrize("kind", TOKENS)
def test_a_forged_page_token_is_refused(searches, kind):
    """As what it is: the client's mistake, which is no reason to ask again."""
    given_one = TOKENS[kind]
    token = given_one if isinstance(given_one, str) else base64.b64encode(given_one).decode()
    for name, search in searches.by_token().items():
        with pytest.raises(MlflowException) as refused:
            search(token)
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE", name


@given(text=st.text("ab\nA.", max_size=8), pattern=st.text("ab%_\n.", max_size=6))
@settings(max_examples=300, deadline=None)
def test_patterns_mean_what_they_mean_in_sql(text, pattern):
    """`%` is any text and `_` any character, and everything else is itself."""
    meaning = "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in pattern)

    for words, flags in (("LIKE", re.DOTALL), ("ILIKE", re.DOTALL | re.IGNORECASE)):
        assert comparison(words)(text, pattern) == bool(re.fullmatch(meaning, text, flags))
