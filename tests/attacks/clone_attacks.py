"""A poisoned clone, environment or cache: nothing in them is run, and nothing in them decides."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from attack_case import ANCHOR, Attack, Harm, pull, verify
from attack_ground import MAIN, RELEASE, Ground
from record_attacks import loosened, two_entries_of_one_name
from trust_file_attacks import own_root
from workshop import REGISTRY_ID

from gitreg.workflows.verification.anchor import anchor_from_root, write_anchor

ROW = "clone"
PROGRAMS = (
    "core.fsmonitor", "core.sshCommand", "core.gitProxy", "core.pager", "core.editor", "core.askPass", "core.alternateRefsCommand",
    "gpg.ssh.program", "gpg.program", "gpg.x509.program", "gpg.ssh.defaultKeyCommand", "alias.for-each-ref", "alias.cat-file",
    "alias.fetch", "alias.rev-parse", "alias.config", "diff.external", "diff.x.textconv", "filter.x.smudge", "filter.x.clean",
    "filter.x.process", "credential.helper", "uploadpack.packObjectsHook", "sequence.editor", "merge.x.driver",
    "remote.origin.uploadpack", "receive.procReceiveRefs", "trailer.x.command",
)  # fmt: skip
HOOKS = (
    "reference-transaction", "post-checkout", "pre-receive", "post-update", "proc-receive", "update", "post-index-change",
    "fsmonitor-watchman", "pre-auto-gc", "post-merge",
)  # fmt: skip
UNKNOWN, TOO_FEW = "is not an allowed key", "of the 2 needed keys"
PRODUCTION = pull("churn@production")
BUNDLE = pull("churn@1.0.0", "--anchor", ANCHOR)


def _forged(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload(), "mallory"))


def _hooked(ground: Ground, git_dir: Path) -> None:
    hooks = git_dir / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in HOOKS:
        shutil.copy(ground.trap(), hooks / hook)


def _programs(ground: Ground) -> None:
    for name in PROGRAMS:
        ground.git("config", name, str(ground.trap()), at=ground.clone)


def _hooks(ground: Ground) -> None:
    _hooked(ground, ground.clone / ".git")


def _filters(ground: Ground) -> None:
    trap = ground.trap()
    ground.configure(filter__x__smudge=trap, filter__x__clean=trap, diff__x__textconv=trap)
    info = ground.clone / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* filter=x diff=x merge=x ident working-tree-encoding=UTF-16\n")


def _signing_programs(ground: Ground) -> None:
    """What Git would ask about signatures says yes to everything."""
    _forged(ground)
    ground.configure(gpg__ssh__program=ground.trap(), gpg__program=ground.trap())


def _included(ground: Ground) -> None:
    trap = ground.trap()
    (ground.folder / "evil").write_text(
        f'[core]\n\tfsmonitor = {trap}\n\tsshCommand = {trap}\n[gpg "ssh"]\n\tprogram = {trap}\n'
    )
    ground.configure(include__path=ground.folder / "evil")


def _worktree_config(ground: Ground) -> None:
    ground.configure(extensions__worktreeConfig="true", core__worktree="../../elsewhere")
    (ground.folder / "elsewhere").mkdir()
    (ground.clone / ".git" / "config.worktree").write_text(f"[core]\n\tfsmonitor = {ground.trap()}\n")


def _ssh_command(ground: Ground) -> None:
    ground.configure(remote__origin__url="ssh://host.invalid/registry", core__sshCommand=ground.trap())


def _remote_helper(url: str) -> Harm:
    def harm(ground: Ground) -> None:
        ground.configure(remote__origin__url=url.format(trap=ground.trap()), protocol__ext__allow="always")

    return harm


def _missing_object(ground: Ground) -> None:
    """An object is missing, and the clone says whom Git may ask for it, and by which program: a partial clone."""
    loosened(ground.clone / ".git", ground.environ)
    ground.configure(
        core__repositoryFormatVersion="1", extensions__partialClone="origin", remote__origin__promisor="true",
        remote__origin__uploadpack=ground.trap(),
    )  # fmt: skip
    id_ = ground.tip(f"{MAIN}:gitreg.yaml")
    (ground.clone / ".git" / "objects" / id_[:2] / id_[2:]).unlink()


def _mallorys(ground: Ground) -> Ground:
    """Another registry under the same id, all of it Mallory's."""
    other = ground.another("mallory")
    own_root(other)
    return other


def _other_origin(ground: Ground) -> None:
    ground.configure(remote__origin__url=_mallorys(ground).host)


def _instead(ground: Ground) -> None:
    ground.git("config", f"url.{_mallorys(ground).host}.insteadOf", "../host.git", at=ground.clone)


def _other_origin_and_anchor(ground: Ground) -> dict[str, str]:
    """An earlier job wrote to the clone all that Mallory needs."""
    other = _mallorys(ground)
    ground.configure(remote__origin__url=other.host)
    (ground.clone / ".git" / "gitreg" / "anchor.json").unlink()
    write_anchor(ground.clone / ".git", anchor_from_root(other.shop.root()))
    return {"CI": "true"}


def _other_registry_variable(ground: Ground) -> dict[str, str]:
    other = _mallorys(ground)
    ground.git("clone", "-q", "--template=", str(other.host), str(other.clone), at=ground.folder)
    return {"GITREG_REGISTRY": str(other.clone), "CI": "true"}


def _clone_refs(ground: Ground) -> None:
    """Refs of the clone, and the branches that it remembers of the host, are the earlier job's."""
    other = _mallorys(ground)
    words = (
        "+refs/heads/main:refs/remotes/origin/main",
        "+refs/heads/main:refs/heads/mallory",
        "+refs/tags/*:refs/tags/*",
    )
    ground.git("fetch", "-q", "--force", str(other.host), *words, at=ground.clone)


def _alternate(ground: Ground) -> None:
    """What the clone lacks comes from Mallory's objects; one of them has other bytes than its id says."""
    other = ground.another("mallory")
    loosened(ground.clone / ".git", ground.environ)
    loosened(other.host, ground.environ)
    id_ = ground.tip(f"{RELEASE}^{{commit}}:models/churn/versions/1.0.0/version.yaml")
    newer = ground.tip(f"{MAIN}:models/churn/versions/1.1.0/version.yaml")
    (ground.clone / ".git" / "objects" / id_[:2] / id_[2:]).unlink()
    place = other.host / "objects" / id_[:2] / id_[2:]
    place.chmod(0o644)
    shutil.copy(other.host / "objects" / newer[:2] / newer[2:], place)
    (ground.clone / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (ground.clone / ".git" / "objects" / "info" / "alternates").write_text(f"{other.host}/objects\n")


def _hostile_host(ground: Ground) -> None:
    """The host is a folder, and its configuration and hooks are Mallory's."""
    _hooked(ground, ground.host)
    for name in PROGRAMS:
        ground.git("config", name, str(ground.trap()))


def _id_that_is_a_path(ground: Ground) -> None:
    """The clone's own gitreg.yaml says where the verifier's store is to be."""
    file = ground.clone / "gitreg.yaml"
    file.write_text(file.read_text().replace(REGISTRY_ID, "../../../../tmp/store-of-mallory"))
    ground.git(
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.com",
        "commit",
        "-q",
        "-a",
        "-m",
        "x",
        at=ground.clone,
    )
    ground.git("update-ref", "refs/remotes/origin/main", "HEAD", at=ground.clone)


def _poisoned_store(ground: Ground) -> dict[str, str]:
    """The cache is an earlier job's: configuration, hooks, refs, and objects of Mallory's elsewhere."""
    ground.seen()
    store = next(Path(ground.environ["XDG_CACHE_HOME"]).glob("gitreg/verify/*.git"))
    other = _mallorys(ground)
    _hooked(ground, store)
    for name in PROGRAMS:
        ground.git("config", name, str(ground.trap()), at=store)
    ground.git("fetch", "-q", "--force", str(other.host), "+refs/heads/main:refs/gitreg/accepted", "+refs/tags/*:refs/tags/*",
               at=store)  # fmt: skip
    (store / "objects" / "info" / "alternates").write_text(f"{other.host}/objects\n")
    (store.parent / "git.config").write_text(f"[core]\n\tfsmonitor = {ground.trap()}\n")
    ground.mark.unlink(missing_ok=True)
    return {"CI": "true"}


def _shallow_host(ground: Ground) -> None:
    """The host's history ends where it wants, so that a commit of nobody's looks like the first."""
    proposed = ground.git(
        "commit-tree", ground.tip(f"{MAIN}^{{tree}}"), "-p", ground.tip(f"{MAIN}~2"), "-m", "Alone"
    )
    ground.release(ground.statement(), commit=proposed)
    (ground.host / "shallow").write_text(f"{ground.tip()}\n{proposed}\n")


def _shallow_since(ground: Ground) -> None:
    """What is new there would be left out, and what the verifier's store has would pass for the newest."""
    ground.seen()
    ground.commit({"note": b"x"})
    (ground.host / "shallow").write_text(f"{ground.tip()}\n")


def bundled(harm: Harm, *, cut: int = 0) -> Harm:
    """The registry comes as one file, from a stranger."""

    def harm_in_a_file(ground: Ground) -> dict[str, str]:
        harm(ground)
        file = ground.folder / "registry.bundle"
        ground.git("bundle", "create", "-q", str(file), "main", "--tags")
        file.write_bytes(file.read_bytes()[: -cut or None])
        return {"GITREG_REGISTRY": str(file), "CI": "true"}

    return harm_in_a_file


def _unmerged(ground: Ground) -> None:
    ground.release(ground.statement(), commit=ground.commit({"note": b"x"}, ref=None))


def _bit_flipped(ground: Ground) -> dict[str, str]:
    variables = bundled(lambda _: None)(ground)
    assert variables
    file = Path(variables["GITREG_REGISTRY"])
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return dict(variables)


# The environment


def _elsewhere(ground: Ground) -> dict[str, str]:
    """Git is told that the repository is Mallory's."""
    host = str(_mallorys(ground).host)
    return {
        "GIT_DIR": host, "GIT_COMMON_DIR": host, "GIT_WORK_TREE": str(ground.folder), "GIT_INDEX_FILE": "/nowhere",
        "GIT_OBJECT_DIRECTORY": f"{host}/objects", "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{host}/objects",
        "GIT_CEILING_DIRECTORIES": "/", "GIT_PREFIX": "x/",
    }  # fmt: skip


def _other_history(ground: Ground) -> dict[str, str]:
    """Replace refs, grafts and a shallow border that make a proposal accepted."""
    proposed = ground.commit({"note": b"x"}, ref=None)
    ground.release(ground.statement(), commit=proposed)
    fake = ground.commit({"note": b"y"}, ref=None, parent=proposed)
    ground.point(f"refs/heads/replaced/{ground.tip()}", fake)
    (ground.folder / "grafts").write_text(f"{ground.tip()} {proposed}\n")
    (ground.folder / "shallow").write_text(f"{proposed}\n")
    return {
        "GIT_REPLACE_REF_BASE": "refs/heads/replaced/", "GIT_GRAFT_FILE": str(ground.folder / "grafts"),
        "GIT_SHALLOW_FILE": str(ground.folder / "shallow"), "GIT_NO_REPLACE_OBJECTS": "",
    }  # fmt: skip


def _namespace(ground: Ground) -> dict[str, str]:
    """The host also has Mallory's refs, in a namespace."""
    honest = ground.tip(RELEASE)
    _forged(ground)
    ground.point(f"refs/namespaces/mallory/{RELEASE}", ground.tip(RELEASE))
    ground.point(RELEASE, honest)
    return {"GIT_NAMESPACE": "mallory"}


def _configured(ground: Ground) -> dict[str, str]:
    _forged(ground)
    names = (
        "core.fsmonitor",
        "core.hooksPath",
        "gpg.ssh.program",
        "gpg.program",
        "core.pager",
        "alias.cat-file",
    )
    values = {f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(names)}
    values |= {f"GIT_CONFIG_VALUE_{number}": str(ground.trap()) for number in range(len(names))}
    quoted = f"'gpg.ssh.program'='{ground.trap()}'"
    return values | {"GIT_CONFIG_COUNT": str(len(names)), "GIT_CONFIG_PARAMETERS": quoted}


def _instead_by_variable(ground: Ground) -> dict[str, str]:
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{_mallorys(ground).host}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"{ground.clone}/../host.git",
    }


def _unchecked(ground: Ground) -> dict[str, str]:
    """What checks objects as they arrive is switched off by variables, and one tree has a name twice."""
    two_entries_of_one_name(ground)
    names = ("fetch.fsck.duplicateEntries", "fetch.fsckObjects", "transfer.fsckObjects")
    values = {f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(names)}
    values |= {
        f"GIT_CONFIG_VALUE_{number}": "ignore" if not number else "false" for number in range(len(names))
    }
    return values | {"GIT_CONFIG_COUNT": str(len(names))}


def _instead_by_file(ground: Ground) -> dict[str, str]:
    file = ground.folder / "gitconfig"
    file.write_text(f'[url "{_mallorys(ground).host}"]\n\tinsteadOf = {ground.clone}/../host.git\n')
    return {"GIT_CONFIG_GLOBAL": str(file)}


def _programs_by_variable(ground: Ground) -> dict[str, str]:
    trap, folder = str(ground.trap()), ground.folder / "programs"
    folder.mkdir()
    for name in ("git", "git-fetch", "git-upload-pack", "git-cat-file"):
        shutil.copy(trap, folder / name)
    names = (
        "GIT_EXTERNAL_DIFF",
        "GIT_PAGER",
        "GIT_EDITOR",
        "GIT_SEQUENCE_EDITOR",
        "PAGER",
        "EDITOR",
        "VISUAL",
    )
    return dict.fromkeys(names, trap) | {
        "GIT_EXEC_PATH": str(folder), "GIT_TEMPLATE_DIR": str(folder), "GIT_TRACE": str(ground.mark),
        "GIT_TRACE2_EVENT": str(ground.mark), "GIT_ALLOW_PROTOCOL": "ext:file",
    }  # fmt: skip


def _path(first: str) -> Harm:
    """PATH begins with an entry that is no whole path; programs lie in the clone, and where the command is called."""

    def harm(ground: Ground) -> dict[str, str]:
        for place in (ground.clone, ground.folder):
            (place / "bin").mkdir()
            for name in ("git", "ssh-keygen", "gpg", "gpgv", "ssh", "bin/git", "bin/ssh-keygen", "bin/gpgv"):
                shutil.copy(ground.trap(), place / name)
        _forged(ground)
        return {"PATH": f"{first}:{ground.environ['PATH']}"}

    return harm


def _anchor_edited(ground: Ground) -> dict[str, str]:
    """The pinned anchor asks for one key of two only, and Mallory's is one of them."""
    file = ground.clone / ".git" / "gitreg" / "anchor.json"
    anchor = json.loads(file.read_text())
    anchor["keys"]["mallory"], anchor["threshold"] = str(ground.shop.key("mallory").public), 1
    file.write_text(json.dumps(anchor))
    own_root(ground)
    return {"CI": "true"}


ATTACKS = [
    Attack(ROW, "programs in every setting that names one", "earlier job", _programs, None, "", PRODUCTION, 0, process=True,
           springs=("status",)),
    Attack(ROW, "hooks", "earlier job", _hooks, None, "", PRODUCTION, 0, springs=("update-ref", "refs/x", "HEAD")),
    Attack(ROW, "filters and attributes", "earlier job", _filters, None, "", PRODUCTION, 0,
           springs=("archive", "-o", "/dev/null", "HEAD")),
    Attack(ROW, "signing programs that believe everybody", "earlier job", _signing_programs, "signature", UNKNOWN, git="accepts",
           springs=("verify-tag", "model/churn/v1.0.0")),
    Attack(ROW, "included configuration", "earlier job", _included, None, "", PRODUCTION, 0, springs=("status",)),
    Attack(ROW, "configuration of a work tree", "earlier job", _worktree_config, None, "", PRODUCTION, 0, springs=("status",)),
    Attack(ROW, "a command for ssh", "earlier job", _ssh_command, None, "", code=7, springs=("fetch",)),
    Attack(ROW, "a remote that is a command (ext::)", "earlier job", _remote_helper("ext::{trap}"), None, "", code=7,
           springs=("fetch",)),
    Attack(ROW, "a remote that is an option", "earlier job", _remote_helper("--upload-pack={trap}"), None, "", code=7),
    Attack(ROW, "a missing object, and a program to get it by", "earlier job", _missing_object, None, "has no object", code=3,
           springs=("cat-file", "-p", "HEAD:gitreg.yaml")),
    Attack(ROW, "another origin", "earlier job", _other_origin, "root", TOO_FEW, git="accepts"),
    Attack(ROW, "another URL instead of the origin's", "earlier job", _instead, None, "", code=0),
    Attack(ROW, "another origin, and its anchor pinned; an anchor given", "earlier job", _other_origin_and_anchor, "root",
           TOO_FEW, pull("churn@1.0.0", "--anchor", ANCHOR), git="accepts"),
    Attack(ROW, "another origin, and its anchor pinned; in CI", "earlier job", _other_origin_and_anchor, "root", "anchor",
           git="accepts", process=True),
    Attack(ROW, "a pinned anchor with one key more; in CI", "earlier job", _anchor_edited, "root", "anchor", git="accepts"),
    Attack(ROW, "another registry named by a variable", "earlier job", _other_registry_variable, "root", TOO_FEW,
           pull("churn@1.0.0", "--anchor", ANCHOR), process=True),
    Attack(ROW, "refs of the clone", "earlier job", _clone_refs, None, "", code=0),
    Attack(ROW, "refs of the clone, offline", "earlier job", _clone_refs, "root", TOO_FEW, verify("--offline", "churn@1.0.0")),
    Attack(ROW, "borrowed objects with other bytes, offline", "earlier job", _alternate, "store", "did not receive expected object",
           verify("--offline", "churn@1.0.0")),
    Attack(ROW, "a registry's id that is a path", "earlier job", _id_that_is_a_path, None, "id", code=1),
    Attack(ROW, "the verifier's store and its configuration; in CI", "earlier job", _poisoned_store, None, "",
           pull("churn@1.0.0", "--anchor", ANCHOR), 0, process=True),
    Attack(ROW, "a host's own hooks and programs", "Git host", _hostile_host, None, "", pull("--fresh", "churn@production"), 0),
    Attack(ROW, "a host whose history is cut off", "Git host", _shallow_host, "store", "is shallow"),
    Attack(ROW, "a host whose history is cut off since it was seen", "Git host", _shallow_since, "store", "is shallow"),
    Attack(ROW, "a bundle with a forged release", "developer", bundled(_forged), "signature", UNKNOWN, BUNDLE, process=True),
    Attack(ROW, "a bundle with a release that nobody accepted", "developer", bundled(_unmerged), "review",
           "is not on the accepted branch", BUNDLE),
    Attack(ROW, "a bundle of another registry", "developer", bundled(own_root), "root", TOO_FEW, BUNDLE),
    Attack(ROW, "a bundle without an anchor; in CI", "developer", bundled(own_root), "root", "no trust anchor"),
    Attack(ROW, "a bundle that is cut off", "developer", bundled(_unmerged, cut=40), "store", "it is damaged", BUNDLE),
    Attack(ROW, "a bundle with one bit flipped", "developer", _bit_flipped, "store", "it is damaged", BUNDLE),
    Attack(ROW, "GIT_DIR and object folders", "earlier job", _elsewhere, None, "", code=0, process=True),
    Attack(ROW, "GIT_REPLACE_REF_BASE, grafts, a shallow border", "earlier job", _other_history, "review",
           "is not on the accepted branch", process=True),
    Attack(ROW, "GIT_NAMESPACE", "earlier job", _namespace, None, "", code=0, process=True),
    Attack(ROW, "GIT_CONFIG_COUNT with programs", "earlier job", _configured, "signature", UNKNOWN, process=True,
           springs=("status",)),
    Attack(ROW, "GIT_CONFIG_COUNT with another URL", "earlier job", _instead_by_variable, "root", TOO_FEW, process=True),
    Attack(ROW, "GIT_CONFIG_COUNT that checks no objects", "earlier job", _unchecked, "record", "is malformed", process=True),
    Attack(ROW, "GIT_CONFIG_GLOBAL with another URL", "earlier job", _instead_by_file, "root", TOO_FEW, process=True),
    Attack(ROW, "GIT_EXEC_PATH, editors, pagers, traces", "earlier job", _programs_by_variable, None, "", PRODUCTION, 0,
           process=True, springs=("fetch",)),
    Attack(ROW, "PATH with `.`", "earlier job", _path("."), "signature", UNKNOWN, process=True, springs=("status",)),
    Attack(ROW, "PATH with an empty entry", "earlier job", _path(""), "signature", UNKNOWN, process=True, springs=("status",)),
    Attack(ROW, "PATH with a relative folder", "earlier job", _path("bin"), "signature", UNKNOWN, process=True,
           springs=("status",)),
]  # fmt: skip
