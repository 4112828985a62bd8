"""Pushes to a server with the hook: what it refuses, and what it says. Nothing of a refused push is taken, nor written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from desk import MAIN
from server import Server, proposed, retired_by_a_stranger

from gitreg.documents import layout, places
from gitreg.domain.version import VersionNumber
from gitreg.workflows.registry import CANDIDATES

V1 = VersionNumber(1, 0, 0)
RELEASE = "refs/tags/model/churn/v1.0.0"
ASSIGNED = "refs/tags/stage/churn/production/1"


@pytest.fixture
def refused(server: Server) -> Callable[..., None]:
    """Pushes, and sees that the server refuses in these words, and is as it was to the last file."""

    def push(*refspecs: str, words: tuple[str, ...]) -> None:
        before = server.refs(), server.files()

        pushed = server.push(*refspecs)

        assert pushed.refused(*words), pushed.words
        assert (server.refs(), server.files()) == before

    return push


@pytest.fixture
def judged(server: Server) -> Callable[..., None]:
    """The same without Git between: what the hook would say of such a push."""

    def judge(*refspecs: str, words: tuple[str, ...]) -> None:
        found = server.judge(*refspecs)

        assert all(any(one in line for line in found) for one in words), found

    return judge


def test_branches_that_only_grow_are_not_rewound_or_deleted(
    server: Server, refused: Callable[..., None]
) -> None:
    """By force or by deletion, neither the accepted nor the candidate branch loses anything; all reasons come at once."""
    desk = server.desk
    desk.git("config", "receive.denyDeletes", "false", at=server.bare)
    desk.git("checkout", "-q", "--orphan", "other")
    desk.git("commit", "-q", "--allow-empty", "-m", "Other")

    refused(
        "+HEAD:main", "+HEAD:gitreg/candidates",
        words=(
            f"{MAIN}: it would lose commits that were accepted", f"{CANDIDATES}: it would lose candidates that were published",
        ),
    )  # fmt: skip
    refused(
        ":main", ":gitreg/candidates",
        words=(f"{MAIN}: the accepted branch is never deleted", f"{CANDIDATES}: the candidate branch is never deleted"),
    )  # fmt: skip


def test_accepted_line_goes_on(server: Server, judged: Callable[..., None]) -> None:
    """Merging the accepted branch into another one and pushing that would end every release's verification."""
    desk = server.desk
    desk.git("checkout", "-q", "-b", "side", "main~1")
    desk.git("commit", "-q", "--allow-empty", "-m", "Side")
    desk.git("merge", "-q", "--no-ff", "-m", "Wrong way round", "main")

    judged("HEAD:main", words=("would leave its line of first parents",))


def test_accepted_version_is_final(server: Server, refused: Callable[..., None]) -> None:
    """Neither changed nor removed, whoever pushes."""
    path = layout.version_path("churn", V1)
    server.desk.commit(
        {
            path: server.desk.read(path).replace(b"1.0.0", b"1.0.0", 1) + b"\n",
            layout.version_dvc_path("churn", V1): None,
        }
    )

    refused("main", words=(f"{path}:", "was accepted, and this file was removed (GR101)"))


def test_trust_files_follow_by_signed_roots_only(server: Server, judged: Callable[..., None]) -> None:
    """Whoever can push cannot thereby say who may sign."""
    roles = server.desk.read(places.ROLES).replace(b"ada", b"eve")
    server.desk.commit({places.ROLES: roles})

    judged("main", words=(f"{places.ROLES}:1:1: it is not the one that trust root 1 names",))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "it is not there, and without it there is no registry"),
        ((b"accepted_branch: main", b"accepted_branch: other"), "it calls other the accepted branch"),
        ((b"0d8f1c5e", b"ffffffff"), "the registry is 0d8f1c5e"),
    ],
    ids=["gone", "branch", "id"],
)
def test_registry_stays_what_it_is(
    server: Server, judged: Callable[..., None], change: tuple[bytes, bytes] | None, words: str
) -> None:
    """Its settings cannot be removed, nor say that it is another registry or another branch."""
    text = server.desk.read(places.REGISTRY)
    server.desk.commit({places.REGISTRY: text.replace(*change) if change else None})

    judged("main", words=(f"{places.REGISTRY}: {words}",))


def test_push_cannot_choose_the_branch_that_is_guarded(server: Server, judged: Callable[..., None]) -> None:
    """The accepted branch is the server's HEAD: neither a second registry nor a word in the same push moves the guard."""
    desk = server.desk
    text = desk.read(places.REGISTRY).replace(b"accepted_branch: main", b"accepted_branch: evil")
    desk.git("branch", "evil", "main")
    desk.commit({places.REGISTRY: text}, "refs/heads/evil")
    desk.commit({layout.version_dvc_path("churn", V1): None})

    judged("evil", "main", words=("was accepted, and this file was removed (GR101)",))


def test_promotion_pushed_straight_obeys_the_rules_of_a_reviewed_one(
    server: Server, judged: Callable[..., None]
) -> None:
    """A commit that brings a version brings nothing else: here the change of another model comes along."""
    desk = server.desk
    _, branch = proposed(server)
    desk.git("checkout", "-q", branch.removeprefix("refs/heads/"))
    model = desk.read(places.model_path("churn"), branch).replace(b"churn", b"other")
    desk.git("checkout", "-q", "main")
    desk.git("merge", "-q", "--no-ff", "--no-commit", branch)
    (desk.path / "models" / "other").mkdir()
    (desk.path / places.model_path("other")).write_bytes(model)
    desk.git("add", "models")
    desk.git("commit", "-q", "-m", "Merge")

    judged("main", words=(f"which brings churn 1.1.0: {places.model_path('other')}",))


def test_candidate_branch_holds_candidates_only(server: Server, judged: Callable[..., None]) -> None:
    """Code, models and trust files have no place there; broken records neither."""
    desk = server.desk
    path = places.candidate_path("churn", "ab" * 16)
    desk.commit({"models/x.txt": b"", "train.py": b"", path: b"schema: gitreg/candidate/v1\n"}, CANDIDATES)

    judged(
        "gitreg/candidates", f"{CANDIDATES}:refs/gitreg/inbox/{'0' * 32}",
        words=(
            f"{CANDIDATES}: models/x.txt: it does not belong on the candidate branch", "train.py: it does not belong",
            f"{path}:1:1: ", "refs/gitreg/inbox/",
        ),
    )  # fmt: skip


def test_proposal_holds_what_it_is_for(server: Server, judged: Callable[..., None]) -> None:
    """A proposal of churn with a change of the settings, one that changes a released version, one without history."""
    desk = server.desk
    settings, version = desk.read(places.REGISTRY), layout.version_manifest_path("churn", V1)
    desk.git("branch", "gitreg/edit/churn", "main")
    desk.git("branch", "gitreg/assign/churn/staging", "main")
    desk.commit({places.REGISTRY: settings + b"# and more\n"}, "refs/heads/gitreg/edit/churn")
    desk.commit({version: b""}, "refs/heads/gitreg/assign/churn/staging")
    desk.git("checkout", "-q", "--orphan", "alone")
    desk.git("commit", "-q", "--allow-empty", "-m", "Alone")

    judged(
        "gitreg/edit/churn", "gitreg/assign/churn/staging", "HEAD:refs/heads/gitreg/retire/churn/v1.0.0",
        words=(
            f"{places.REGISTRY}:1:1: gitreg/edit/churn must not change it", "this file was changed (GR101)",
            "retire/churn/v1.0.0: it has no commit in common with the accepted branch",
        ),
    )  # fmt: skip


def test_statement_is_never_moved_or_deleted(server: Server, judged: Callable[..., None]) -> None:
    """Not even to another good tag of its signer's."""
    desk = server.desk
    desk.git("tag", "-f", "-m", "Other", "model/churn/v1.0.0", "main")

    judged(
        f"+{RELEASE}",
        f":{ASSIGNED}",
        words=(f"{RELEASE}: a signed statement never moves", f"{ASSIGNED}: a signed"),
    )


def test_statement_that_would_not_verify_is_refused(server: Server, refused: Callable[..., None]) -> None:
    """Lightweight, unsigned, under another name: each by the step of verification that refuses it."""
    desk = server.desk
    desk.git("tag", "model/churn/v2.0.0", "main")
    desk.git("tag", "-a", "-m", "Release churn 3.0.0", "model/churn/v3.0.0", "main")
    desk.git("update-ref", "refs/tags/resign/churn/v1.0.0/1", desk.tip(RELEASE) or "")

    refused(
        "refs/tags/model/churn/v2.0.0", "refs/tags/model/churn/v3.0.0", "refs/tags/resign/churn/v1.0.0/1",
        words=(
            "v2.0.0: it would not verify (object): ", "v3.0.0: it would not verify (object): ",
            "resign/churn/v1.0.0/1: it would not verify (name): ",
        ),
    )  # fmt: skip


def test_statement_of_what_nobody_accepted_is_refused(server: Server, judged: Callable[..., None]) -> None:
    """A good signature on a commit that is only here; with the accepted branch in the same push it would do."""
    desk = server.desk
    _, branch = proposed(server)
    desk.git("merge", "-q", "--no-ff", "-m", "Merge", branch.removeprefix("refs/heads/"))
    desk.git("remote", "remove", "origin")
    made = desk.accept()

    judged(f"refs/tags/{made[0]}", words=("it would not verify (review): ",))


def test_stranger_brings_no_role_with_the_tag_that_needs_it(
    server: Server, judged: Callable[..., None]
) -> None:
    """Who may sign is asked of the branch as it was before the push: a new signer's first tag comes after the new root."""
    retired_by_a_stranger(server, "refs/tags/retire/churn/v1.0.0")

    judged("refs/tags/retire/churn/v1.0.0", words=("it would not verify (signature): ",))


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/gitreg", "refs/heads/gitreg/candidates/x", "refs/gitreg/candidates", "refs/gitreg/inbox/x",
        "refs/heads/gitreg/promote/churn", "refs/heads/gitreg/promote/churn/v01.0.0", "refs/heads/gitreg/trust/01",
        "refs/tags/model/churn", "refs/tags/stage", "refs/tags/model/churn/v1", "refs/tags/approve/churn/x/y",
    ],
)  # fmt: skip
def test_names_in_the_way_are_refused(server: Server, ref: str) -> None:
    """What would stand where gitreg's own names belong, or looks like one and is none."""
    pushed = server.judged(ref)

    assert [one.ref for one in pushed] == [ref]
    assert "would be in the way" in pushed[0].message


def test_words_of_whoever_pushes_do_not_act(server: Server, refused: Callable[..., None]) -> None:
    """File names with escapes and line ends of their own are shown as what they are, a line for each reason."""
    server.desk.commit({"a\x1b[2J\r\nremote: taken": b"", "\u202eexe.py": b""}, CANDIDATES)

    refused("gitreg/candidates", words=("a\\x1b[2J\\r\\nremote: taken: it does not belong", "\\u202eexe.py"))


def test_what_cannot_be_judged_is_refused(server: Server) -> None:
    """A server whose HEAD is nowhere, whose gitreg is gone, or that lacks ssh-keygen takes nothing."""
    desk = server.desk
    desk.git("checkout", "-q", "-b", "feature")
    desk.git("commit", "-q", "--allow-empty", "-m", "Code")
    hook = server.bare / "hooks" / "pre-receive"
    script = hook.read_text()
    (server.bare / "HEAD").write_text(f"{desk.tip()}\n")
    nowhere = server.push("feature")
    hook.write_text(script.replace("-m gitreg", "-m no_such_module"))

    gone = server.push("feature")

    assert nowhere.code == gone.code == 1
    assert "gitreg could not judge this push, so it is refused" in nowhere.words
    assert "on the server: git config gitreg.acceptedBranch main" in nowhere.words
    assert "feature" not in server.refs()
