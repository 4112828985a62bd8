"""Making a registry: what is written where, and where none can be."""

from __future__ import annotations

import subprocess
import sys

import pytest
from desk import REGISTRY_ID, START

from gitreg.documents import places
from gitreg.domain.trust import Root
from gitreg.errors import (
    AlreadyThereError,
    ConflictError,
    CredentialsError,
    NotFoundError,
    RecordError,
    UsageError,
)
from gitreg.workflows.init.init_registry import InitOptions, init_registry
from gitreg.workflows.registry import open_registry
from gitreg.workflows.verification.anchor import pinned_anchor

WRITTEN = (
    ".dvc/.gitignore", ".dvc/config", ".gitreg/trust/allowed_signers", ".gitreg/trust/revoked_keys", ".gitreg/trust/roles.yaml",
    ".gitreg/trust/root.yaml", ".gitreg/trust/signatures/ada.sig", "gitreg.yaml", "models/.gitignore",
)  # fmt: skip


@pytest.fixture
def place(repository_desk):
    """A repository without a registry."""
    return repository_desk


def everything(desk):
    """All refs, files and configuration."""
    return (
        desk.git("for-each-ref"), desk.state(), (desk.path / ".git/config").read_text(),
        sorted(str(path) for path in desk.path.rglob("*") if ".git/" not in str(path)),
    )  # fmt: skip


def test_a_new_folder_becomes_a_registry(place):
    """The folder, its repository and the registry are made in one go."""
    place.path = place.path.parent / "new" / "churn-models"

    made = place.init()

    assert made.root == place.path
    assert place.registry.settings.name == "churn-models"
    assert place.git("status", "--porcelain") == ""


def test_one_commit_has_what_was_written_and_nothing_else(place):
    """Author, message and files of the commit; the work tree has the files too."""
    made = place.init()

    assert made.written == WRITTEN
    assert place.git("show", "--format=%an <%ae>%n%s", "--name-only", "main").splitlines() == [
        "Ada Example <ada@example.com>", "Make this repository a gitreg registry", "", *WRITTEN,
    ]  # fmt: skip
    assert all((place.path / name).is_file() for name in WRITTEN)
    assert place.git("status", "--porcelain") == ""


def test_own_changes_stay_uncommitted(place):
    """Staged, unstaged and untracked changes are there afterwards as before."""
    (place.path / "staged.txt").write_text("staged\n")
    place.git("add", "staged.txt")
    (place.path / "train.py").write_text("print('changed')\n")
    (place.path / "untracked.txt").write_text("untracked\n")
    before = place.git("status", "--porcelain")

    place.init()

    assert place.git("status", "--porcelain") == before
    assert place.git("show", "--format=", "--name-only", "main").splitlines() == list(WRITTEN)


def test_again_it_changes_nothing(place):
    """Run twice, the second finds the registry and says what is there."""
    first = place.init()
    before = everything(place)

    second = place.init()

    assert everything(place) == before
    assert (second.written, second.settings, second.fingerprint, second.storage) == (
        (), first.settings, first.fingerprint, first.storage,
    )  # fmt: skip


def test_again_on_an_older_branch_it_changes_nothing(place):
    """A branch from before the registry is no reason for a second one."""
    place.git("branch", "older")
    place.init()
    place.git("switch", "-q", "older")
    before = everything(place)

    assert place.init().written == ()
    assert everything(place) == before


def test_without_commit_the_files_are_staged(place):
    """`--no-commit` leaves HEAD where it is; a second run finds what is staged."""
    head = place.tip()

    made = place.init(commit=False)

    assert place.tip() == head
    assert sorted(place.git("diff", "--cached", "--name-only").splitlines()) == sorted(WRITTEN)
    before = everything(place)
    assert (made.written, place.init().written) == (WRITTEN, ())
    assert everything(place) == before


def test_staged_and_then_committed_by_hand_it_is_a_registry(place):
    """What `--no-commit` left is whole."""
    place.init(commit=False)
    place.git("commit", "-q", "-m", "Registry")

    candidate = place.log()
    place.promote(candidate)

    assert place.accept() == ["model/churn/v1.0.0"]


def test_an_unborn_branch_gets_its_first_commit(place):
    """A repository without a commit works, and what is staged there stays staged."""
    path = place.path.parent / "unborn"
    place.git("init", "-q", "-b", "trunk", str(path))
    (path / "a.txt").write_text("a\n")
    place.git("add", "a.txt", at=path)
    place.path = path

    place.init()

    assert place.git("status", "--porcelain") == "A  a.txt"
    assert place.registry.settings.accepted_branch == "trunk"


def test_the_candidate_branch_begins_as_everywhere(place):
    """Its root is the commit of the empty tree with fixed identity and date, so that any two such branches merge."""
    place.init()

    assert (
        place.git("rev-list", "--max-parents=0", "gitreg/candidates")
        == "2542c6927808fe0ec8fdf68f1c8a4048cca1d287"
    )
    assert place.git("ls-tree", "-r", "--name-only", "gitreg/candidates").splitlines() == [
        ".dvc/.gitignore", ".dvc/config", ".gitattributes", ".gitignore",
    ]  # fmt: skip


def test_the_remotes_candidate_branch_is_taken(place):
    """Where the remote has candidates already, nobody starts anew."""
    place.init()
    place.share()
    clone = place.clone()
    place.git("fetch", "-q", at=clone)
    place.git("reset", "-q", "--hard", "HEAD^", at=clone)
    place.git("push", "-qf", "origin", "main", at=clone)
    theirs = place.tip("refs/heads/gitreg/candidates")
    place.path = clone

    place.init(storage="/somewhere")

    assert place.tip("refs/heads/gitreg/candidates") == theirs


def test_the_anchor_is_pinned(place):
    """The root that was made is what this clone trusts."""
    place.init()

    root = place.registry.accepted.record(Root, places.ROOT)
    assert pinned_anchor(place.path / ".git").keys == root.keys


def test_plain_ssh_keygen_accepts_the_roots_signature(place):
    """root.yaml is signed in the namespace gitreg-root."""
    place.init()
    signers = place.path.parent / "signers"
    signers.write_text((place.path / places.ALLOWED_SIGNERS).read_text().replace('"git"', '"gitreg-root"'))
    words = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "ada@example.com", "-n", "gitreg-root", "-s",
             place.path / ".gitreg/trust/signatures/ada.sig"]  # fmt: skip

    done = subprocess.run(
        words, stdin=(place.path / places.ROOT).open("rb"), capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_a_new_key_configures_this_repository_only(place):
    """The key lies outside of the repository, for its owner only, and Git is told in this repository."""
    made = place.init(signing_key="new")

    assert made.key_file.stat().st_mode & 0o777 == 0o600
    assert place.path not in made.key_file.parents
    assert place.git("config", "--local", "user.signingkey") == str(made.key_file)
    assert "signingkey" not in (place.path.parent / place.environ["GIT_CONFIG_GLOBAL"]).read_text()


def test_an_identity_is_this_repositorys(place):
    """Name and e-mail go into the repository's configuration and the first commit."""
    place.init(identity=("Bob Other", "bob@example.org"))

    assert place.git("config", "--local", "user.email") == "bob@example.org"
    assert place.git("log", "-1", "--format=%an <%ae>") == "Bob Other <bob@example.org>"
    assert place.read(places.ALLOWED_SIGNERS).startswith(b"bob@example.org ")


@pytest.mark.parametrize("identity", [
    ("Ada", "no-address"), ("", "a@b.c"), ("Ada", "a@b.c\nx"), ("A\nda", "a@b.c"), ("A<da", "a@b.c"), ("Ada", "*@b.c"), ("Ada", ""),
])  # fmt: skip
def test_a_wrong_identity_writes_nothing(place, identity):
    """Git's configuration and branches stay as they were."""
    before = everything(place)

    with pytest.raises(UsageError):
        place.init(identity=identity)

    assert everything(place) == before


def test_without_a_key_nothing_is_written(place):
    """Exit 4, and the next step makes one."""
    before = everything(place)

    with pytest.raises(CredentialsError) as refusal:
        place.init(signing_key=None)

    assert (refusal.value.exit_code, "--signing-key new" in refusal.value.hint) == (4, True)
    assert everything(place) == before


def test_without_a_key_a_new_folder_is_not_left_behind(place):
    """What was made for a registry that could not be is removed again; what was there before stays."""
    parent = place.path.parent
    place.path = parent / "new"
    with pytest.raises(CredentialsError):
        place.init(signing_key=None)
    assert not place.path.exists()

    (parent / "filled").mkdir()
    (parent / "filled" / "a.txt").write_text("a\n")
    place.path = parent / "filled"
    with pytest.raises(CredentialsError):
        place.init(signing_key=None)

    assert [path.name for path in place.path.iterdir()] == ["a.txt"]


def test_without_an_identity_nothing_is_written(place):
    """Git must know who it is; exit 4."""
    (place.path.parent / place.environ["GIT_CONFIG_GLOBAL"]).write_text("")
    before = everything(place)

    with pytest.raises(CredentialsError):
        place.init(signing_key="new")

    assert everything(place) == before


def test_a_missing_key_file_writes_nothing(place):
    """A key that is not there is named."""
    before = everything(place)

    with pytest.raises(CredentialsError, match="nowhere"):
        place.init(signing_key=str(place.path.parent / "nowhere"))

    assert everything(place) == before


def test_files_in_the_way_write_nothing(place):
    """An untracked file where a record belongs stays, and a key that was made for it is gone."""
    (place.path / ".dvc").mkdir()
    (place.path / ".dvc/config").write_text("[core]\n    analytics = false\n")
    before = everything(place)

    with pytest.raises(ConflictError, match=r"\.dvc/config"):
        place.init(signing_key="new")

    assert everything(place) == before
    assert not list((place.path.parent / place.environ["XDG_CONFIG_HOME"]).rglob("*_ed25519*"))


@pytest.mark.parametrize(
    "storage",
    [
        "relative/path",
        "ftp://host/x",
        "s3://user:secret@host/x",
        "s3://b/x?y=z",
        "-",
        "s3://a b",
        "ext::sh -c x",
    ],
)
def test_a_storage_that_cannot_be_is_refused(place, storage):
    """Refused in a sentence that says why, and nothing is written."""
    before = everything(place)

    with pytest.raises(UsageError, match="the storage for artifacts cannot be used") as refusal:
        place.init(storage=storage)

    assert "secret" not in str(refusal.value)
    assert everything(place) == before


def test_the_storage_lies_beside_the_repository(place):
    """The default serves this machine only, and says so."""
    made = place.init()

    assert (made.storage, made.local_storage) == (f"{place.path}-store", True)


def test_a_url_serves_everybody(place):
    """A storage elsewhere is written as it was given."""
    made = place.init(storage="s3://bucket/models")

    assert (made.storage, made.local_storage) == ("s3://bucket/models", False)
    assert b"url = s3://bucket/models" in place.read(places.DVC_CONFIG)


@pytest.fixture
def dvc(place):
    """A repository that uses DVC already."""

    def commit(config):
        (place.path / ".dvc").mkdir()
        (place.path / ".dvc/config").write_text(config)
        (place.path / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n# mine\n")
        place.git("add", ".dvc")
        place.git("commit", "-q", "-m", "DVC")

    return commit


OWN = "# our data\n[core]\n    remote = data\n['remote \"data\"']\n    url = s3://bucket/data\n"


def test_dvcs_own_default_remote_is_used(place, dvc):
    """A DVC repository keeps its configuration byte for byte, and the registry uses its remote."""
    dvc(OWN)

    made = place.init()

    assert (made.storage, place.registry.settings.storage) == ("s3://bucket/data", "data")
    assert place.read(places.DVC_CONFIG).decode() == OWN
    assert b"# mine" in place.read(".dvc/.gitignore")
    assert ".dvc/config" not in made.written


def test_another_storage_than_dvcs_is_refused(place, dvc):
    """Plain DVC knows one default remote; the user's must not be replaced."""
    dvc(OWN)

    with pytest.raises(UsageError, match=r"keeps its data in s3://bucket/data already"):
        place.init(storage="s3://bucket/other")


def test_the_same_storage_as_dvcs_is_fine(place, dvc):
    """Saying what is there already changes nothing."""
    dvc(OWN)

    assert place.init(storage="s3://bucket/data").storage == "s3://bucket/data"


def test_dvc_without_a_default_remote_gets_one(place, dvc):
    """What the configuration says stays, comments too, and plain DVC reads the whole."""
    dvc("# ours\n[core]\n    analytics = false\n['remote \"old\"']\n    url = s3://bucket/old\n")

    made = place.init()

    config = place.read(places.DVC_CONFIG).decode()
    assert "# ours" in config
    assert "url = s3://bucket/old" in config
    assert config.count("[core]") == 1
    words = [sys.executable, "-m", "dvc", "remote", "default"]
    said = subprocess.run(
        words, cwd=place.path, env=place.environ, capture_output=True, text=True, check=True
    )
    assert said.stdout == "store\n"
    assert made.storage == f"{place.path}-store"


def test_a_relative_default_remote_is_explained(place, dvc):
    """The storage is read where there is no work tree, so a path relative to one will not do."""
    dvc("[core]\n    remote = data\n['remote \"data\"']\n    url = ../../data\n")

    with pytest.raises(UsageError, match="must be absolute"):
        place.init()


def test_an_ignore_file_of_models_keeps_its_lines(place):
    """What people ignore below models/ stays ignored."""
    (place.path / "models").mkdir()
    (place.path / "models/.gitignore").write_text("*.tmp")
    place.git("add", "models")
    place.git("commit", "-q", "-m", "Models")

    place.init()

    assert place.read("models/.gitignore") == b"*.tmp\n/*/versions/*/artifacts/\n"


def test_a_detached_head_is_explained(place):
    """There is no branch to make the registry on."""
    place.git("switch", "-q", "--detach")

    with pytest.raises(UsageError, match="HEAD is detached"):
        place.init()


def test_a_branch_called_gitreg_is_in_the_way(place):
    """Git cannot keep gitreg/candidates beside it; nothing is renamed unasked."""
    place.git("branch", "gitreg")

    with pytest.raises(UsageError, match="a branch is called gitreg") as refusal:
        place.init()

    assert refusal.value.hint == "git branch -m gitreg other-name"


def test_a_bare_repository_is_refused(place):
    """A registry is made in a work tree."""
    place.git("init", "-q", "--bare", str(place.path.parent / "bare.git"))
    place.path = place.path.parent / "bare.git"

    with pytest.raises(UsageError, match="bare repository"):
        place.init()


def test_a_folder_inside_a_repository_is_refused(place):
    """A registry is a whole repository, and the hint names it."""
    (place.path / "sub").mkdir()
    whole, place.path = place.path, place.path / "sub"

    with pytest.raises(UsageError, match="lies inside the repository") as refusal:
        place.init()

    assert refusal.value.hint == f"gitreg init {whole}"


def test_a_submodule_is_refused(place):
    """Its commits belong to another repository's history."""
    outer = place.path.parent / "outer"
    place.git("init", "-q", "-b", "main", str(outer))
    place.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(place.path), "inner", at=outer
    )
    place.path = outer / "inner"

    with pytest.raises(UsageError, match="is a submodule"):
        place.init()


def test_a_folder_called_modules_is_no_submodule(place, make_repository):
    """Only what lies below .git/modules is one."""
    place.path = make_repository(place.path.parent / "modules" / "churn")

    assert place.init().written == WRITTEN


def test_a_linked_work_tree_works(place):
    """The branch that is checked out there gets the commit, and the main work tree stays."""
    place.git("worktree", "add", "-q", "-b", "side", "../side")
    place.path = place.path.parent / "side"

    place.init()

    assert place.git("status", "--porcelain") == ""
    assert place.registry.settings.accepted_branch == "side"


def test_the_remotes_head_is_the_accepted_branch(place):
    """On a feature branch of a clone, what the remote calls its default is what review accepts into."""
    bare = place.path.parent / "remote.git"
    place.git("clone", "-q", "--bare", str(place.path), str(bare))
    clone = place.clone()
    place.git("switch", "-q", "-c", "feature", at=clone)
    place.path = clone

    made = place.init()

    assert made.settings.accepted_branch == "main"
    assert place.git("log", "-1", "--format=%s", "feature") == "Make this repository a gitreg registry"
    assert place.registry.settings == made.settings


def test_an_anchor_of_another_registry_is_not_replaced(place):
    """Where a clone trusts something already, nothing is made beside it, and nothing written."""
    place.init()
    place.git("reset", "-q", "--hard", "HEAD^")
    before = everything(place)

    with pytest.raises(AlreadyThereError, match="trust anchor of another registry"):
        place.init()

    assert everything(place) == before


def test_a_file_that_is_no_record_is_explained(place):
    """A gitreg.yaml that somebody wrote is neither overwritten nor believed."""
    (place.path / "gitreg.yaml").write_text("hello\n")

    with pytest.raises(RecordError):
        place.init()

    assert (place.path / "gitreg.yaml").read_text() == "hello\n"


def test_a_file_instead_of_a_folder_is_explained(place):
    """`init` of a file."""
    place.path = place.path / "train.py"

    with pytest.raises(UsageError, match="is no folder"):
        place.init()


def test_another_folder_is_no_registry(place):
    """Opening what is none says how to make one."""
    with pytest.raises(NotFoundError) as refusal:
        open_registry(place.path, place.environ)

    assert refusal.value.hint == "gitreg init"


def test_an_accepted_branch_of_another_name_is_found_from_anywhere(place):
    """Whatever is checked out, the branch that calls itself accepted is."""
    place.git("branch", "-m", "trunk")
    place.git("branch", "feature")
    place.init()
    place.git("switch", "-q", "feature")
    assert place.registry.settings.accepted_branch == "trunk"

    place.git("switch", "-q", "gitreg/candidates")

    assert place.registry.settings.accepted_branch == "trunk"


def test_several_remotes_need_an_origin(place):
    """Which one is shared by is not guessed."""
    place.init()
    place.git("remote", "add", "one", "/one")
    place.git("remote", "add", "two", "/two")

    with pytest.raises(UsageError, match="none is called origin"):
        place.registry  # noqa: B018


def keyless(place):
    """A registry without a trust root, as MLflow's plugin makes one where nobody is there to choose a key."""
    options = InitOptions(trust=False)
    return init_registry(place.path, options, place.environ, now=START, registry_id=REGISTRY_ID)


def test_a_registry_may_begin_without_a_trust_root(place):
    """It needs no signing key then, and is a registry like others."""
    made = keyless(place)

    assert made.fingerprint == ""
    assert not [path for path in made.written if path.startswith(places.TRUST)]
    assert pinned_anchor(place.path / ".git") is None
    assert open_registry(place.path, place.environ).settings.id == REGISTRY_ID


def test_init_again_begins_the_trust_root_that_is_missing(place):
    """One commit more, of the trust files; the settings stay, and the anchor is pinned."""
    keyless(place)

    made = place.init()

    assert all(path.startswith(places.TRUST) for path in made.written)
    root = open_registry(place.path, place.environ).accepted.record(Root, places.ROOT)
    assert root.registry == REGISTRY_ID
    assert pinned_anchor(place.path / ".git").registry == REGISTRY_ID
    assert place.git("rev-list", "--count", "main") == "3"
    assert place.git("status", "--porcelain") == ""


def test_the_trust_root_begins_on_the_accepted_branch_only(place):
    """A root on any other branch would wait there for nobody."""
    keyless(place)
    place.git("switch", "-c", "feature")

    with pytest.raises(UsageError, match="has no trust root"):
        place.init()


def test_a_trust_root_that_was_removed_does_not_begin_again(place):
    """Who knew a root has its anchor pinned: another root in its place is what a thief of the host would make."""
    place.init()
    place.git("rm", "-q", "-r", places.TRUST)
    place.git("commit", "-q", "-m", "Remove trust")

    assert place.init().written == ()


def test_validate_finds_nothing_wrong_in_a_registry_without_a_trust_root(place):
    """Nothing is released there yet, so nothing is missing."""
    keyless(place)

    done = subprocess.run(
        [sys.executable, "-m", "gitreg", "validate"], cwd=place.path, env=place.environ, check=False
    )

    assert done.returncode == 0
