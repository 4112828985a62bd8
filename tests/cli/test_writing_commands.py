"""Commands that change something: one line on stdout, the next step on stderr, and a plan instead when asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_calls import SOURCES, Gitreg, git

WRITERS = [
    ("log", "lab", "-m", "auc=1", "-a", "model.bin"),
    ("tag", "churn/best", "a=b"),
    ("note", "churn/best", "text"),
    ("delete", "churn/best"),
    ("experiment", "create", "Big One", "--primary", "auc"),
    ("experiment", "edit", "churn", "--description", "x"),
    ("model", "edit", "churn", "--description", "x"),
    ("promote", "churn/best", "-m", "other"),
    ("assign", "churn@1.0.0", "staging"),
    ("assign", "churn@none", "production"),
    ("push",),
    ("run", "-e", "lab", "--", "sh", "-c", "touch ran"),
    ("pull", "churn@1.0.0", "-o", "out"),
    ("artifacts", "churn/best", "-o", "out"),
    ("schema", "write", "out"),
    ("storage", "set", "elsewhere"),
    ("init", "out"),
    ("release", "--merge"),
    ("recover",),
]


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_dry_run_prints_a_plan_and_changes_nothing(
    gitreg: Gitreg, place: Path, refs: Callable[[], str], words: tuple[str, ...]
) -> None:
    """The plan is on stdout; refs, work tree and kept artifacts are as before."""

    def state() -> tuple[str, str, list[str]]:
        kept = sorted(
            str(path)
            for folder in (".git/gitreg", ".dvc")
            for path in (place / folder).rglob("*")
            if path.is_file() and path.stem != "seen"
        )
        return refs(), git(place, "status", "--porcelain", "--ignored"), kept

    at = words.index("--") if "--" in words else len(words)
    before = state()

    said = gitreg(*words[:at], "--dry-run", *words[at:])

    assert said.code == 0, said.err
    assert said.out
    assert said.err.endswith("nothing was changed (--dry-run)\n")
    assert state() == before


def test_rehearsed_plan_names_branch_and_files(gitreg: Gitreg) -> None:
    """A plan says which branch would move, what for, and which files would change."""
    said = gitreg("assign", "churn@1.0.0", "staging", "--dry-run")

    assert (
        said.out
        == "branch gitreg/assign/churn/staging: Assign churn 1.0.0 to staging\n  change models/churn/model.yaml\n"
    )


def test_plan_in_a_clone_says_what_would_be_sent(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """With a remote, sending is a part of the plan; what is only remembered of the remote is not."""
    hub = tmp_path / "hub.git"
    git(tmp_path, "clone", "-q", "--bare", str(place), str(hub))
    git(place, "remote", "add", "origin", str(hub))
    gitreg("fetch")

    said = gitreg("assign", "churn@1.0.0", "staging", "--dry-run")

    assert said.out.splitlines() == [
        "branch gitreg/assign/churn/staging: Assign churn 1.0.0 to staging",
        "  change models/churn/model.yaml",
        "send branch gitreg/assign/churn/staging to origin",
    ]
    assert "assign" not in git(hub, "for-each-ref")


def test_rehearsal_refuses_what_the_act_would_refuse(gitreg: Gitreg) -> None:
    """A plan is the act itself, with all its checks."""
    assert gitreg("assign", "churn@2.0.0", "staging", "--dry-run").code == 3
    assert gitreg("assign", "churn@1.0.0", "nowhere", "--dry-run").code == 2


def test_tags_are_set_and_removed(gitreg: Gitreg) -> None:
    """`tag` prints the id; what it did is there."""
    said = gitreg("tag", "churn/best", "a=b", "--remove", "team")

    item = json.loads(gitreg("show", "churn/best", "--json").out)["items"][0]
    assert said.out == f"{item['id']}\n"
    assert item["tags"] == {"a": "b"}


def test_deleted_candidates_come_back(gitreg: Gitreg) -> None:
    """`delete` hides, `list --deleted` shows, `restore` brings back."""
    candidate = gitreg("delete", "churn/latest").out.strip()

    assert candidate not in gitreg("list").out
    assert candidate in gitreg("list", "--deleted").out
    assert gitreg("delete", candidate).code == 1
    assert gitreg("restore", candidate).out.strip() == candidate
    assert candidate in gitreg("list").out


def test_note_replaces_the_notes(gitreg: Gitreg) -> None:
    """From a word, or from stdin."""
    gitreg("note", "churn/best", "first")
    gitreg("note", "churn/best", "-", stdin="zweite Zeile — ü\n".encode())

    assert "zweite Zeile — ü" in gitreg("show", "churn/best").out
    assert gitreg("note", "churn/best", "-", stdin=b"\xff").code == 2


def test_experiment_is_made_and_changed(gitreg: Gitreg) -> None:
    """`experiment create` prints the slug; `edit` changes what it is told to."""
    slug = gitreg(
        "experiment", "create", "Big One", "--minimize", "loss", "--primary", "loss", "--unit", "loss=nats"
    ).out.strip()
    gitreg("experiment", "edit", slug, "--name", "Bigger", "-t", "a=b", "--delete")

    item = json.loads(gitreg("experiment", "show", slug, "--json").out)["items"][0]
    assert item["name"] == "Bigger"
    assert item["tags"] == {"a": "b"}
    assert item["metrics"] == {"loss": {"goal": "minimize", "primary": True, "unit": "nats"}}
    assert slug not in gitreg("experiment", "list").out
    assert slug in gitreg("experiment", "list", "--deleted").out
    assert gitreg("experiment", "create", "Big One").code == 1


def test_stages_go_forth_and_back(gitreg: Gitreg) -> None:
    """assign, release, rollback, retire: each a proposal, merged and signed."""
    gitreg("promote", "churn/best", "-m", "churn", "--version", "2.0.0", "--again", "--stage", "production")
    merged = gitreg("release", "--merge", "-y")
    assert merged.out.splitlines() == [
        "gitreg/promote/churn/v2.0.0", "model/churn/v2.0.0", "stage/churn/production/2",
    ]  # fmt: skip
    assert gitreg("retire", "churn@2.0.0", "--reason", "wrong").code == 1

    assert gitreg("rollback", "churn", "production").out == "gitreg/assign/churn/production\n"
    gitreg("release", "--merge", "-y")
    assert gitreg("retire", "churn@2.0.0", "--reason", "wrong labels").out == "gitreg/retire/churn/v2.0.0\n"
    gitreg("release", "churn", "--merge", "-y")

    rows = [line.split("\t")[:3] for line in gitreg("model", "versions", "churn").out.splitlines()]
    assert rows[1:] == [["2.0.0", "retired", ""], ["1.0.0", "released", "production"]]
    assert gitreg("pull", "churn@2.0.0", "-o", "out").code == 6
    assert gitreg("pull", "churn@2.0.0", "-o", "out", "--retired").code == 0


def test_promote_again_finds_its_proposal(gitreg: Gitreg, refs: Callable[[], str]) -> None:
    """Run twice, it proposes once."""
    first = gitreg("promote", "churn/best", "-m", "other")
    before = refs()

    second = gitreg("promote", "churn/best", "-m", "other")

    assert (second.code, second.out, refs()) == (0, first.out, before)
    assert "was there already" in second.err
    assert gitreg("show", "other!1.0.0").code == 0


def test_release_without_yes_or_terminal_signs_nothing(gitreg: Gitreg, refs: Callable[[], str]) -> None:
    """A signature is never given unasked."""
    gitreg("assign", "churn@1.0.0", "staging")
    before = refs()

    said = gitreg("release", "--merge")

    assert said.code == 2
    assert "--yes" in said.err
    assert refs() == before


def test_release_plan_names_what_a_merge_brings(gitreg: Gitreg, refs: Callable[[], str]) -> None:
    """The tags of what is not merged yet are listed before anybody says yes, and are then what is signed."""
    gitreg("promote", "churn/best", "-m", "churn", "--version", "2.0.0", "--again", "--stage", "staging")
    before = refs()

    planned = gitreg("release", "--merge", "--dry-run").out.splitlines()

    assert refs() == before
    assert planned == [
        "merge gitreg/promote/churn/v2.0.0",
        "sign model/churn/v2.0.0",
        "sign stage/churn/staging/1",
    ]
    assert gitreg("release", "--merge", "-y").out.splitlines() == [line.split(" ")[1] for line in planned]


def test_proposal_that_does_not_fit_holds_no_other_up(gitreg: Gitreg) -> None:
    """What fits is merged and signed; the other is named, stays open, and the call ends with 5."""
    gitreg("promote", "churn/best", "-m", "churn", "--version", "2.0.0", "--again")
    gitreg("release", "--merge", "-y")
    gitreg("assign", "churn@2.0.0", "production")
    gitreg("model", "edit", "churn", "--description", "x")
    gitreg("retire", "churn@1.0.0", "--reason", "old")
    gitreg("assign", "churn@2.0.0", "staging")

    said = gitreg("release", "--merge", "-y")

    merged = [line for line in said.out.splitlines() if line.startswith("gitreg/")]
    assert said.code == 5
    assert merged
    assert "cannot merge gitreg/assign/churn/staging" in said.err
    assert "gitreg/assign/churn/staging" in gitreg("status").out
    assert gitreg("assign", "churn@2.0.0", "staging").code == 0
    assert gitreg("release", "--merge", "-y").code == 0


def test_release_without_a_key_merges_nothing(gitreg: Gitreg, place: Path, refs: Callable[[], str]) -> None:
    """Whoever cannot sign learns it before anything is merged."""
    gitreg("assign", "churn@1.0.0", "staging")
    git(place, "config", "--unset", "user.signingkey")
    before = refs()

    said = gitreg("release", "--merge", "-y")

    assert said.code == 4
    assert refs() == before


def test_release_of_a_clone_plans_what_it_does(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """With a remote, too, the plan is what is done, and the tags are there."""
    hub = tmp_path / "hub.git"
    git(tmp_path, "clone", "-q", "--bare", str(place), str(hub))
    git(place, "remote", "add", "origin", str(hub))
    assert gitreg("promote", "churn/best", "-m", "churn", "--version", "2.0.0", "--again").code == 0

    planned = gitreg("release", "--merge", "--dry-run").out
    done = gitreg("release", "--merge", "-y")

    assert planned == "merge gitreg/promote/churn/v2.0.0\nsign model/churn/v2.0.0\n"
    assert (done.code, done.out) == (0, "gitreg/promote/churn/v2.0.0\nmodel/churn/v2.0.0\n")
    assert "refs/tags/model/churn/v2.0.0" in git(hub, "for-each-ref", "--format=%(refname)")


def test_recover_finishes_what_a_crash_left(gitreg: Gitreg, place: Path, environ: dict[str, str]) -> None:
    """A draft whose process is gone becomes a candidate; before that, status names it."""
    code = (
        "import os, gitreg; c = gitreg.start('lab', params={'a': '1'}); c.log_metric('auc', 0.5); os._exit(9)"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=place, env=environ | {"PYTHONPATH": SOURCES}, check=False
    )
    assert "its process is gone" in gitreg("status").out
    planned = gitreg("recover", "--dry-run").out

    said = gitreg("recover")

    assert said.code == 0
    assert planned == f"finish {said.out.strip()} of lab\n"
    assert "killed" in gitreg("show", said.out.strip()).out
    assert gitreg("recover").err == "nothing is left to finish\n"


def test_run_ends_with_the_command_s_code(command: Gitreg, place: Path) -> None:
    """Output of the command, then the id; its exit code is ours."""
    script = 'echo training; echo "{\\"auc\\": 0.99}" > metrics.json; exit 3'
    said = command("run", "-e", "lab", "--metrics", "metrics.json", "-t", "a=b", "--", "sh", "-c", script)

    first, candidate = said.out.splitlines()
    assert (said.code, first) == (3, "training")
    shown = command("show", candidate).out
    assert "failed" in shown
    assert "auc  0.99" in shown


def test_run_that_promises_a_file_and_writes_none(command: Gitreg) -> None:
    """The candidate is kept, and the call says what is missing."""
    said = command("run", "-e", "lab", "-a", "nosuch", "--", "true")

    assert said.code == 3
    assert len(said.out.strip()) == 32
    assert "nosuch" in said.err


def test_words_after_two_dashes_are_the_command_s(command: Gitreg) -> None:
    """Options of the command are not taken for gitreg's."""
    said = command("run", "-e", "lab", "--", "echo", "--dry-run", "-n", "--help")

    assert said.out.splitlines()[0] == "--dry-run -n --help"


def test_pulled_folder_is_printed_and_holds_the_model(gitreg: Gitreg, place: Path) -> None:
    """`pull` prints the folder; the bytes are those that were logged."""
    said = gitreg("pull", "churn@production", "-o", "out")

    assert said.out == f"{place / 'out'}\n"
    assert (place / "out/model.bin").read_bytes() == b"\x00the weights"
    assert gitreg("pull", "churn@production", "-o", "out").code == 0


def test_flipped_byte_is_refused(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """A wrong byte in every place that has the file: exit 6, its name, and nothing in the target."""
    store = tmp_path / "store"
    gitreg("artifacts", "churn@1.0.0", "-o", "before")
    for path in [*(place / ".dvc/cache").rglob("*"), *(place / ".git/gitreg/unpushed").rglob("*")]:
        if path.is_file() and path.read_bytes() == b"\x00the weights":
            path.unlink()
    bad = store / "files/md5"
    bad.mkdir(parents=True)
    url = json.loads(gitreg("storage", "show", "--json").out)["items"][0]["place"]
    for path in (Path(url) / "files/md5").rglob("*"):
        if path.is_file():
            copy = bad / path.parent.name / path.name
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes().replace(b"weights", b"weightz"))

    said = gitreg("pull", "churn@production", "-o", "out", "--storage", str(store))

    assert said.code == 6
    assert "model.bin" in said.err
    assert not (place / "out").exists()


def test_anchor_is_printed_and_serves_elsewhere(command: Gitreg, place: Path, tmp_path: Path) -> None:
    """`key anchor` makes the file that `verify --anchor` takes in CI; without one, CI is refused."""
    (tmp_path / "anchor.json").write_text(command("key", "anchor").out)
    (place / ".git/gitreg/anchor.json").unlink()

    assert command("verify", "churn@1.0.0", CI="true").code == 6
    assert command("verify", "churn@1.0.0", CI="true", GITREG_ANCHOR=str(tmp_path / "anchor.json")).code == 0


def test_init_again_changes_nothing(gitreg: Gitreg, refs: Callable[[], str], place: Path) -> None:
    """Run again, it says that the registry is there."""
    before = refs()

    said = gitreg("init")

    assert (said.code, said.out) == (0, f"{place}\n")
    assert "already" in said.err
    assert refs() == before


def test_init_wants_a_whole_identity(gitreg: Gitreg) -> None:
    """A name without a mail is no identity."""
    assert gitreg("init", "new", "--identity", "Ada").code == 2


def test_push_and_fetch_between_two_clones(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """What one clone pushes, the other fetches and lists."""
    hub, other = tmp_path / "hub.git", tmp_path / "other"
    git(tmp_path, "clone", "-q", "--bare", str(place), str(hub))
    git(place, "remote", "add", "origin", str(hub))
    git(tmp_path, "clone", "-q", str(hub), str(other))
    gitreg("fetch")
    candidate = gitreg("log", "lab", "-m", "auc=1", "--no-code").out.strip()

    assert "1 new or changed" in gitreg("status").out
    assert gitreg("push", "--dry-run").out.endswith("and 1 candidates\n")
    assert gitreg("push").code == 0
    assert gitreg("status").out.startswith("nothing is running")
    assert "refs/heads/gitreg/candidates" in gitreg("fetch", "--dry-run", folder=other).out
    assert gitreg("fetch", folder=other).code == 0
    assert candidate in gitreg("list", folder=other).out


def test_unreachable_remote_keeps_the_work(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """Exit 7, and the candidate is still here."""
    git(place, "remote", "add", "origin", str(tmp_path / "gone.git"))
    candidate = gitreg("log", "lab", "--no-code").out.strip()

    assert gitreg("push").code == 7
    assert candidate in gitreg("list").out


def test_storage_moves_with_every_object(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """`storage set` copies what is needed and proposes the change; merged, everything comes from the new place."""
    new = tmp_path / "new-store"
    assert gitreg("push").code == 0
    old = Path(json.loads(gitreg("storage", "show", "--json").out)["items"][0]["place"])

    def needed(storage: Path) -> set[str]:
        mine = {*git(place, "grep", "-h", "md5:", "gitreg/candidates", "--", "*.dvc").split()}
        return {
            word
            for word in mine
            if len(word) >= 32 and (storage / "files/md5" / word[:2] / word[2:]).is_file()
        }

    said = gitreg("storage", "set", str(new))
    assert needed(new) == needed(old) != set()
    git(
        place,
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.com",
        "merge",
        "-q",
        "--no-edit",
        said.out.strip(),
    )

    assert json.loads(gitreg("storage", "show", "--json").out)["items"][0]["place"] == str(new)
    assert gitreg("pull", "churn@production", "-o", "out", "--storage", str(new)).code == 0
    assert str(new) in git(place, "show", "gitreg/candidates:.dvc/config")
    assert gitreg("storage", "set", str(new)).code == 1
    assert gitreg("storage", "set", "ext::sh -c id").code == 2


def test_schemas_are_written(gitreg: Gitreg, place: Path) -> None:
    """`schema write` makes a file for each kind, and prints the folder."""
    said = gitreg("schema", "write", "schemas")

    assert said.out == f"{place / 'schemas'}\n"
    assert json.loads((place / "schemas/candidate.schema.json").read_text()) == json.loads(
        gitreg("schema", "show", "candidate").out
    )
