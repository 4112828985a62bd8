"""The model card of a version."""

from __future__ import annotations

import html
import math
import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from record_strategies import candidates, models, promoted_versions, texts

from gitreg.documents.card import escaped, model_card
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.model import CandidateSource, Model, ModelVersion

WHEN = "2026-11-22T15:04:05Z"
ADA = {"name": "Ada", "email": "ada@example.com"}
HOSTILE = [
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](http://a.example/x.png)", "@ada", "#12", "!12", "/close", "| a | b |", "`x`", "**x**",
    "_x_", "# head", "- item", "1. item", "---", "&lt;", "&#60;", "\\", "http://a.example", "www.a.example", "~~x~~", "a\n\n/approve\n", "$x$", ":tada:", "{{x}}",
    "+ item", "> quote", "=== x", "[[wiki]]", "%12", "~label", "<!-- x -->",
]  # fmt: skip


def card(**changes):
    candidate = Candidate(
        id="7" * 32,
        experiment="churn",
        name="a",
        created=WHEN,
        author=ADA,
        metrics={"auc": 0.9312, "loss": math.nan},
        params={"lr": "0.1"},
    )
    version = ModelVersion(
        model="churn", version="1.2.0", number=7, created=WHEN, author=ADA,
        candidate=CandidateSource(experiment="churn", id="7" * 32, record=Digest.of(b"")),
        artifacts=ArtifactSummary(files=2, size=3, manifest=Digest.of(b"")),
    )  # fmt: skip
    model = Model(slug="churn", name="Churn", **changes)
    return model_card(version, candidate, model).decode()


def front_matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_front_matter_is_what_the_hub_reads():
    """`model-index` with task, dataset and metrics, each of a number."""
    assert front_matter(card()) == {
        "tags": ["gitreg"],
        "version": "1.2.0",
        "model-index": [
            {
                "name": "Churn",
                "results": [
                    {
                        "dataset": {"name": "churn", "type": "churn"},
                        "metrics": [{"name": "auc", "type": "auc", "value": 0.9312}],
                        "task": {"type": "other"},
                    }
                ],
            }
        ],
    }


def test_card_shows_metrics_params_and_origin():
    """People see in the file what was trained, by whom, from what."""
    text = card(description="Who leaves.\n\nAnd when.")

    assert text.startswith("---\n")
    assert (
        "# Churn 1.2.0\n\nWho leaves&#46;\n\nAnd when&#46;\n\n## Metrics\n\n| metric | value |\n| --- | --- |\n| auc | 0.9312 |"
        in text
    )
    assert "| trained by | Ada |" in text
    assert text.endswith("|\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_people_does_nothing(text):
    """No mark of Markdown, HTML, GitLab or mathematics is left as it is, but what stands inside words and numbers."""
    left = re.sub(r"&#[0-9]+;", "", escaped(text))

    assert (
        re.sub(r"(?<=\d)\.(?=\d)|(?<=\w)[,-](?=\w)", "", left).replace(" ", "").isalnum() or not left.strip()
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_forge_finds_nothing_in_what_is_shown(text):
    """GitLab and GitHub look for mentions, references and addresses in the text that Markdown gives."""
    assert not re.search(r"[@#!%~$&^]\w|://", html.unescape(escaped(text)))


@given(texts)
def test_escaped_text_shows_itself(text):
    """A browser shows exactly the words that were written; a joiner that nobody sees may stand between them."""
    assert html.unescape(escaped(text)).replace("\u2060", "") == " ".join(text.split()).replace("\u2060", "")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(promoted_versions, candidates(), models)
def test_a_card_is_a_pure_function_with_one_front_matter(version, candidate, model):
    """The same records make the same bytes, and nobody's text ends the front matter early."""
    text = model_card(version, candidate, model)

    assert text == model_card(version, candidate, model)
    assert front_matter(text.decode())["version"] == str(version.version)
