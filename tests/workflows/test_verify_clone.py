"""The store and the anchor: nothing that anybody wrote into a clone, a host's refs or the environment helps them."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

import pytest
from workshop import MAIN, V1, V2, Trusted, Workshop

from gitreg.errors import GitregError, NotFoundError, RemoteError, UsageError
from gitreg.gitrepo import Repository
from gitreg.workflows.verification.verify import Failure, Verdict, VerifyOptions, verify, verify_all

RELEASE = "refs/tags/model/churn/v1.0.0"


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark when anybody runs it."""
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\nexit 0\n")
    program.chmod(0o755)
    return program


def sprung(trap: Path) -> bool:
    """Whether the trap was run."""
    return (trap.parent / "sprung").exists()


# A poisoned clone


@pytest.mark.parametrize("program", ["false", "true"])
def test_git_s_signing_program_is_not_asked(registry: Workshop, program: str) -> None:
    """`gpg.ssh.program=true` would make every signature good, `false` none."""
    registry.git("config", "gpg.ssh.program", f"/bin/{program}")
    registry.git("config", "gpg.program", f"/bin/{program}")

    assert registry.verify().signer == "ada"
    registry.tag(registry.statement(V2), key="mallory")
    assert registry.refused("churn@1.1.0") == "signature"


def test_nothing_that_a_clone_configures_is_run(registry: Workshop, trap: Path) -> None:
    """Hooks, fsmonitor, filters, aliases, ssh commands, pagers, editors, helpers: all are somebody else's programs."""
    for key in (
        "core.fsmonitor", "core.sshCommand", "core.gitProxy", "core.pager", "core.editor", "core.askPass",
        "gpg.ssh.program", "gpg.program", "alias.for-each-ref", "alias.cat-file", "alias.fetch", "alias.upload-pack",
        "diff.external", "filter.x.smudge", "filter.x.clean", "filter.x.process", "credential.helper",
        "uploadpack.packObjectsHook", "protocol.ext.allow", "sequence.editor", "interactive.diffFilter",
    ):  # fmt: skip
        registry.git("config", key, str(trap))
    hooks = registry.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in (
        "reference-transaction",
        "post-checkout",
        "pre-receive",
        "post-update",
        "proc-receive",
        "update",
    ):
        shutil.copy(trap, hooks / hook)
    (registry.path / ".git" / "info").mkdir(exist_ok=True)
    (registry.path / ".git" / "info" / "attributes").write_text("* filter=x diff=x\n")

    registry.verify("churn@production", fresh=True)

    assert not sprung(trap)


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c touch% sprung", "-oProxyCommand=x", "--upload-pack=x", "fd::3", "ssh://-oProxyCommand=x/y"],
)
def test_a_remote_s_url_runs_nothing(registry: Workshop, url: str, tmp_path: Path) -> None:
    """Of a clone only the URL is used, and only by the transports that gitreg uses."""
    clone = registry.clone(tmp_path / "clone")
    registry.git("config", "remote.origin.url", url, at=clone)

    with pytest.raises(GitregError) as refusal:
        registry.verify(at=clone)
    assert refusal.value.exit_code in {2, 4, 7}
    assert not list(tmp_path.rglob("sprung"))


def test_the_clone_s_ssh_command_does_not_reach_the_remote(
    registry: Workshop, tmp_path: Path, trap: Path
) -> None:
    """The remote is asked from the verifier's own store, so the clone's configuration has no word in it."""
    clone = registry.clone(tmp_path / "clone")
    registry.git("config", "remote.origin.url", "ssh://host.invalid/registry", at=clone)
    registry.git("config", "core.sshCommand", str(trap), at=clone)

    with pytest.raises(RemoteError):
        registry.verify(at=clone)
    assert not sprung(trap)


def test_git_variables_change_nothing(registry: Workshop, trap: Path, tmp_path: Path) -> None:
    """An earlier job's environment, as far as it lasts: other repositories, configuration, programs, replace refs."""
    other = tmp_path / "other.git"
    registry.git("init", "-q", "--bare", str(other))
    poison = {
        "GIT_DIR": str(other), "GIT_WORK_TREE": str(tmp_path), "GIT_OBJECT_DIRECTORY": str(other / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(other / "objects"), "GIT_INDEX_FILE": "/nowhere",
        "GIT_COMMON_DIR": str(other), "GIT_NAMESPACE": "x", "GIT_CEILING_DIRECTORIES": "/",
        "GIT_REPLACE_REF_BASE": "refs/heads/", "GIT_GRAFT_FILE": "/nowhere", "GIT_SHALLOW_FILE": "/nowhere",
        "GIT_EXEC_PATH": str(trap.parent), "GIT_TEMPLATE_DIR": str(trap.parent), "GIT_EXTERNAL_DIFF": str(trap),
        "GIT_CONFIG_PARAMETERS": "'gpg.ssh.program'='/bin/true'", "GIT_CONFIG": "/nowhere",
        "GIT_ALLOW_PROTOCOL": "ext:file", "GIT_TRACE2_EVENT": "/nowhere/x", "GIT_DEFAULT_HASH": "sha256",
    }  # fmt: skip

    with registry.open(None, **poison) as opened:
        assert verify(opened, "churn@production", VerifyOptions(fresh=True)).version == V2
    assert not sprung(trap)


def test_a_replace_ref_replaces_nothing(registry: Workshop) -> None:
    """Git would show another object under the honest one's id, in every command that does not know better."""
    honest = registry.tip(RELEASE)
    forged = registry.tag(registry.statement(V1), key="mallory", ref="refs/tags/forged", inside=RELEASE)
    registry.git("update-ref", f"refs/replace/{honest}", forged)
    registry.git("update-ref", f"refs/replace/{registry.tip(MAIN)}", registry.tip(f"{MAIN}~1"))

    assert registry.verify("churn@1.0.0").signer == "ada"
    assert registry.verify("churn@1.1.0").version == V2


def test_a_replace_ref_cannot_make_a_commit_accepted(registry: Workshop) -> None:
    """The tip replaced by a commit that has the proposal among its parents."""
    proposed = registry.commit({"note": b"x"}, ref=None, parents=[registry.tip()])
    registry.tag(registry.statement(), proposed)
    fake = registry.commit({"note": b"y"}, ref=None, parents=[proposed])
    registry.git("update-ref", f"refs/replace/{registry.tip()}", fake)

    assert registry.refused() == "review"


def test_a_graft_cannot_make_a_commit_accepted(registry: Workshop) -> None:
    """`info/grafts` gives commits other parents, for whoever reads them in that clone."""
    proposed = registry.commit({"note": b"x"}, ref=None, parents=[registry.tip(f"{MAIN}~1")])
    registry.tag(registry.statement(), proposed)
    (registry.path / ".git" / "info").mkdir(exist_ok=True)
    (registry.path / ".git" / "info" / "grafts").write_text(f"{registry.tip()} {proposed}\n")

    assert registry.refused() in {"review", "store"}


def test_an_object_with_other_bytes_than_its_name_is_refused(registry: Workshop) -> None:
    """Git does not hash again what it reads from its own disk; what is fetched is hashed by whoever receives it."""
    blob = registry.tip(f"{RELEASE}^{{commit}}:models/churn/versions/1.0.0/version.yaml")
    other = registry.read("models/churn/versions/1.1.0/version.yaml")
    file = registry.path / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(b"blob %d\0" % len(other) + other))

    assert registry.refused() == "store"


def test_nothing_is_checked_out(registry: Workshop) -> None:
    """Work tree, index, HEAD and refs of the clone stay as they were."""
    before = registry.git("status", "--porcelain=v2", "--branch"), registry.git("for-each-ref")
    registry.verify("churn@production")

    assert (registry.git("status", "--porcelain=v2", "--branch"), registry.git("for-each-ref")) == before


# The verifier's own store


def _store(registry: Workshop) -> Path:
    return next(Path(registry.environ["XDG_CACHE_HOME"]).glob("gitreg/verify/*.git"))


def test_the_own_store_is_bare_and_empty_of_everybody_s_programs(registry: Workshop) -> None:
    """No hooks, no templates, no remotes, nothing checked out."""
    registry.verify()

    assert not (_store(registry) / "hooks").exists()
    assert "remote" not in (_store(registry) / "config").read_text()
    assert not (_store(registry) / "index").exists()


def test_the_own_store_holds_no_candidates(registry: Workshop) -> None:
    """What is fetched does not grow with what was tried."""
    candidate = registry.commit({"big": os.urandom(100_000)}, ref="refs/heads/gitreg/candidates")
    registry.verify()
    found = registry.git("-C", str(_store(registry)), "cat-file", "--batch-check", stdin=candidate.encode())

    assert found.endswith("missing")


def test_a_release_that_is_gone_upstream_is_gone(registry: Workshop) -> None:
    """The own store follows its source: what was withdrawn there is not kept alive here."""
    registry.verify("churn@1.1.0")
    registry.git("update-ref", "-d", "refs/tags/model/churn/v1.1.0")

    with pytest.raises(NotFoundError):
        registry.verify("churn@1.1.0")


def test_fresh_rebuilds_the_store(registry: Workshop) -> None:
    """Whatever happened to the old one."""
    registry.verify()
    (_store(registry) / "packed-refs").write_text("rubbish\n")
    (_store(registry) / "config").write_text("rubbish\n")

    assert registry.verify(fresh=True).signer == "ada"


def test_in_ci_the_store_is_always_fresh(registry: Workshop, tmp_path: Path) -> None:
    """An earlier job on the runner could have filled it."""
    anchor = registry.anchor(tmp_path / "anchor.json")
    registry.verify(ci=True, anchor=anchor)
    marked = _store(registry) / "mark"
    marked.write_text("an earlier job was here")
    registry.verify(ci=True, anchor=anchor)

    assert not marked.exists()


def test_a_link_in_the_place_of_the_store_is_not_followed(registry: Workshop, tmp_path: Path) -> None:
    """It would let another folder be taken for the verifier's own."""
    registry.verify()
    store = _store(registry)
    store.rename(tmp_path / "elsewhere")
    store.symlink_to(tmp_path / "elsewhere")

    assert registry.verify().signer == "ada"
    assert not _store(registry).is_symlink()


def test_without_a_home_there_is_no_place_for_the_store(registry: Workshop) -> None:
    """The current folder is nobody's cache."""
    for name in ("HOME", "XDG_CACHE_HOME"):
        del registry.environ[name]

    with pytest.raises(UsageError):
        registry.verify()


# A clone elsewhere


def test_a_remote_s_relative_path_is_counted_from_the_clone(registry: Workshop, tmp_path: Path) -> None:
    """As Git counts it, although it is not the clone that fetches."""
    clone = registry.clone(tmp_path / "clone")
    registry.git("config", "remote.origin.url", "../registry", at=clone)

    assert registry.verify(at=clone, anchor=registry.anchor(tmp_path / "a")).version == V1


def test_a_clone_elsewhere_verifies_with_nothing_but_an_anchor(registry: Workshop, tmp_path: Path) -> None:
    """Another HOME, an empty cache, CI=true and --anchor FILE: what a deployment has."""
    anchor, clone = registry.anchor(tmp_path / "anchor.json"), registry.clone(tmp_path / "clone")
    home = tmp_path / "other-home"
    home.mkdir()
    elsewhere = {"PATH": os.environ["PATH"], "HOME": str(home), "CI": "true"}
    deployer = Workshop(clone, registry.storage, registry.keys, elsewhere)

    verdict = deployer.verify("churn@production", anchor=anchor, ci=True)

    assert verdict.version == V2
    assert verdict.notes == ()
    assert (home / ".cache" / "gitreg" / "verify").is_dir()


def test_a_shallow_clone_is_verified_by_its_remote(registry: Workshop, tmp_path: Path) -> None:
    """CI clones are shallow: what they lack comes from where they came from."""
    url = f"file://{registry.path}"
    registry.git("clone", "-q", "--depth", "1", url, str(tmp_path / "clone"), at=tmp_path)

    assert registry.verify(at=tmp_path / "clone", anchor=registry.anchor(tmp_path / "a")).version == V1


def test_a_clone_of_one_tag_is_verified(registry: Workshop, tmp_path: Path) -> None:
    """A deployment often has nothing but the tag: no branch at all, and HEAD detached."""
    words = ["clone", "-q", "--depth", "1", "-b", "model/churn/v1.0.0", f"file://{registry.path}"]
    registry.git(*words, str(tmp_path / "clone"), at=tmp_path)

    assert registry.verify(at=tmp_path / "clone", anchor=registry.anchor(tmp_path / "a")).version == V1


def test_a_shallow_clone_offline_is_no_refusal(registry: Workshop, tmp_path: Path) -> None:
    """It cannot be looked at: exit 7, and what to do."""
    url = f"file://{registry.path}"
    registry.git("clone", "-q", "--depth", "1", url, str(tmp_path / "clone"), at=tmp_path)

    with pytest.raises(RemoteError) as problem:
        registry.verify(at=tmp_path / "clone", offline=True)
    assert "shallow" in problem.value.message


def test_a_remote_that_is_away_is_exit_7(registry: Workshop, tmp_path: Path) -> None:
    """And the way to do without it is named."""
    clone = registry.clone(tmp_path / "clone")
    registry.git("config", "remote.origin.url", "https://127.0.0.1:1/registry.git", at=clone)

    with pytest.raises(RemoteError) as problem:
        registry.verify(at=clone)
    assert problem.value.exit_code == 7
    assert "--offline" in (problem.value.hint or "")


def test_a_remote_that_is_away_is_asked_once(
    registry: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs would be waited for twice."""
    clone = registry.clone(tmp_path / "clone")
    registry.verify(at=clone)
    registry.git("config", "remote.origin.url", "https://127.0.0.1:1/registry.git", at=clone)
    fetched: list[object] = []
    monkeypatch.setattr(Repository, "fetch", lambda *words, **more: fetched.append(words))

    with pytest.raises(RemoteError, match=r"127\.0\.0\.1"):
        registry.verify(at=clone)

    assert fetched == []


def test_a_remote_without_news_is_not_fetched_from(
    registry: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its list says that all is here; with news it is fetched from."""
    clone = registry.clone(tmp_path / "clone")
    registry.verify(at=clone)
    fetched: list[object] = []
    fetch = Repository.fetch

    def noted(*words: object, **more: object) -> None:
        fetched.append(words)
        fetch(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Repository, "fetch", noted)
    assert registry.verify(at=clone).version == V1
    assert fetched == []
    registry.commit({"note": b"news"})

    assert registry.verify(at=clone).version == V1
    assert len(fetched) == 1


def test_offline_believes_the_last_fetch_and_says_so(registry: Workshop, tmp_path: Path) -> None:
    """The remote's branch as it was fetched, not the clone's own."""
    clone = registry.clone(tmp_path / "clone")
    registry.git("config", "remote.origin.url", "https://127.0.0.1:1/registry.git", at=clone)

    verdict = registry.verify(at=clone, offline=True, anchor=registry.anchor(tmp_path / "a"))

    assert verdict.version == V1
    assert "as new as the last fetch" in verdict.notes[0]


def test_the_remote_s_branch_counts_not_the_clone_s(registry: Workshop, tmp_path: Path) -> None:
    """What is merged here and nowhere else was accepted by nobody."""
    clone = registry.clone(tmp_path / "clone")
    local = Workshop(clone, registry.storage, registry.keys, registry.environ)
    local.commit({"note": b"x"})
    registry.git("fetch", "-q", str(clone), "refs/heads/main:refs/heads/unaccepted")
    registry.tag(registry.statement(), registry.tip("refs/heads/unaccepted"))
    local.git("fetch", "-q", "--tags", "--force")

    assert local.refused(anchor=registry.anchor(tmp_path / "a")) == "review"
    assert local.refused(anchor=tmp_path / "a", offline=True) == "review"


def test_news_of_the_remote_count_at_once(registry: Workshop, tmp_path: Path) -> None:
    """A key that was revoked this morning is revoked in a clone of last week."""
    clone, anchor = registry.clone(tmp_path / "clone"), registry.anchor(tmp_path / "a")
    registry.verify(at=clone, anchor=anchor)
    registry.commit(registry.next_root(Trusted(version=2, revoked=("ada",))))

    assert registry.refused(at=clone, anchor=anchor) == "signature"


# Anchors


def test_another_registry_s_anchor_is_refused(registry: Workshop, tmp_path: Path) -> None:
    """A whole registry, signed through and through, by people whom nobody here knows."""
    anchor = registry.anchor(tmp_path / "a")
    anchor.write_text(anchor.read_text().replace("0d8f1c5e", "ffffffff"))

    assert registry.refused(anchor=anchor) == "root"


def test_an_anchor_of_other_keys_is_refused(registry: Workshop, tmp_path: Path) -> None:
    """The registry's id is copied easily; the keys are not."""
    anchor = registry.anchor(tmp_path / "a")
    ada, mallory = registry.key("ada").public, registry.key("mallory").public
    anchor.write_text(anchor.read_text().replace(str(ada), str(mallory)))

    assert registry.refused(anchor=anchor) == "root"


def test_an_anchor_that_is_newer_than_the_root_is_refused(registry: Workshop, tmp_path: Path) -> None:
    """The lowest root version is part of the anchor."""
    anchor = registry.anchor(tmp_path / "a")
    anchor.write_text(anchor.read_text().replace('"root_version": 1', '"root_version": 2'))

    assert registry.refused(anchor=anchor) == "root"


def test_the_anchor_on_the_command_line_counts_not_the_pinned_one(registry: Workshop, tmp_path: Path) -> None:
    """Whoever gives an anchor does not trust the clone."""
    anchor = registry.anchor(tmp_path / "a")
    ada, mallory = str(registry.key("ada").public), str(registry.key("mallory").public)
    pinned = registry.path / ".git" / "gitreg" / "anchor.json"
    pinned.write_text(pinned.read_text().replace(ada, mallory))

    assert registry.verify(anchor=anchor).signer == "ada"
    assert registry.refused() == "root"


def test_a_missing_anchor_file_is_not_made_good_by_another(registry: Workshop, tmp_path: Path) -> None:
    """What was named must be there."""
    with pytest.raises(NotFoundError):
        registry.verify(anchor=tmp_path / "nowhere")


@pytest.mark.parametrize("content", ["", "{}", "null", '{"schema": "gitreg/anchor/v1"}'])
def test_a_broken_anchor_is_refused(registry: Workshop, tmp_path: Path, content: str) -> None:
    """It is not taken for the absence of one."""
    (tmp_path / "a").write_text(content)
    (registry.path / ".git" / "gitreg" / "anchor.json").write_text(content)

    assert registry.refused(anchor=tmp_path / "a") == "root"
    assert registry.refused() == "root"


def test_the_first_use_pins_what_it_sees_and_says_so(registry: Workshop) -> None:
    """The fingerprint is there to be compared."""
    registry.forget_anchor()

    verdict = registry.verify()

    assert registry.key("ada").public.fingerprint in verdict.notes[0]
    assert (registry.path / ".git" / "gitreg" / "anchor.json").is_file()
    assert registry.verify().notes == ()


def test_a_first_use_that_is_refused_pins_nothing(registry: Workshop) -> None:
    """An attacker's registry must not become the anchor by failing later."""
    registry.forget_anchor()
    registry.tag(registry.statement(), key="mallory")
    registry.refused()

    assert not (registry.path / ".git" / "gitreg" / "anchor.json").exists()


def test_in_ci_a_first_use_is_refused(registry: Workshop) -> None:
    """Nobody is there to read a fingerprint."""
    registry.forget_anchor()

    assert registry.refused(ci=True) == "root"
    assert registry.verify(ci=True, trust_first_use=True).signer == "ada"


def test_in_ci_a_pinned_anchor_is_not_believed(registry: Workshop) -> None:
    """An earlier job could have pinned its own."""
    assert registry.refused(ci=True) == "root"
    assert registry.verify(ci=True, trust_first_use=True).notes == ()


def test_a_first_use_still_needs_the_root_s_own_signature(registry: Workshop) -> None:
    """A root that its own keys did not sign is nobody's."""
    registry.forget_anchor()
    registry.commit({".gitreg/trust/signatures/ada.sig": None})

    assert registry.refused() == "root"


# All releases


def test_all_releases_are_verified_each_by_itself(registry: Workshop) -> None:
    """One that is refused does not hide the others, and is not hidden."""
    registry.tag(registry.statement(V2), key="mallory")
    registry.git("update-ref", "refs/tags/model/churn/vX", registry.tip())
    with registry.open() as opened:
        results = verify_all(opened, VerifyOptions())

    assert [type(one) for one in results] == [Verdict, Failure, Failure]
    assert [one.error.step for one in results if isinstance(one, Failure)] == ["signature", "names"]


def test_among_all_a_retired_release_is_no_failure(registry: Workshop) -> None:
    """It was released, and it is what was released; that it is retired stands in the notes."""
    registry.tag(registry.statement(action="retire"))
    with registry.open() as opened:
        first, second = verify_all(opened, VerifyOptions())

    assert isinstance(first, Verdict)
    assert isinstance(second, Verdict)
    assert "retired" in first.notes[0]
