"""Good statements in the wrong place, and commits that nobody accepted."""

from __future__ import annotations

from attack_case import Attack, Harm, pull, verify
from attack_ground import MAIN, NEWER, RELEASE, STAGE, Ground, trusted
from workshop import OTHER_ID, V1, V2

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.registry import RegistrySettings

ROW, REVIEW = "replay", "review"
UNACCEPTED = "is not on the accepted branch"


def _other_registry_s_release(ground: Ground) -> None:
    ground.release(ground.statement(registry=OTHER_ID))


def _other_registry(ground: Ground) -> None:
    """A whole registry of the same people, signed through and through, served in the place of this one."""
    files = ground.shop.trust_files(trusted(registry=OTHER_ID))
    ground.commit(files | {places.REGISTRY: write(RegistrySettings(id=OTHER_ID, name="models"))})
    ground.release(ground.statement(registry=OTHER_ID))


def _assignment_as_release(ground: Ground) -> None:
    ground.release(ground.assignment(V1, 1), ref=RELEASE)


def _retirement_as_release(ground: Ground) -> None:
    ground.release(ground.statement(action="retire"), ref=RELEASE)


def _approval_as_release(ground: Ground) -> None:
    ground.release(ground.statement().approval(), ref=RELEASE)


def _other_stage_s_assignment(ground: Ground) -> None:
    said = ground.assignment(V1, 3)
    staging = ground.statement(V1, "assign", stage="staging", sequence=3, previous=said.previous)
    ground.release(staging, ref=f"{STAGE}/3")


def _other_model_s_assignment(ground: Ground) -> None:
    ground.point(f"{STAGE}/2", ground.tip("refs/tags/stage/fraud/production/2"))


def _other_model_s_record(ground: Ground) -> None:
    """A statement of churn over the record and the manifest of fraud."""
    of_fraud = ground.statement(model="fraud")
    ground.release(ground.statement(record=of_fraud.record, manifest=of_fraud.manifest))


def _other_version_s_bytes(ground: Ground) -> None:
    """The record is that of 1.0.0, the manifest that of 1.1.0: their bytes would be delivered under the old number."""
    ground.release(ground.statement(manifest=ground.statement(V2).manifest))


def _retirement_of_another_model(ground: Ground) -> None:
    """Ada may retire churn; fraud 1.1.0 retired by her would make 1.0.0 the latest."""
    ground.release(ground.statement(V2, "retire", "fraud"), "ada")


# Review


def _never_merged(ground: Ground) -> None:
    ground.release(ground.statement(), commit=ground.commit({"note": b"x"}, ref=None))


def _merged_side_branch(ground: Ground) -> None:
    """The commit is reachable from the tip: by the second parent of a merge."""
    side = ground.commit({"note": b"x"}, ref=None)
    ground.commit_tree("", [ground.tip(), side])
    ground.release(ground.statement(), commit=side)


def _third_parent(ground: Ground) -> None:
    sides = [ground.commit({"note": text}, ref=None) for text in (b"x", b"y")]
    ground.commit_tree("", [ground.tip(), *sides])
    ground.release(ground.statement(), commit=sides[1])


def _side_branch(ground: Ground) -> None:
    ground.release(
        ground.statement(),
        commit=ground.commit({"note": b"x"}, ref="refs/heads/release", parent=ground.tip()),
    )


def _no_history(ground: Ground) -> None:
    """All files are there, and the commit has no parent."""
    alone = ground.git("commit-tree", ground.tip(f"{MAIN}^{{tree}}"), "-m", "Alone")
    ground.release(ground.statement(), commit=alone)


def _rewound(ground: Ground) -> None:
    ground.point(MAIN, ground.tip(f"{MAIN}~1"))
    ground.point(MAIN, ground.tip(f"{NEWER}^{{commit}}~1"))


def _branch_of(what: str) -> Harm:
    """The accepted branch points at what is no commit, as only a host's own files can say."""

    def harm(ground: Ground) -> None:
        id_ = ground.git("rev-parse", what)
        (ground.host / "refs" / "heads").mkdir(parents=True, exist_ok=True)
        (ground.host / "refs" / "heads" / "main").write_text(f"{id_}\n")

    return harm


def _other_head(ground: Ground) -> None:
    """The host's default branch is one on which the proposal was accepted."""
    proposed = ground.commit({"note": b"x"}, ref="refs/heads/trunk", parent=ground.tip())
    ground.release(ground.statement(), commit=proposed)
    ground.git("symbolic-ref", "HEAD", "refs/heads/trunk")


def _merged_in_the_clone_only(ground: Ground) -> None:
    """The clone's own main has the proposal; what the remote has, decides."""
    proposed = ground.commit({"note": b"x"}, ref="refs/heads/proposal", parent=ground.tip())
    ground.release(ground.statement(), commit=proposed)
    ground.git("fetch", "-q", "--force", "--tags", "origin", at=ground.clone)
    ground.git("reset", "-q", "--hard", proposed, at=ground.clone)


def _assigned_unmerged(ground: Ground) -> None:
    ground.release(ground.assignment(V1, 3), commit=ground.commit({"note": b"x"}, ref=None))


ATTACKS = [
    Attack(ROW, "a release of another registry by the same signer", "Git host", _other_registry_s_release, "name",
           "was signed for the registry", git="accepts", process=True),
    Attack(ROW, "another registry of the same people", "Git host", _other_registry, "root", "of different registries",
           git="accepts"),
    Attack(ROW, "an assignment as a release", "signer", _assignment_as_release, "name", "belongs to refs/tags/stage/",
           git="accepts"),
    Attack(ROW, "a retirement as a release", "signer", _retirement_as_release, "name", "belongs to refs/tags/retire/",
           git="accepts"),
    Attack(ROW, "an approval as a release", "signer", _approval_as_release, "name", "belongs to refs/tags/approve/",
           git="accepts"),
    Attack(ROW, "an assignment of another stage", "signer", _other_stage_s_assignment, "stage",
           "belongs to refs/tags/stage/churn/staging/3", pull("churn@production"), git="accepts", tag="stage/churn/production/3"),
    Attack(ROW, "an assignment of another model", "Git host", _other_model_s_assignment, "stage", "was signed as",
           pull("churn@production"), git="accepts", tag="stage/churn/production/2"),
    Attack(ROW, "a statement over another model's record", "signer", _other_model_s_record, "record", "was signed",
           git="accepts"),
    Attack(ROW, "a statement over another version's manifest", "signer", _other_version_s_bytes, "record", "was signed",
           git="accepts"),
    Attack(ROW, "a retirement by a signer of another model", "signer", _retirement_of_another_model, "retired",
           "ada may not retire fraud", pull("fraud@latest"), git="accepts", tag="retire/fraud/v1.1.0"),
    Attack(REVIEW, "a commit that was never merged", "signer", _never_merged, "review", UNACCEPTED, git="accepts", process=True),
    Attack(REVIEW, "a merged branch's commit (second parent)", "developer", _merged_side_branch, "review", UNACCEPTED,
           git="accepts"),
    Attack(REVIEW, "a commit of an octopus merge (third parent)", "developer", _third_parent, "review", UNACCEPTED,
           git="accepts"),
    Attack(REVIEW, "a commit of a side branch", "developer", _side_branch, "review", UNACCEPTED, git="accepts"),
    Attack(REVIEW, "a commit without any history", "developer", _no_history, "review", UNACCEPTED, git="accepts"),
    Attack(REVIEW, "an accepted branch that was rewound", "Git host", _rewound, "review", UNACCEPTED, pull("churn@1.1.0"),
           git="accepts", tag="model/churn/v1.1.0"),
    Attack(REVIEW, "an accepted branch that is a tag", "Git host", _branch_of(RELEASE), "root", "is a tag where a commit should be", pull("churn@1.1.0")),
    Attack(REVIEW, "an accepted branch that is a tree", "Git host", _branch_of(f"{MAIN}^{{tree}}"), "root",
           "is a tree where a commit should be"),
    Attack(REVIEW, "an accepted branch that is a file", "Git host", _branch_of(f"{MAIN}:gitreg.yaml"), "root",
           "is a blob where a commit should be"),
    Attack(REVIEW, "an accepted branch that is nothing", "Git host", lambda ground: ground.point(MAIN, "") and None, "store",
           "couldn't find remote ref"),
    Attack(REVIEW, "another branch made the host's default", "Git host", _other_head, "review", UNACCEPTED, git="accepts"),
    Attack(REVIEW, "a proposal merged in the clone only", "earlier job", _merged_in_the_clone_only, "review", UNACCEPTED,
           git="accepts"),
    Attack(REVIEW, "a proposal merged in the clone only, offline", "earlier job", _merged_in_the_clone_only, "review",
           UNACCEPTED, verify("--offline", "churn@1.0.0"), git="accepts"),
    Attack(REVIEW, "an assignment on a commit that was never merged", "signer", _assigned_unmerged, "stage", UNACCEPTED,
           pull("churn@production"), git="accepts", tag="stage/churn/production/3"),
]  # fmt: skip
