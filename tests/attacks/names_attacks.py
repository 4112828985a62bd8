"""Tags copied, renamed, pointed elsewhere; branches and other refs of a tag's name."""

from __future__ import annotations

from attack_case import Attack, pull, verify
from attack_ground import MAIN, NEWER, RELEASE, STAGE, Ground
from workshop import V2

ROW = "names"
NEW, UNHELD = "refs/tags/model/churn/v2.0.0", "there is no tag"
NEVER = "was never released"


def _copied(ground: Ground) -> None:
    ground.point(NEW, ground.tip(RELEASE))


def _pointed_back(ground: Ground) -> None:
    ground.point(NEWER, ground.tip(RELEASE))


def _other_inner_name(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload(tag="model/churn/v3.0.0")))


def _other_statement(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload(ground.statement(V2))))


def _moved_stage(ground: Ground) -> None:
    ground.point(f"{STAGE}/3", ground.tip(f"{STAGE}/1"))


def _foreign_ref(ground: Ground) -> None:
    ground.point("refs/tags/model/fraud/v2.0.0", ground.tip(RELEASE))


def _as_resigned(ground: Ground) -> None:
    ground.point("refs/tags/resign/churn/v2.0.0/1", ground.tip(RELEASE))


def _branch(ground: Ground) -> None:
    ground.point("refs/heads/model/churn/v2.0.0", ground.tip())


def _bare_ref(ground: Ground) -> None:
    ground.point("refs/model/churn/v2.0.0", ground.tip(RELEASE))


def _doubled_ref(ground: Ground) -> None:
    ground.point("refs/tags/refs/tags/model/churn/v2.0.0", ground.tip(RELEASE))


def _forged_beside_branch(ground: Ground) -> None:
    """The tag is Mallory's; a branch and a bare ref of the same name are the honest ones."""
    ground.point("refs/heads/model/churn/v1.0.0", ground.tip(f"{RELEASE}^{{commit}}"))
    ground.point("refs/model/churn/v1.0.0", ground.tip(RELEASE))
    ground.release(ground.statement(), "mallory")


def _replaced_tag(ground: Ground) -> None:
    """What the clone's Git shows under the honest id is Mallory's, and the other way round."""
    forged = ground.release(ground.statement(), "mallory")
    for at in (ground.host, ground.clone):
        ground.git("fetch", "-q", "--force", str(ground.host), "refs/tags/*:refs/tags/*", at=ground.clone)
        honest = ground.git("rev-parse", NEWER, at=at)
        ground.git("update-ref", f"refs/replace/{forged}", honest, at=at)


def _replaced_tip(ground: Ground) -> None:
    """A proposal becomes the accepted tip's parent, for every Git that follows replace refs."""
    proposed = ground.commit({"note": b"x"}, ref=None)
    ground.release(ground.statement(), commit=proposed)
    fake = ground.commit({"note": b"y"}, ref=None, parent=proposed)
    ground.git("fetch", "-q", str(ground.host), fake, at=ground.clone)
    for at in (ground.host, ground.clone):
        ground.git("update-ref", f"refs/replace/{ground.tip()}", fake, at=at)


def _grafted(ground: Ground) -> None:
    """`info/grafts` gives the accepted tip another parent, for whoever reads it there."""
    proposed = ground.commit({"note": b"x"}, ref=None, parent=ground.tip(f"{MAIN}~1"))
    ground.release(ground.statement(), commit=proposed)
    for git_dir in (ground.host, ground.clone / ".git"):
        (git_dir / "info").mkdir(exist_ok=True)
        (git_dir / "info" / "grafts").write_text(f"{ground.tip()} {proposed}\n")


def _symbolic(ground: Ground) -> None:
    """An old name that follows another tag for ever."""
    ground.point(NEWER, "")
    ground.git("symbolic-ref", NEWER, RELEASE)


ATTACKS = [
    Attack(ROW, "a good tag copied to a new name", "Git host", _copied, "name", "was signed as refs/tags/model/churn/v1.0.0",
           pull("churn@2.0.0"), git="accepts", tag="model/churn/v2.0.0", process=True),
    Attack(ROW, "the newer name pointed at the older tag", "Git host", _pointed_back, "name", "was signed as",
           pull("churn@1.1.0"), git="accepts", tag="model/churn/v1.1.0"),
    Attack(ROW, "the newer name made a symbolic ref to the older tag", "Git host", _symbolic, "name", "was signed as",
           pull("churn@1.1.0"), git="accepts", tag="model/churn/v1.1.0"),
    Attack(ROW, "a signed tag whose inner name is another", "signer", _other_inner_name, "name",
           "was signed as refs/tags/model/churn/v3.0.0", git="accepts"),
    Attack(ROW, "a signed tag whose statement is of another version", "signer", _other_statement, "name",
           "holds a statement that belongs to refs/tags/model/churn/v1.1.0", git="accepts"),
    Attack(ROW, "an old assignment copied to the next number", "Git host", _moved_stage, "stage", "(name)",
           pull("churn@production"), git="accepts", tag="stage/churn/production/3"),
    Attack(ROW, "a release copied to another model", "Git host", _foreign_ref, "name", "was signed as",
           pull("fraud@2.0.0"), git="accepts", tag="model/fraud/v2.0.0"),
    Attack(ROW, "a release copied to a tag of what is signed again", "Git host", _as_resigned, "name", "was signed as",
           pull("churn@2.0.0"), git="accepts", tag="resign/churn/v2.0.0/1"),
    Attack(ROW, "a branch in the place of a tag", "developer", _branch, None, NEVER, pull("churn@2.0.0"), 3),
    Attack(ROW, "refs/NAME in the place of refs/tags/NAME", "Git host", _bare_ref, None, UNHELD,
           verify("model/churn/v2.0.0"), 3),
    Attack(ROW, "refs/tags/refs/tags/NAME in its place", "developer", _doubled_ref, None, NEVER, pull("churn@2.0.0"), 3),
    Attack(ROW, "a forged tag beside an honest branch and ref of its name", "Git host", _forged_beside_branch,
           "signature", "is not an allowed key"),
    Attack(ROW, "a replace ref from a forged tag to an honest one", "Git host", _replaced_tag, "signature",
           "is not an allowed key", git="accepts",
        process=True),
    Attack(ROW, "a replace ref that makes a proposal accepted", "earlier job", _replaced_tip, "review",
           "is not on the accepted branch"),
    Attack(ROW, "a graft that makes a proposal accepted", "earlier job", _grafted, "review", "is not on the accepted branch"),
    Attack(ROW, "a name that is an option, a path or a revision", "developer", lambda ground: None, "names", "it names no release",
           verify("--", "--upload-pack=x")),
]  # fmt: skip
