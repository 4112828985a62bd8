"""Steps store, root, review, record: what the accepted branch must be, and what it must hold."""

from __future__ import annotations

import pytest
from workshop import FILES, MAIN, OTHER_ID, REGISTRY_ID, V1, Trusted, Workshop

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import VerificationError
from gitreg.signing import sign

RELEASE = "refs/tags/model/churn/v1.0.0"


# Root


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (places.ALLOWED_SIGNERS, b""),
        (places.REVOKED_KEYS, b"# nobody\n"),
        (places.ROLES, b"schema: gitreg/roles/v1\n"),
        (places.REVOKED_KEYS, None),
        (places.ALLOWED_SIGNERS, None),
        (places.ROLES, None),
        (places.ROOT, None),
        (f"{places.SIGNATURES}/ada.sig", None),
        (f"{places.SIGNATURES}/ada.sig", b"no signature\n"),
    ],
)
def test_a_trust_file_changed_without_the_root_keys_is_refused(
    registry: Workshop, path: str, content: bytes | None
) -> None:
    """Whoever can push to the branch cannot thereby say who is trusted."""
    registry.commit({path: content})

    assert registry.refused() == "root"


def test_an_emptied_revocation_list_is_refused(registry: Workshop) -> None:
    """A revoked key does not come back by deleting a line."""
    registry.commit(registry.next_root(Trusted(version=2, revoked=("mallory",))))
    registry.commit({places.REVOKED_KEYS: b""})

    assert registry.refused() == "root"


def test_a_signer_added_without_the_root_keys_is_refused(registry: Workshop) -> None:
    """Mallory's key, her own root, her own signature: the anchor knows none of it."""
    trusted = Trusted(
        root_keys=("mallory",), root_signers=("mallory",), signers={"mallory@example.com": ("mallory",)}
    )
    registry.commit(registry.trust_files(trusted))
    registry.tag(registry.statement(), key="mallory")

    assert registry.refused() == "root"


def test_a_root_changed_under_an_old_signature_is_refused(registry: Workshop) -> None:
    """The signature is of other bytes."""
    root = registry.read(places.ROOT)
    registry.commit({places.ROOT: root + b"# a comment\n"})

    assert registry.refused() == "root"


def test_a_broken_link_names_the_commit_that_brought_it(registry: Workshop) -> None:
    """Somebody has to look at it."""
    registry.commit(registry.next_root(Trusted(version=2, root_signers=("mallory",))))
    bad = registry.tip()
    registry.commit({"notes.txt": b"later"})

    with pytest.raises(VerificationError, match=f"commit {bad[:12]} brought it") as refusal:
        registry.verify()

    assert refusal.value.step == "root"


def test_a_link_that_was_never_the_root_is_said_to_be_so(registry: Workshop) -> None:
    """A root that only lies among the former ones was no root of this branch."""
    strange = registry.next_root(Trusted(version=2, root_keys=("mallory",), root_signers=("mallory",)))
    registry.commit(registry.next_root(Trusted(version=2)))
    files = registry.next_root(Trusted(version=3))
    files[places.root_history_path(2)] = strange[places.ROOT]
    registry.commit(files)

    with pytest.raises(VerificationError, match="no commit of the accepted branch brought it"):
        registry.verify()


def test_a_root_signature_for_another_purpose_counts_for_nothing(registry: Workshop) -> None:
    """Ada's signature of the same bytes as a tag's payload is none of a root."""
    signature = sign(registry.read(places.ROOT), registry.key("ada"), "git", registry.environ)
    registry.commit({f"{places.SIGNATURES}/ada.sig": signature})

    assert registry.refused() == "root"


def test_the_next_root_is_followed(registry: Workshop) -> None:
    """Ada hands the root over to Bob: signed by both, the step is good."""
    trusted = Trusted(version=2, root_keys=("bob",), root_signers=("ada", "bob"))
    registry.commit(registry.next_root(trusted))

    steps = {step.name: step.detail for step in registry.verify().steps}
    assert steps["root"].startswith("root 2, signed by bob")


@pytest.mark.parametrize("signers", [("ada",), ("bob",), ("mallory",), ()])
def test_a_step_that_one_side_did_not_sign_is_refused(registry: Workshop, signers: tuple[str, ...]) -> None:
    """The old keys let go, the new ones take: each must have signed."""
    files = registry.next_root(Trusted(version=2, root_keys=("bob",), root_signers=signers))
    registry.commit(files)

    assert registry.refused() == "root"


def test_one_key_does_not_make_two_people(registry: Workshop) -> None:
    """A threshold of two is not reached by one signature in two files."""
    files = registry.next_root(
        Trusted(version=2, root_keys=("ada", "bob"), root_signers=("ada",), threshold=2)
    )
    files[f"{places.SIGNATURES}/bob.sig"] = files[f"{places.SIGNATURES}/ada.sig"]
    registry.commit(files)

    assert registry.refused() == "root"


def test_too_many_signatures_are_refused_before_any_is_looked_at(registry: Workshop) -> None:
    """Each costs a process; whoever can push must not decide how many."""
    registry.commit({f"{places.SIGNATURES}/{number}.sig": b"x\n" for number in range(64)})

    assert registry.refused() == "root"


def test_a_key_of_two_people_is_refused(registry: Workshop) -> None:
    """Whoever counts people by their keys would count one."""
    root = registry.root()
    twins = root.model_copy(update={"version": 2, "keys": {**root.keys, "eve": root.keys["ada"]}})
    files = registry.next_root(Trusted(version=2))
    files[places.ROOT] = write(twins)
    files[f"{places.SIGNATURES}/ada.sig"] = sign(
        write(twins), registry.key("ada"), "gitreg-root", registry.environ
    )
    registry.commit(files)

    assert registry.refused() == "root"


def test_a_former_root_in_the_place_of_another_is_refused(registry: Workshop) -> None:
    """Root 1 again where root 2 should be: signed, and it would let the step that changed the keys be left out."""
    registry.commit(registry.next_root(Trusted(version=2)))
    registry.commit(registry.next_root(Trusted(version=3)))
    first, second = (places.root_history_path(number).rpartition("/")[0] for number in (1, 2))
    registry.commit(
        {f"{second}/{name}": registry.read(f"{first}/{name}") for name in ("root.yaml", "signatures/ada.sig")}
    )

    assert registry.refused() == "root"


def test_a_chain_with_a_hole_is_refused(registry: Workshop) -> None:
    """Root 3 follows root 2, which is not there."""
    registry.commit(registry.next_root(Trusted(version=2)))
    files = registry.next_root(Trusted(version=3))
    registry.commit(files)
    registry.commit({places.root_history_path(2): None})

    assert registry.refused() == "root"


def test_a_former_root_that_was_changed_is_refused(registry: Workshop) -> None:
    """The chain rests on every one of its links."""
    registry.commit(registry.next_root(Trusted(version=2)))
    registry.commit({places.root_history_path(1): registry.read(places.ROOT)})

    assert registry.refused() == "root"


def test_settings_of_another_registry_are_refused(registry: Workshop) -> None:
    """gitreg.yaml and the trust root must be of one registry."""
    registry.commit({places.REGISTRY: write(RegistrySettings(id=OTHER_ID, name="x"))})

    assert registry.refused() == "root"


def test_a_branch_that_calls_another_one_accepted_is_refused(registry: Workshop) -> None:
    """A branch is the accepted one only by its own gitreg.yaml."""
    registry.git("update-ref", "refs/heads/trunk", MAIN)
    registry.commit(
        {places.REGISTRY: write(RegistrySettings(id=REGISTRY_ID, name="x", accepted_branch="trunk"))}
    )

    assert registry.refused() == "root"


# Review


def test_a_commit_that_was_never_merged_is_refused(registry: Workshop) -> None:
    """Ada signed a proposal by mistake, or was made to."""
    proposed = registry.commit({"note": b"x"}, ref=None, parents=[registry.tip()])
    registry.tag(registry.statement(), proposed)

    assert registry.refused() == "review"


def test_a_commit_of_a_side_branch_that_was_merged_is_refused(registry: Workshop) -> None:
    """What was accepted is the merge; what stood on the branch before it may have been anything."""
    side = registry.commit({"note": b"x"}, ref=None, parents=[registry.tip()])
    registry.commit({"note": b"x"}, parents=[registry.tip(), side])
    registry.tag(registry.statement(), side)

    assert registry.refused() == "review"


def test_a_commit_without_any_common_history_is_refused(registry: Workshop) -> None:
    """All files are there, and nothing was accepted."""
    tree = registry.git("rev-parse", f"{MAIN}^{{tree}}")
    registry.tag(registry.statement(), registry.git("commit-tree", tree, "-m", "Alone"))

    assert registry.refused() == "review"


def test_an_accepted_branch_that_was_rewound_is_refused(registry: Workshop) -> None:
    """The release's commit is not on it any more."""
    registry.git("update-ref", MAIN, f"{MAIN}~1")

    assert registry.refused("churn@1.1.0") == "review"


# Record


@pytest.mark.parametrize(
    "path",
    [
        layout.version_path("churn", V1),
        layout.version_manifest_path("churn", V1),
        layout.version_candidate_path("churn", V1),
    ],
)
@pytest.mark.parametrize("change", ["edited", "deleted", "linked"])
def test_what_was_signed_never_changes_on_the_accepted_branch(
    registry: Workshop, path: str, change: str
) -> None:
    """Record, manifest and candidate at the tip are those of the release."""
    if change == "linked":
        _link(registry, path)
    else:
        registry.commit({path: None if change == "deleted" else registry.read(path) + b"# x\n"})

    assert registry.refused() == "record"


def _link(registry: Workshop, path: str) -> None:
    """A symbolic link in the place of a file."""
    target = registry.git("hash-object", "-w", "--stdin", stdin=b"/etc/passwd")
    index = {**registry.environ, "GIT_INDEX_FILE": str(registry.path / "link-index")}
    linked = Workshop(registry.path, registry.storage, registry.keys, index)
    linked.git("read-tree", MAIN)
    linked.git("update-index", "--cacheinfo", f"120000,{target},{path}")
    made = linked.git("commit-tree", linked.git("write-tree"), "-p", MAIN, "-m", "Link")
    registry.git("update-ref", MAIN, made)


@pytest.mark.parametrize("part", ["record", "manifest"])
def test_a_release_signed_for_other_bytes_is_refused(registry: Workshop, part: str) -> None:
    """The statement's sha256 is of something else than what the commit holds."""
    registry.tag(registry.statement(**{part: Digest.of(b"other")}))

    assert registry.refused() == "record"


def test_a_link_in_the_tagged_commit_is_refused(registry: Workshop) -> None:
    """Records are regular files; a link could show anything."""
    statement = registry.statement()
    _link(registry, layout.version_path("churn", V1))
    registry.tag(statement)

    assert registry.refused() == "record"


def test_a_record_of_another_version_in_this_one_s_place_is_refused(registry: Workshop) -> None:
    """Everything is signed, and the record calls itself 1.1.0."""
    other = registry.read("models/churn/versions/1.1.0/version.yaml")
    registry.commit({layout.version_path("churn", V1): other})
    registry.tag(registry.statement())

    assert registry.refused() == "record"


def test_a_manifest_that_the_record_does_not_name_is_refused(registry: Workshop) -> None:
    """Both were signed, and they do not belong together."""
    other = registry.read("models/churn/versions/1.1.0/artifacts.sha256")
    registry.commit({layout.version_manifest_path("churn", V1): other})
    registry.tag(registry.statement())

    assert registry.refused() == "record"


def test_another_candidate_beside_the_version_is_refused(registry: Workshop) -> None:
    """The version names the candidate that it was made from by its sha256."""
    other = registry.read("models/churn/versions/1.1.0/candidate.yaml")
    registry.commit({layout.version_candidate_path("churn", V1): other})
    registry.tag(registry.statement())

    assert registry.refused() == "record"


def test_a_candidate_edited_before_it_was_signed_is_refused(registry: Workshop) -> None:
    """It is still called the same, and it is not the one that was promoted."""
    path = layout.version_candidate_path("churn", V1)
    registry.commit({path: registry.read(path).replace(b"0.93", b"0.99")})
    registry.tag(registry.statement())

    assert registry.refused() == "record"


def test_a_version_that_calls_its_candidate_by_another_name_is_refused(registry: Workshop) -> None:
    """The sha256 is right, the id is not: searching by the record would find another candidate."""
    path = layout.version_path("churn", V1)
    candidate = registry.read(layout.version_candidate_path("churn", V1))
    id_ = next(line for line in candidate.splitlines() if line.startswith(b"id: ")).split()[1].strip(b"'")
    registry.commit({path: registry.read(path).replace(id_, b"0" * 31 + b"1")})
    registry.tag(registry.statement())

    assert registry.refused() == "record"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (layout.version_path("churn", V1), b"a: &x [1]\nb: *x\n"),
        (layout.version_path("churn", V1), b"schema: gitreg/model-version/v1\n" + b"x: 1\n" * 300_000),
        (layout.version_manifest_path("churn", V1), b"0" * 64 + b"  ../../etc/passwd\n"),
        (layout.version_manifest_path("churn", V1), b"0" * 64 + b"  /etc/passwd\n"),
        (layout.version_manifest_path("churn", V1), b"0" * 64 + b"  .git/config\n"),
    ],
)
def test_a_signed_record_is_still_read_strictly(registry: Workshop, path: str, content: bytes) -> None:
    """A signer can be wrong; what no reader should take is not taken for a signature's sake."""
    registry.commit({path: content})
    registry.tag(registry.statement())

    assert registry.refused() == "record"


def test_what_is_added_beside_a_release_changes_nothing(registry: Workshop) -> None:
    """A model card may be written later; new versions come; the release stays what it is."""
    registry.commit({"models/churn/versions/1.0.0/README.md": b"# Churn\n", "train.py": FILES["empty"]})

    assert registry.verify().version == V1
