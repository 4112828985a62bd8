"""What merge requests say: people's words are shown, and do nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gitreg.domain.candidate import ArtifactSummary, Candidate, Code
from gitreg.domain.digest import Digest
from gitreg.domain.gate import GateResult
from gitreg.domain.model import CandidateSource, ModelVersion
from gitreg.domain.record import Person
from gitreg.domain.version import VersionNumber
from gitreg.errors import UsageError
from gitreg.workflows.proposing.request_words import (
    Promotion,
    RequestWords,
    edit_words,
    harmless,
    plain_words,
    promotion_words,
    retirement_words,
    stage_words,
    title_of,
    trust_words,
)

WHEN = datetime(2026, 11, 22, tzinfo=UTC)
DIGEST = Digest.of(b"x")
V1, V2 = VersionNumber(1, 0, 0), VersionNumber(1, 1, 0)
HOSTILE = [
    "@all", "@group/sub", "#1", "!2", "~label", '~"two words"', "%milestone", "$snippet", "^alert", "&epic", "group/project#3",
    "<script>alert(1)</script>", "<img src=x onerror=1>", "<!-- x", "--> <b>", "![x](https://evil.example/x.png)", "[x](javascript:1)",
    "https://evil.example", "www.evil.example", "| cell | cell |", "`code`", "**bold**", "$(touch x)", "${CI_JOB_TOKEN}", "$CI_COMMIT_SHA",
    "a@b.example", "[[_TOC_]]", "[^1]", "$$x$$", "{{evil}}", "Closes #1", "cc @ada",
]  # fmt: skip
ACTIONS = [
    "/approve",
    "text\n/close\nmore",
    "\r\n/merge",
    "\n\n/assign @all",
    "\u2028/label ~x",
    "\x85/close",
]
APART = "@#!~%$^&"
LIVE = ("@", "#", "!", "~", "%", "$", "^", "&", "<", ">", "`", "[", "]", "|", "*", "://", "www.")


def promotion(words: str) -> Promotion:
    """A promotion in which every field that takes people's words holds these."""
    plain = "".join(character for character in words if character.isprintable()).strip()
    summary = ArtifactSummary(files=1, size=1, manifest=DIGEST)
    candidate = Candidate(
        id="7f" * 16, experiment="churn", name=plain, created=WHEN, author=Person(name=plain, email="a@example.com"),
        params={plain: words.replace("\r", "").replace("\u2028", "").replace("\x85", "")}, metrics={plain: 0.5},
        code=Code(commit="a" * 40, dirty=True),
    )  # fmt: skip
    version = ModelVersion(
        model="churn", version=V2, number=2, created=WHEN, author=candidate.author, artifacts=summary,
        candidate=CandidateSource(experiment="churn", id=candidate.id, record=DIGEST),
        gates=[GateResult(kind="threshold", result="passed", detail=plain)],
        description=words.replace("\r", "").replace("\u2028", "").replace("\x85", ""),
    )  # fmt: skip
    return Promotion(version, candidate, "gitreg/promote/churn/v1.1.0", "staging", V1, plain)


def own(words: str = "word") -> RequestWords:
    """The same with a word that does nothing."""
    return promotion_words(promotion(words), None, is_draft=False)


def live(text: str) -> dict[str, int]:
    """How often each mark stands in a text where it acts: neither escaped nor taken apart."""
    for harmless_form in ("&lt;", "&gt;", "&amp;&#8288;", "&#8288;", "&#47;", ":&#8288;//"):
        text = text.replace(harmless_form, "\0")
    for mark in LIVE:
        text = text.replace(f"{mark}\0", "").replace(f"{mark}\u2060", "")
        # a backslash hides markup, and no reference: those are looked for in what Markdown shows
        text = text if mark in APART else text.replace(f"\\{mark}", "")
    return {mark: text.count(mark) for mark in LIVE if text.count(mark)}


@pytest.mark.parametrize("words", HOSTILE + ACTIONS)
def test_no_field_of_a_candidate_acts(words: str) -> None:
    """A description with hostile words has the marks of one with plain words, line for line, and no line more."""
    mine, plain = promotion_words(promotion(words), None, is_draft=False), own()

    assert len(mine.description.splitlines()) == len(plain.description.splitlines())
    assert live(mine.description) == live(plain.description)
    assert not any(line.lstrip(" >").startswith("/") for line in mine.description.splitlines())
    assert live(mine.summary) == live(plain.summary)
    assert mine.summary.isprintable()
    assert mine.title == "Promote churn 1.1.0"


@pytest.mark.parametrize("words", HOSTILE + ACTIONS)
def test_no_word_acts_in_a_title(words: str) -> None:
    """A title is no Markdown: what begins a reference is followed by what nobody sees, and nothing else is changed."""
    made = harmless(f"Promote {words}")

    assert live(made) == {} or set(live(made)) <= {"|"}
    assert made.replace("\u2060", "").split()[0] == "Promote"
    assert "\n" not in made


@pytest.mark.parametrize(
    "title",
    ["", " \n ", "/approve", "  /close", "Draft: x", "[draft] x", "(Draft) x", "wip: x", "x" * 300, "DRAFT - x", "\u2060Draft: x", "**draft** x"],
)  # fmt: skip
def test_what_is_no_title(title: str) -> None:
    """Empty, a quick action, a draft by another way, too long."""
    with pytest.raises(UsageError, match="title"):
        title_of(title)


def test_a_title_is_what_its_author_wrote() -> None:
    """On one line; Unicode stays."""
    assert title_of("  Promote\n the  spring Modell für alle ") == "Promote the spring Modell für alle"


def test_a_description_is_short() -> None:
    """Fifteen to twenty-five lines, however much a candidate holds; the report has the rest."""
    shown = promotion("word")
    many = shown.candidate.model_copy(
        update={
            "params": {f"p{n}": "v" * 400 for n in range(300)},
            "metrics": {f"m{n}": n / 7 for n in range(300)},
            "name": "n" * 500,
        }
    )
    version = shown.version.model_copy(update={"description": "long " * 900})

    made = promotion_words(Promotion(version, many, shown.branch, None, V1, "m7"), None, is_draft=True)

    lines = made.description.splitlines()
    assert 15 <= len(lines) <= 25
    assert max(map(len, lines)) < 1000
    assert "| metrics | m7 1.0, m0 0.0" in made.description
    assert "and 295 more" in made.description
    assert len(made.summary) < 600
    assert made.is_draft


@pytest.mark.parametrize("words", HOSTILE + ACTIONS)
def test_other_proposals_neither(words: str) -> None:
    """Reasons, field names, changes of a trust root, and words of a commit."""
    for make in (
        lambda text: retirement_words("churn", V1, text),
        lambda text: edit_words("churn", [f"tags.{text}"]),
        lambda text: trust_words(2, [f"{text} may release"]),
        lambda text: plain_words(f"Change it\n\n{text}\n"),
        plain_words,
    ):
        mine, plain = make(words), make("word")
        assert live(mine.description) == live(plain.description)
        assert not any(line.lstrip(" >").startswith("/") for line in mine.description.splitlines())
        assert live(mine.summary) == live(plain.summary)
        assert not mine.title.startswith("/")


def test_a_stage_says_what_serves_now() -> None:
    """Who reviews it sees both versions."""
    assert (
        "churn 1.1.0 is to serve in staging, where churn 1.0.0 does now."
        in stage_words("churn", V2, "staging", V1).description
    )
    assert stage_words("churn", None, "staging", V1).title == "Empty staging of churn"
