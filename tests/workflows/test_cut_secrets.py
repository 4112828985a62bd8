"""No field of a candidate carries a secret into the repository, whichever way it came; and ordinary values stay."""

from __future__ import annotations

import json

import pytest

from gitreg.domain.candidate import Code, DataSource, Pipeline
from gitreg.workflows.candidates.edit_candidate import note_candidate, tag_candidate

# put together here, so that no scanner takes this file for a leak
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITLAB = "glpat-" + "aB3dE6gH9jK2mN5pQ8sT"
URL = f"https://oauth2:{GITLAB}@example.com/x.git"
SECRETS = (AWS, GITLAB, "hunter2", "s3cr3t-of-mine", "correcthorse")


def _everything(desk) -> str:
    """All that the candidate branch holds, commit messages included."""
    return desk.git("log", "-p", "--format=%B", "gitreg/candidates")


@pytest.mark.parametrize(
    "given",
    [
        {"params": {"aws": AWS}},
        {"params": {"db_password": "hunter2", "lr": "0.1"}},
        {"params": {"api_key": "s3cr3t-of-mine"}},
        {"params": {"database": "postgresql://ada:hunter2@db/x"}},
        {"tags": {"origin": URL}},
        {"tags": {"token": "s3cr3t-of-mine"}},
        {"notes": f"ran with\npassword=hunter2\nand {AWS}\n"},
        {"name": f"run with {GITLAB}"},
        {"data": [DataSource(name="train", uri=URL, context=f"by {GITLAB}")]},
        {"data": [DataSource(name="train", uri=f"s3://bucket/x?X-Amz-Credential={AWS}")]},
        {"data": [DataSource(name="train", uri="u", kind="http", source=f'{{"key": "{GITLAB}"}}')]},
        {
            "data": [
                DataSource(name="train", uri="u", fingerprint="a", profile=AWS, tags={"password": GITLAB})
            ]
        },
        {"code": Code(repository=URL, branch=GITLAB, command=["train.py", "--password=hunter2", URL])},
        {
            "code": Code(
                command=["train.py", "--password", "hunter2", "--api-key", "s3cr3t-of-mine", "-lr", "1"]
            )
        },
        {"params": {"password": "hunter2", "DB.PASSWORD": "correcthorse"}},
        {"ci": Pipeline(project=URL, job=f"https://ci.example/?private_token={GITLAB}")},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_looks_like_a_secret_is_cut_before_the_commit(desk, given):
    """Params, tags, notes, names, data, code, pipeline: nothing of it is in any blob or message."""
    candidate = desk.log(**given)

    whole = _everything(desk)
    assert not [secret for secret in SECRETS if secret in whole]
    assert candidate.id in whole


def test_the_rest_of_a_value_stays(desk):
    """Whoever reads the record sees what was cut, and where."""
    candidate = desk.log(
        params={"db": "postgresql://ada:hunter2@db/x", "password": "hunter2", "lr": "0.1"},
        notes="lr=1\npassword=hunter2 here\n",
    )

    assert candidate.params == {"db": "postgresql://ada:***@db/x", "password": "***", "lr": "0.1"}
    assert candidate.notes == "lr=1\npassword=*** here\n"


def test_an_edit_is_cut_as_well(desk):
    """Tags and notes that come later."""
    candidate = desk.log()

    tag_candidate(
        desk.registry, candidate.id, {"deploy_token": "s3cr3t-of-mine", "team": "growth"}, desk.author
    )
    note_candidate(desk.registry, candidate.id, f"see {URL}", desk.author)

    whole = _everything(desk)
    assert not [secret for secret in SECRETS if secret in whole]
    assert "team: growth" in whole


def test_ordinary_values_stay_exactly(desk):
    """What only sounds like a secret: sizes of vocabularies, special tokens, names of things."""
    params = {
        "max_tokens": "4096", "pad_token": "<pad>", "eos_token": "</s>", "tokenizer": "bert-base-uncased-2", "secret_santa": "true",
        "url": "https://example.com/a?b=c", "mail": "ada@example.com", "password": "changeme", "token_budget": "1000000",
    }  # fmt: skip
    notes = "mail ada@example.com about https://example.com:8080/@ada?x=1\n"
    candidate = desk.log(params=params, notes=notes, tags={"passed": "yes"})

    assert json.loads(json.dumps(candidate.params)) == params
    assert candidate.notes == notes
    assert candidate.tags == {"passed": "yes"}
