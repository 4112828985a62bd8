"""Trust files edited without enough root keys, or with them, but in a way that could be understood twice."""

from __future__ import annotations

import json

from attack_case import ANCHOR, Attack, Harm, pull, verify
from attack_ground import Ground, roles, trusted
from workshop import MAIN, OTHER_ID, REGISTRY_ID

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import SignerEntry

ROW = "trust files"
NOT_SIGNED, TOO_FEW = "is not the one that the root keys signed", "of the 2 needed keys"
MALLORYS = {"ada@example.com": ("mallory",), "bob@example.com": ("bob",)}


def _edited(path: str, content: bytes | None) -> Harm:
    def harm(ground: Ground) -> None:
        ground.commit({path: content})

    return harm


def _mallory_added(ground: Ground) -> None:
    line = f'ada@example.com namespaces="git" {ground.shop.key("mallory").public}\n'.encode()
    ground.commit({places.ALLOWED_SIGNERS: ground.read(places.ALLOWED_SIGNERS) + line})
    ground.put(ground.signed(ground.payload(), "mallory"))


def _unrevoked(ground: Ground) -> None:
    ground.commit({places.REVOKED_KEYS: b""})
    ground.put(ground.signed(ground.payload(), "lost"))


def _no_revocation(ground: Ground) -> None:
    ground.commit({places.REVOKED_KEYS: None})
    ground.put(ground.signed(ground.payload(), "lost"))


def _bob_promoted(ground: Ground) -> None:
    role = roles().roles["fraud"]
    ground.commit({places.ROLES: write(roles(roles={"default": role}))})
    ground.release(ground.statement(), "bob")


def own_root(ground: Ground) -> None:
    """All of it is Mallory's: her key, her root, her signature, under the registry's own id."""
    own = trusted(root_keys=("mallory",), root_signers=("mallory",), threshold=1, signers=MALLORYS)
    ground.commit(ground.shop.trust_files(own))
    ground.put(ground.signed(ground.payload(), "mallory"))


def _root_files(**changed: object) -> Harm:
    def harm(ground: Ground) -> None:
        ground.commit(ground.shop.next_root(trusted(version=2, signers=MALLORYS, **changed)))
        ground.put(ground.signed(ground.payload(), "mallory"))

    return harm


def _one_signature_twice(ground: Ground) -> None:
    files = ground.shop.next_root(trusted(version=2, root_signers=("ada",), signers=MALLORYS))
    files[f"{places.SIGNATURES}/bob.sig"] = files[f"{places.SIGNATURES}/ada.sig"]
    ground.commit(files)


def _signed_for_another_purpose(ground: Ground) -> None:
    """Ada and Bob signed these bytes, as the text of a tag: such a signature is got more easily."""
    files = ground.shop.next_root(trusted(version=2, signers=MALLORYS))
    for name in ("ada", "bob"):
        files[f"{places.SIGNATURES}/{name}.sig"] = ground.signature(files[places.ROOT] or b"", name)
    ground.commit(files)


def _old_signatures(ground: Ground) -> None:
    root = write(ground.shop.root().model_copy(update={"threshold": 1}))
    ground.commit({places.ROOT: root})


def _new_owners_alone(ground: Ground) -> None:
    """Mallory's root 2, by her alone: the owners of root 1 never let go."""
    _root_files(root_keys=("mallory",), root_signers=("mallory",), threshold=1)(ground)


def _skipped(ground: Ground) -> None:
    ground.next_root(2)
    ground.next_root(3)
    ground.commit(
        {f"{places.root_history_path(2).rpartition('/')[0]}/{name}": None
         for name in ("root.yaml", "signatures/ada.sig", "signatures/bob.sig")}
    )  # fmt: skip


def _number_skipped(ground: Ground) -> None:
    """Root 3 right after root 1, signed by all: what root 2 revoked is not there."""
    files = ground.shop.next_root(trusted(version=3))
    wrong = places.root_history_path(2).rpartition("/")[0]
    right = places.root_history_path(1).rpartition("/")[0]
    for name in ("root.yaml", "signatures/ada.sig", "signatures/bob.sig"):
        files[f"{right}/{name}"] = files.pop(f"{wrong}/{name}", None) or ground.read(f".gitreg/trust/{name}")
    ground.commit(files)


def _former_root_in_the_place_of_another(ground: Ground) -> None:
    ground.next_root(2)
    ground.next_root(3)
    first, second = (places.root_history_path(number).rpartition("/")[0] for number in (1, 2))
    names = ("root.yaml", "signatures/ada.sig", "signatures/bob.sig")
    ground.commit({f"{second}/{name}": ground.read(f"{first}/{name}") for name in names})


def _history_changed(ground: Ground) -> None:
    ground.next_root(2)
    path = places.root_history_path(1)
    ground.commit({path: ground.read(path).replace(b"threshold: 2", b"threshold: 1")})


def _rolled_back_below_the_anchor(ground: Ground) -> None:
    """The deployment's anchor was made of root 2, which revoked a key; the host serves root 1."""
    anchor = json.loads(ground.anchor.read_text()) | {"root_version": 2}
    ground.anchor.write_text(json.dumps(anchor))


def _rolled_back_after_it_was_seen(ground: Ground) -> None:
    before = ground.tip()
    ground.next_root(2)
    ground.seen()
    ground.point(MAIN, before)


def _older_root_put_back(ground: Ground) -> None:
    """Root 2 revoked a key; a later commit of the branch has root 1 again, and a verifier that never saw root 2."""
    names = ground.git("ls-tree", "-r", "--name-only", MAIN, ".gitreg/trust").splitlines()
    before: dict[str, bytes | None] = {name: ground.read(name) for name in names}
    ground.next_root(2, revoked=("lost", "laptop"))
    after = ground.git("ls-tree", "-r", "--name-only", MAIN, ".gitreg/trust").splitlines()
    ground.commit(dict.fromkeys(after) | before)
    ground.put(ground.signed(ground.payload(), "laptop"))


def _linked(ground: Ground) -> None:
    target = ground.blob(b"../../signers-of-mallory")
    ground.commit_tree(f"120000 {target}\t{places.ALLOWED_SIGNERS}\n")


def _submodule(ground: Ground) -> None:
    ground.commit_tree(f"160000 {ground.tip()}\t{places.REVOKED_KEYS}\n")


def _many_signatures(ground: Ground) -> None:
    ground.commit({f"{places.SIGNATURES}/{number}.sig": b"x\n" for number in range(100)})


def _signed(path: str, change: bytes | None = None, *, line: str = "") -> Harm:
    """What root keys signed by mistake: a whole content, or one line more; `{key}` is Mallory's key, `{ada}` Ada's."""

    def harm(ground: Ground) -> None:
        keys = {"key": str(ground.shop.key("mallory").public), "ada": str(ground.shop.key("ada").public)}
        more = (line.format(**keys) + "\n").encode()
        ground.signed_files({path: ground.read(path) + more if change is None else change})
        ground.put(ground.signed(ground.payload(), "mallory"))

    return harm


def _one_principal_of_two(ground: Ground) -> None:
    people = {**roles().people, "eve": SignerEntry(principal="ada@example.com")}
    ground.next_root(roles=roles(people=people))


def _one_key_for_two_owners(ground: Ground) -> None:
    """The root's threshold of two, held by one key under two spellings."""
    ada = str(ground.shop.key("ada").public)
    ground.signed_files({}, keys={"ada": ada, "bob": f"{ada} spare"})


def _other_registry(ground: Ground) -> None:
    ground.commit({places.REGISTRY: write(RegistrySettings(id=OTHER_ID, name="models"))})


def _first_use_in_ci(ground: Ground) -> dict[str, str]:
    (ground.clone / ".git" / "gitreg" / "anchor.json").unlink()
    return {"CI": "true"}


def _broken_anchor(ground: Ground) -> None:
    (ground.clone / ".git" / "gitreg" / "anchor.json").write_text("{}")


def _anchor_of_others(ground: Ground) -> None:
    own_root(ground)


def _another_accepted_branch(ground: Ground) -> None:
    """A branch on which Mallory accepted her own proposal, called accepted by the gitreg.yaml of the clone."""
    settings = write(RegistrySettings(id=REGISTRY_ID, name="models", accepted_branch="trunk"))
    proposed = ground.commit({places.REGISTRY: settings, "note": b"x"}, ref=None)
    ground.point("refs/heads/trunk", proposed)
    ground.release(ground.statement(), commit=proposed)
    ground.git("fetch", "-q", "origin", at=ground.clone)
    ground.git("checkout", "-q", "-B", "trunk", "origin/trunk", at=ground.clone)
    ground.git("remote", "set-head", "origin", "trunk", at=ground.clone)


ATTACKS = [
    Attack(ROW, "a signer added on the branch", "Git host", _mallory_added, "root", NOT_SIGNED, git="accepts", process=True),
    Attack(ROW, "the revocation list emptied on the branch", "Git host", _unrevoked, "root", NOT_SIGNED, git="accepts"),
    Attack(ROW, "the revocation list removed on the branch", "Git host", _no_revocation, "root", "is not in commit",
           git="accepts"),
    Attack(ROW, "the signers removed on the branch", "Git host", _edited(places.ALLOWED_SIGNERS, None), "root",
           "is not in commit", git="refuses"),
    Attack(ROW, "roles changed on the branch", "Git host", _bob_promoted, "root", NOT_SIGNED, git="accepts"),
    Attack(ROW, "the root removed", "Git host", _edited(places.ROOT, None), "root", "is not in commit"),
    Attack(ROW, "a root of somebody else's keys", "Git host", own_root, "root", TOO_FEW, git="accepts"),
    Attack(ROW, "the next root, signed by the new keys alone", "Git host", _new_owners_alone, "root", TOO_FEW, git="accepts"),
    Attack(ROW, "the next root, signed by one of two", "root key holder", _root_files(root_signers=("ada",)), "root",
           "is signed by 1 of the 2", git="accepts"),
    Attack(ROW, "the next root, signed by one and a stranger", "root key holder", _root_files(root_signers=("ada", "mallory")),
           "root", "is signed by 1 of the 2", git="accepts"),
    Attack(ROW, "the next root, signed by nobody", "Git host", _root_files(root_signers=()), "root", "is signed by 0 of the 2",
           git="accepts"),
    Attack(ROW, "one signature of a root in two files", "root key holder", _one_signature_twice, "root",
           "is signed by 1 of the 2"),
    Attack(ROW, "signatures of a root made for tags", "Git host", _signed_for_another_purpose, "root",
           "is signed by 0 of the 2"),
    Attack(ROW, "a root changed under its signatures", "Git host", _old_signatures, "root", TOO_FEW),
    Attack(ROW, "one key for two owners of the root", "root key holder", _one_key_for_two_owners, "root", "two people of the trust root have one key"),
    Attack(ROW, "a hundred signatures of a root", "Git host", _many_signatures, "root", "more than 64 signatures"),
    Attack(ROW, "a former root left out", "Git host", _skipped, "root", "is not in commit"),
    Attack(ROW, "a root's number left out", "root key holder", _number_skipped, "root", "history/2/root.yaml is not in commit"),
    Attack(ROW, "a former root in the place of another", "Git host", _former_root_in_the_place_of_another, "root",
           "says that it is another"),
    Attack(ROW, "a former root changed", "Git host", _history_changed, "root", "the trust root 1 is signed by 0 of the 2"),
    Attack(ROW, "a root older than the anchor", "Git host", _rolled_back_below_the_anchor, "root", "the anchor starts at 2",
           pull("churn@1.0.0", "--anchor", ANCHOR)),
    Attack(ROW, "a root older than one that was seen", "Git host", _rolled_back_after_it_was_seen, "memory",
           "this is an older registry"),
    Attack(ROW, "an older root put back on the branch", "developer", _older_root_put_back, "root", "an older one was put back", git="accepts"),
    Attack(ROW, "a symbolic link in the place of the signers", "Git host", _linked, "root", places.ALLOWED_SIGNERS),
    Attack(ROW, "a submodule in the place of the revocation list", "Git host", _submodule, "root", places.REVOKED_KEYS),
    Attack(ROW, "settings of another registry", "Git host", _other_registry, "root", "of different registries"),
    Attack(ROW, "a signer who is a pattern", "root key holder",
           _signed(places.ALLOWED_SIGNERS, line='*@example.com namespaces="git" {key}'), "root", "cannot name a signer",
           git="accepts"),
    Attack(ROW, "a certificate authority among the signers", "root key holder",
           _signed(places.ALLOWED_SIGNERS, line='eve@example.com cert-authority,namespaces="git" {key}'), "root",
           "no other option"),
    Attack(ROW, "a signer's key with a time of validity", "root key holder",
           _signed(places.ALLOWED_SIGNERS, line='ada@example.com namespaces="git",valid-before="20300101" {key}'), "root",
           "no other option", git="accepts"),
    Attack(ROW, "a signer for all purposes", "root key holder", _signed(places.ALLOWED_SIGNERS, line="ada@example.com {key}"),
           "root", "no other option", git="accepts"),
    Attack(ROW, "one key for two signers", "root key holder",
           _signed(places.ALLOWED_SIGNERS, line='eve@example.com namespaces="git" {ada}'), "root", "for the second time"),
    Attack(ROW, "a broken revocation list", "root key holder", _signed(places.REVOKED_KEYS, b"SSHKRL\n\0\0"), "root", "not one line with a public SSH key"),
    Attack(ROW, "a revocation list in which a line is half", "root key holder", _signed(places.REVOKED_KEYS, line="ssh-ed25519"),
           "root", "not one line with a public SSH key", git="refuses"),
    Attack(ROW, "one address for two people", "root key holder", _one_principal_of_two, "role", "is 2 people", git="accepts"),
    Attack(ROW, "CI without an anchor", "Git host", _first_use_in_ci, "root", "there is no trust anchor", process=True),
    Attack(ROW, "a broken anchor", "earlier job", _broken_anchor, "root", "anchor", verify()),
    Attack(ROW, "another branch called accepted by the clone", "earlier job", _another_accepted_branch, "review",
           "is not on the accepted branch",
           git="accepts"),
]  # fmt: skip
