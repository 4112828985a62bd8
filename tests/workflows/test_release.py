"""Releasing: what is due, who may sign it, and what a signed tag makes final."""

from __future__ import annotations

import shutil

import pytest
from desk import merge_proposals

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.gate import GateResult
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission, Role, Roles, SignerEntry
from gitreg.domain.version import VersionNumber
from gitreg.errors import (
    AlreadyThereError,
    AnswerIsNoError,
    ConflictError,
    CredentialsError,
    GateError,
    NotFoundError,
    RecordError,
    RemoteError,
    VerificationError,
)
from gitreg.gitrepo import Repository
from gitreg.signing import (
    AllowedSigner,
    PublicKey,
    format_allowed_signers,
    format_revoked_keys,
    make_key,
    split_tag,
)
from gitreg.workflows.proposing.proposals import find_proposal, merge, open_proposals
from gitreg.workflows.releasing.release import due, refresh, release
from gitreg.workflows.versions.stages import assign, retire, rollback

V1, V2, V3 = VersionNumber(1, 0, 0), VersionNumber(1, 1, 0), VersionNumber(1, 2, 0)


def statement(desk, tag):
    return Statement.parse(
        split_tag((desk.git("cat-file", "tag", f"refs/tags/{tag}") + "\n").encode()).message
    )


def sign_due(desk, at=None):
    registry = desk.open(at)
    return release(registry, due(registry), desk.author)


@pytest.fixture
def accepted(desk):
    """A registry whose first version was merged, and not signed yet."""
    desk.promote(desk.log())
    registry = desk.registry
    merge_proposals(registry, desk.author)
    return desk


def test_a_release_is_a_signed_tag_on_the_merge(desk):
    """Name, target, title and statement of the tag."""
    desk.released()

    said = statement(desk, "model/churn/v1.0.0")

    assert (said.title, said.action, said.version) == ("Release churn 1.0.0", "release", V1)
    assert desk.git("rev-parse", "model/churn/v1.0.0^{commit}") == desk.tip()
    assert desk.git("log", "-1", "--format=%s|%an|%P", "main").split("|")[:2] == [
        "Merge proposal gitreg/promote/churn/v1.0.0", "Ada Example",
    ]  # fmt: skip


def test_git_accepts_every_tag(desk):
    """`git verify-tag` with the committed signers: releases, stages and retirements."""
    desk.released()
    desk.promote(desk.log(), stage="production")
    tags = desk.accept()
    retire(desk.registry, "churn", V1, "wrong labels", desk.author)
    tags += desk.accept()

    assert tags == ["model/churn/v1.1.0", "stage/churn/production/1", "retire/churn/v1.0.0"]
    for tag in tags:
        desk.git("-c", f"gpg.ssh.allowedSignersFile={desk.path / places.ALLOWED_SIGNERS}", "verify-tag", tag)


def test_what_is_signed_is_not_due_again(desk):
    """Released twice, nothing is left."""
    desk.released()

    assert due(desk.registry) == []
    assert sign_due(desk) == []


def test_due_is_limited_to_what_was_named(desk):
    """A model, or one of its versions."""
    for model in ("churn", "fraud"):
        desk.promote(desk.log(model), model, stage="staging")
    registry = desk.registry
    merge_proposals(registry, desk.author)

    assert len(due(registry)) == 4
    assert [one.tag for one in due(registry, model="fraud", version=V1)] == [
        "refs/tags/model/fraud/v1.0.0", "refs/tags/stage/fraud/staging/1",
    ]  # fmt: skip
    with pytest.raises(NotFoundError, match="there is no model nothing"):
        due(registry, model="nothing")


def test_the_tag_is_on_the_commit_that_brought_the_version(accepted):
    """Later commits of the accepted branch are not what was reviewed as this version."""
    brought = accepted.tip()
    accepted.commit({"later.txt": b"later\n"})

    sign_due(accepted)

    assert accepted.git("rev-parse", "model/churn/v1.0.0^{commit}") == brought


def test_a_version_accepted_again_is_tagged_where_it_came_back(accepted):
    """The commit that is signed holds what is signed."""
    files = {
        path: accepted.read(path)
        for path in accepted.git("ls-tree", "-r", "--name-only", "main", "models/churn").splitlines()
    }
    accepted.commit(dict.fromkeys(files))
    back = accepted.commit(files)

    sign_due(accepted)

    assert accepted.git("rev-parse", "model/churn/v1.0.0^{commit}") == back


def test_an_assignment_is_tagged_where_it_came(desk):
    """On the commit since which the model says so, whatever else was accepted before it was signed."""
    desk.released()
    assign(desk.registry, "churn", V1, "production", desk.author)
    merge_proposals(desk.registry, desk.author)
    brought, path = desk.tip(), places.model_path("churn")
    desk.commit({path: desk.read(path).replace(b"description: ''", b"description: who leaves")})

    sign_due(desk)

    assert desk.git("rev-parse", "stage/churn/production/1^{commit}") == brought


def test_a_chain_of_assignments_has_no_hole(desk):
    """Sequence counts up, Previous names the statement before; rollback goes back, and none empties."""
    desk.released()
    desk.promote(desk.log(), stage="production")
    desk.accept()
    for version in (V1, None):
        assign(desk.registry, "churn", version, "production", desk.author)
        desk.accept()
    rollback(desk.registry, "churn", "production", None, desk.author)
    desk.accept()

    chain = [statement(desk, f"stage/churn/production/{n}") for n in (1, 2, 3, 4)]

    assert [(one.version, one.sequence) for one in chain] == [(V2, 1), (V1, 2), (None, 3), (V1, 4)]
    assert [one.previous for one in chain] == [None, *(one.digest for one in chain[:3])]


def test_rollback_goes_to_the_version_before(desk):
    """The last other version that served; a retired one is passed over."""
    for _ in range(3):
        desk.promote(desk.log(), stage="production")
        desk.accept()
    retire(desk.registry, "churn", V2, "wrong labels", desk.author)
    desk.accept()

    rollback(desk.registry, "churn", "production", None, desk.author)
    desk.accept()

    assert desk.model().stages == {"production": V1}


def test_a_release_needs_its_content(accepted):
    """What the storage lost is not released."""
    shutil.rmtree(f"{accepted.path}-store")

    with pytest.raises(VerificationError, match=r"model\.bin is missing"):
        sign_due(accepted)

    assert accepted.git("tag") == ""


def rewrite(desk, path, change):
    desk.commit({path: change(desk.read(path))})


def test_a_failed_gate_is_not_signed(accepted):
    """A merge request can be merged against the gate; a signature is not given."""
    path = layout.version_path("churn", V1)
    record = accepted.registry.accepted.record(ModelVersion, path)
    failed = GateResult(kind="threshold", result="failed", detail="auc 0.1 is not >= 0.9")
    accepted.commit({path: write(record.model_copy(update={"gates": [failed]}))})

    with pytest.raises(GateError, match=r"auc 0\.1 is not >= 0\.9"):
        sign_due(accepted)


@pytest.mark.parametrize(
    "path", [layout.version_manifest_path("churn", V1), layout.version_candidate_path("churn", V1)]
)
def test_files_must_be_those_of_the_record(accepted, path):
    """A manifest or candidate that the version does not name is refused with its place."""
    rewrite(accepted, path, lambda content: content.replace(b"model.bin", b"other.bin") + b"# more\n")

    with pytest.raises(RecordError) as refusal:
        sign_due(accepted)

    assert refusal.value.place == path


def test_a_retired_version_is_not_put_into_service(desk):
    """Two merges that are right alone: the version is retired here and assigned there."""
    desk.released()
    model = desk.model()
    changed = model.model_copy(update={"stages": {"production": V1}, "retired": {V1: "wrong labels"}})
    desk.commit({places.model_path("churn"): write(changed)})

    with pytest.raises(AnswerIsNoError, match=r"churn 1\.0\.0 is retired, and would serve in production"):
        sign_due(desk)


# Who signs


def test_without_a_key_nothing_is_signed(accepted):
    """Exit 4; no tag is made."""
    accepted.git("config", "--unset", "user.signingkey")

    with pytest.raises(CredentialsError) as refusal:
        sign_due(accepted)

    assert refusal.value.exit_code == 4
    assert accepted.git("tag") == ""


def test_a_strangers_key_does_not_sign(accepted):
    """A key that is not among the signers of the accepted branch."""
    file = accepted.path.parent / "stranger"
    make_key(file, "stranger", accepted.environ)
    accepted.git("config", "user.signingkey", str(file))

    with pytest.raises(CredentialsError, match="not among this registry's signers"):
        sign_due(accepted)


def roles(**role):
    may = Permission(by=["ada"], threshold=1)
    people = {
        "ada": SignerEntry(principal="ada@example.com"),
        "bob": SignerEntry(principal="bob@example.com"),
    }
    return write(Roles(people=people, roles={"default": Role(**{"release": may, "assign": may, **role})}))


def test_a_role_that_may_not_release_is_refused(accepted):
    """Bob is known, and the roles do not let him."""
    key = make_key(accepted.path.parent / "bob", "bob", accepted.environ)
    signers = accepted.read(places.ALLOWED_SIGNERS) + format_allowed_signers(
        [AllowedSigner("bob@example.com", key.public)]
    )
    accepted.commit({places.ALLOWED_SIGNERS: signers, places.ROLES: roles()})
    accepted.git("config", "user.signingkey", str(key.file))

    with pytest.raises(CredentialsError, match=r"bob may not sign 'Release churn 1\.0\.0'"):
        sign_due(accepted)


def test_a_role_counts_by_stage(desk):
    """Whoever may assign staging may not assign production; then nothing of it is signed."""
    ada = Permission(by=["ada"], threshold=1)
    desk.commit({places.ROLES: roles(assign={"staging": ada})})
    desk.promote(desk.log(), stage="production")

    with pytest.raises(CredentialsError, match=r"may not sign 'Assign churn 1\.0\.0 to production'"):
        desk.accept()

    assert desk.git("tag") == ""


def test_two_people_are_not_one(accepted):
    """Where a threshold asks for two, one signature would only use up the name."""
    accepted.commit({places.ROLES: roles(release=Permission(by=["ada", "bob"], threshold=2))})

    with pytest.raises(AnswerIsNoError, match="takes 2 people, and there is ada; bob may still approve"):
        sign_due(accepted)


def test_a_revoked_key_does_not_sign(accepted):
    """What was revoked stays out, though it is allowed."""
    key = accepted.read(places.ALLOWED_SIGNERS).decode().split('"git" ')[1].strip()
    accepted.commit({places.REVOKED_KEYS: format_revoked_keys([PublicKey.parse(key)])})

    with pytest.raises(CredentialsError, match="is revoked"):
        sign_due(accepted)


# Merging here


def test_main_checked_out_and_dirty_is_followed(desk):
    """The merge appears in the work tree; the user's own changes stay as they were."""
    candidate = desk.log()
    desk.promote(candidate)
    (desk.path / "train.py").write_text("print('changed')\n")
    (desk.path / "staged.txt").write_text("staged\n")
    desk.git("add", "staged.txt")
    (desk.path / "untracked.txt").write_text("untracked\n")
    before = desk.git("status", "--porcelain")

    desk.accept()

    assert desk.git("status", "--porcelain") == before
    assert (desk.path / layout.version_path("churn", V1)).is_file()


def test_a_file_in_the_way_stops_the_merge(desk):
    """An untracked file where the version would be: nothing is merged, nothing signed, nothing lost."""
    desk.promote(desk.log())
    mine = desk.path / "models/churn/model.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    head = desk.tip()

    with pytest.raises(ConflictError, match=r"models/churn/model\.yaml"):
        desk.accept()

    assert (desk.tip(), mine.read_text()) == (head, "mine\n")


@pytest.mark.parametrize("branch", ["feature", "gitreg/candidates", "gitreg/promote/churn/v1.0.0"])
def test_another_branch_checked_out_stays(desk, branch):
    """Only the accepted branch moves; a proposal that is checked out is kept."""
    desk.git("branch", "feature")
    desk.promote(desk.log())
    desk.git("switch", "-q", branch)
    before = desk.state()

    assert desk.accept() == ["model/churn/v1.0.0"]

    assert desk.state() == before
    assert open_proposals(desk.registry) == []


def test_in_a_linked_work_tree(desk):
    """Released from there, the main work tree follows."""
    desk.promote(desk.log())
    desk.git("worktree", "add", "-q", "-b", "side", "../side")
    side = desk.path.parent / "side"

    assert desk.accept(at=side) == ["model/churn/v1.0.0"]

    assert desk.git("status", "--porcelain") == ""
    assert desk.git("status", "--porcelain", at=side) == ""
    assert (desk.path / layout.version_path("churn", V1)).is_file()


def test_in_a_bare_clone(desk):
    """No work tree is needed, and what is merged and signed goes to the remote."""
    remote = desk.share()
    desk.promote(desk.log())
    bare = desk.clone("bare.git", "--bare")

    registry = desk.open(bare)
    refresh(registry, desk.author)
    assert desk.accept(at=bare) == ["model/churn/v1.0.0"]

    assert desk.git("tag", at=remote) == "model/churn/v1.0.0"
    assert layout.version_path("churn", V1) in desk.git("ls-tree", "-r", "--name-only", "main", at=remote)


def test_the_branch_is_gone_when_it_is_merged(desk):
    """What was decided waits no more."""
    desk.released()

    assert desk.tip("refs/heads/gitreg/promote") is None
    assert open_proposals(desk.registry) == []


def test_only_what_was_named_is_merged(desk):
    """One version of two."""
    desk.promote(desk.log())
    desk.promote(desk.log("fraud"), "fraud")

    merged = merge_proposals(desk.registry, desk.author, model="fraud", version=V1)

    assert [one.name for one in merged] == ["gitreg/promote/fraud/v1.0.0"]
    assert [one.model for one in open_proposals(desk.registry)] == ["churn"]


def test_a_squashed_proposal_is_not_open(desk):
    """A forge that squashes leaves no ancestor; what it holds is held all the same."""
    desk.promote(desk.log())
    name = "refs/heads/gitreg/promote/churn/v1.0.0"
    paths = desk.git("diff", "--name-only", "main", name).splitlines()

    desk.commit({path: desk.read(path, name) for path in paths})

    assert open_proposals(desk.registry) == []


PROPOSAL = "refs/heads/gitreg/edit/churn"


def proposed(desk, files):
    """A proposal made by hand, with anything in it."""
    desk.git("update-ref", PROPOSAL, "main")
    desk.commit(files, PROPOSAL)
    registry = desk.registry
    return registry, find_proposal(registry, PROPOSAL)


@pytest.mark.parametrize("name", ["version.yaml", "candidate.yaml", "artifacts.sha256", "artifacts.dvc"])
@pytest.mark.parametrize("change", [lambda content: content + b"# more\n", lambda _: None])
def test_an_accepted_version_is_final(desk, name, change):
    """No merge changes or removes its files."""
    desk.released()
    path = f"{layout.version_folder('churn', V1)}/{name}"
    registry, proposal = proposed(desk, {path: change(desk.read(path))})
    head = desk.tip()

    with pytest.raises(AnswerIsNoError, match="an accepted version is final"):
        merge(registry, proposal, desk.author)

    assert desk.tip() == head


@pytest.mark.parametrize(
    "path", [".gitreg/trust/roles.yaml", "gitreg.yaml", "models/other/model.yaml", "train.py", ".dvc/config"]
)
def test_a_proposal_brings_nothing_else(desk, path):
    """A branch called a proposal may hold trust files or code; those are not merged along."""
    desk.released()
    registry, proposal = proposed(desk, {path: b"anything\n", "models/churn/x": b"x\n"})

    with pytest.raises(AnswerIsNoError, match="does not belong to churn"):
        merge(registry, proposal, desk.author)


def test_a_proposal_that_does_not_fit_says_what_to_do(desk):
    """Two proposals claim the same number: the second is a conflict, with the way out."""
    desk.promote(desk.log())
    desk.promote(desk.log())

    with pytest.raises(ConflictError) as refusal:
        merge_proposals(desk.registry, desk.author)

    assert (refusal.value.exit_code, refusal.value.hint) == (
        5,
        "make it anew on that, by the same gitreg promote as before",
    )
    assert [one.name for one in open_proposals(desk.registry)] == ["gitreg/promote/churn/v1.1.0"]


# Names that are taken


def test_a_tag_that_exists_already_is_not_moved(accepted):
    """Somebody made a tag of that name between the look and the signature."""
    registry = accepted.registry
    waiting = due(registry)
    accepted.git("tag", "model/churn/v1.0.0", "main~1")
    before = accepted.tip("refs/tags/model/churn/v1.0.0")

    with pytest.raises(ConflictError, match="exists already"):
        release(registry, waiting, accepted.author)

    assert accepted.tip("refs/tags/model/churn/v1.0.0") == before


def test_a_tag_of_a_shorter_name_is_explained(accepted):
    """Git cannot keep model/churn beside model/churn/v1.0.0."""
    accepted.git("tag", "model/churn")

    with pytest.raises(AlreadyThereError, match="cannot exist beside refs/tags/model/churn"):
        sign_due(accepted)


@pytest.mark.parametrize(
    "words", [["stage/churn/production/2", "main"], ["-m", "x", "stage/churn/production/2", "main"]]
)
def test_a_tag_that_is_no_statement_stops_the_chain(desk, words):
    """Nobody can say what comes after an assignment that is none."""
    desk.promote(desk.log(), stage="production")
    desk.accept()
    desk.git("tag", *words)

    with pytest.raises(RecordError, match="stage/churn/production/2 is no assignment"):
        due(desk.registry)


def test_a_copied_assignment_is_none(desk):
    """A good statement under another number."""
    desk.promote(desk.log(), stage="production")
    desk.accept()
    desk.git(
        "update-ref", "refs/tags/stage/churn/production/2", desk.tip("refs/tags/stage/churn/production/1")
    )

    with pytest.raises(RecordError, match="another number inside"):
        due(desk.registry)


# With a remote


def test_everything_goes_to_the_remote(desk):
    """Accepted branch and tags are there, the proposal's branch is gone, and another clone sees all of it."""
    remote = desk.share()
    desk.promote(desk.log(), stage="production")
    assert "refs/heads/gitreg/promote/churn/v1.0.0" in desk.git("for-each-ref", at=remote)

    desk.accept()

    clone = desk.clone()
    assert desk.git("tag", at=clone).split() == ["model/churn/v1.0.0", "stage/churn/production/1"]
    assert "gitreg/promote" not in desk.git("for-each-ref", at=remote)
    assert desk.open(clone).accepted.record(Model, places.model_path("churn")).stages == {"production": V1}


def test_another_clone_accepts_and_signs(desk):
    """The reviewer's clone fetches the proposal, merges and signs; the proposer's sees it by fetching."""
    desk.share()
    clone = desk.clone()
    desk.promote(desk.log())
    reviewer = desk.open(clone)
    refresh(reviewer, desk.author)

    assert [one.shared for one in open_proposals(reviewer)] == [True]
    assert desk.accept(at=clone) == ["model/churn/v1.0.0"]

    registry = desk.registry
    refresh(registry, desk.author)
    assert (due(registry), open_proposals(registry)) == ([], [])


def test_a_remote_tag_wins(desk):
    """Two signers at once: the second is told, and has no tag of its own left."""
    desk.share()
    desk.promote(desk.log())
    clone = desk.clone()
    mine = desk.registry
    merge_proposals(mine, desk.author)
    waiting = due(mine)
    theirs = desk.open(clone)
    refresh(theirs, desk.author)
    release(theirs, due(theirs), desk.author)

    with pytest.raises(ConflictError):
        release(mine, waiting, desk.author)

    assert desk.git("tag") == ""
    refresh(mine, desk.author)
    assert due(mine) == []


def test_a_remote_that_is_gone_loses_nothing(desk):
    """Exit 7; the tag that could not be sent is not kept, so that it is still due."""
    remote = desk.share()
    desk.promote(desk.log())
    registry = desk.registry
    merge_proposals(registry, desk.author)
    remote.rename(remote.with_name("away"))

    with pytest.raises(RemoteError) as refusal:
        release(registry, due(registry), desk.author)

    assert refusal.value.exit_code == 7
    remote.with_name("away").rename(remote)
    assert release(registry, due(registry), desk.author) == ["refs/tags/model/churn/v1.0.0"]


def test_own_commits_on_main_are_left_to_their_owner(desk):
    """The merge is made on the remote's branch; a local branch with work of its own does not move."""
    desk.share()
    desk.promote(desk.log())
    (desk.path / "own.txt").write_text("own\n")
    desk.git("add", "own.txt")
    desk.git("commit", "-q", "-m", "Own")
    head = desk.tip()

    desk.accept()

    assert desk.tip() == head
    assert "own.txt" not in desk.git("ls-tree", "-r", "--name-only", "origin/main")


def test_a_dirty_main_does_not_stop_what_the_remote_took(desk):
    """What counts is the remote's branch; a local file in the way leaves the local branch behind."""
    desk.share()
    desk.promote(desk.log())
    mine = desk.path / "models/churn/model.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    head = desk.tip()

    assert desk.accept() == ["model/churn/v1.0.0"]

    assert (desk.tip(), mine.read_text()) == (head, "mine\n")


def test_a_refused_proposal_is_not_merged(desk):
    """Review closed it by deleting its branch on the remote: nobody else's clone merges it."""
    desk.share()
    clone = desk.clone()
    desk.promote(desk.log())
    reviewer = desk.open(clone)
    refresh(reviewer, desk.author)
    desk.git("push", "-q", "origin", ":gitreg/promote/churn/v1.0.0")

    refresh(reviewer, desk.author)

    assert open_proposals(reviewer) == []


def test_reflog_and_objects_are_sound(desk):
    """What was written passes Git's own check."""
    desk.released()

    desk.git("fsck", "--strict")
    assert (
        desk.git("reflog", "-1", "--format=%gs", "main")
        == "gitreg: Merge proposal gitreg/promote/churn/v1.0.0"
    )
    with Repository.open(desk.path, desk.environ) as repository:
        assert repository.find("refs/tags/model/churn/v1.0.0").kind == "tag"
