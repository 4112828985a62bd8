"""Refs whose names Git allows and nobody should, and a Git host that talks: what is honest stays so, and nothing acts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from attack_ground import RELEASE, STAGE, Ground

Call = Callable[..., Any]
NAMES = (
    "tags/model/churn/v1.0.0\u202e", "tags/model/churn/v1.0.0;id", "tags/model/churn/v9.9.9$(id)", "tags/model/CHURN/v1.0.0", "tags/model/churn/v01.0.0",
    "tags/model/churn/v\u0661.0.0", "tags/stage/churn/production/007", "tags/stage/churn/production/3\u200b", "tags/stage/churn/production/-1",
    "tags/stage/churn/production/99999999999999999999", "tags/retire/churn/v1.0.0/x", "tags/resign/churn/v1.0.0/x", "tags/approve/churn/xyz/\u202eada",
    "heads/gitreg/promote/churn/v1.0.0\u202e", "heads/gitreg/promote/--upload-pack=id/v1.0.0", "heads/gitreg/trust/\u0662", "heads/gitreg/assign/churn/\u202e",
    "gitreg/inbox/\u202e", "gitreg/inbox/zz",
)  # fmt: skip
CALLS = [
    ("verify", "churn@1.0.0"), ("verify", "churn@production"), ("verify", "churn@latest"), ("verify", "--all"), ("fetch",), ("status",), ("audit",),
    ("release", "--dry-run"), ("doctor",), ("model", "versions", "churn"), ("list",), ("key", "list"), ("status", "--json"),
]  # fmt: skip
REFUSED = {("verify", "--all"): 6, ("audit",): 6}
"""Forgeries among the odd tags are marked, and the honest ones beside them are not."""


def _acts(said: Any) -> set[str]:
    return {
        one for one in said.out + said.err if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    } - {"\n", "\t"}


@pytest.fixture
def odd_refs(ground: Ground) -> Ground:
    """All of them on the host, pointing at honest things."""
    for name in NAMES:
        kind = (
            RELEASE
            if name.startswith("tags/") and "stage" not in name
            else f"{STAGE}/1"
            if "stage" in name
            else "refs/heads/main"
        )
        ground.point(f"refs/{name}", ground.tip(kind))
    return ground


def test_odd_refs_change_no_answer_and_act_on_nothing(odd_refs: Ground, call: Call) -> None:
    """Passed over, or refused where every tag is looked at; never a traceback, and never shown as they are."""
    for words in CALLS:
        said = call(*words)

        assert said.code == REFUSED.get(words, 0), (words, said.err)
        assert "bug in gitreg" not in said.err
        assert not _acts(said), words
    assert call("pull", "churn@1.0.0", "-o", "{target}", "--storage", "{storage}").code == 0


def test_what_the_git_host_says_is_shown_and_does_nothing(ground: Ground, call: Call) -> None:
    """Words of a server's hook come back by `remote:` lines, on a push that it declines."""
    hook = ground.host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nprintf '\\033]0;pwned\\007\\033[2J\\302\\2335n error: \\342\\200\\256evil\\n' >&2\nyes 0123456789 | head -c 300000 >&2\nexit 1\n"
    )
    hook.chmod(0o755)

    for words in (("log", "churn", "-m", "auc=1", "--no-code"), ("push",)):
        said = call(
            *words,
            GIT_AUTHOR_NAME="A",
            GIT_AUTHOR_EMAIL="a@b.c",
            GIT_COMMITTER_NAME="A",
            GIT_COMMITTER_EMAIL="a@b.c",
        )

    assert said.code != 0
    assert "bug in gitreg" not in said.err
    assert not _acts(said)
    assert len(said.err) < 20_000
