"""Keys, purposes and revocation: whose key signed which bytes for what."""

from __future__ import annotations

import subprocess

from attack_case import Attack, Harm
from attack_ground import Ground, trusted

ROW = "signature"
UNKNOWN = "is not an allowed key of"


def _unknown(ground: Ground) -> None:
    ground.release(ground.statement(), "mallory")


def _as_ada(key: str, namespace: str = "git", **header: str) -> Harm:
    def harm(ground: Ground) -> None:
        ground.put(ground.signed(ground.payload(**header), key, namespace))

    return harm


def _changed_byte(ground: Ground) -> None:
    ground.put(ground.raw().replace(b"Ada Example", b"Eve Example", 1))


def _transplanted(ground: Ground) -> None:
    """The good signature of 1.1.0 under a statement of 1.0.0."""
    _, mark, armored = ground.raw("refs/tags/model/churn/v1.1.0").partition(b"-----BEGIN")
    ground.put(ground.payload() + mark + armored)


def _rotated_out(ground: Ground) -> None:
    """Ada's laptop is not among the signers any more, and not revoked either."""
    ground.next_root(signers={"ada@example.com": ("ada",), "bob@example.com": ("bob",)})
    ground.put(ground.signed(ground.payload(), "laptop"))


def _known_in_the_tagged_commit(ground: Ground) -> None:
    signers = {**trusted().signers, "mallory@example.com": ("mallory",)}
    tagged = ground.commit(ground.shop.trust_files(trusted(signers=signers)), ref=None)
    ground.release(ground.statement(), "mallory", commit=tagged)


def _known_in_a_past_commit(ground: Ground) -> None:
    """The tagged commit is of the accepted branch, and trust files there made Mallory a signer for a while."""
    before, signers = (
        ground.shop.trust_files(trusted()),
        {**trusted().signers, "mallory@example.com": ("mallory",)},
    )
    tagged = ground.commit(ground.shop.trust_files(trusted(signers=signers)))
    ground.release(ground.statement(), "mallory", commit=tagged)
    ground.commit(before)


def _revoked_afterwards(ground: Ground) -> None:
    ground.next_root(revoked=("lost", "ada"))


def _readded_in_both_lists(ground: Ground) -> None:
    """A key is revoked, and its owner's only one: being allowed does not bring it back."""
    ground.next_root(revoked=("ada",), signers={"ada@example.com": ("ada",), "bob@example.com": ("bob",)})


def _openpgp(ground: Ground) -> dict[str, str]:
    """A good OpenPGP signature by a key that the verifier's keyring knows, as a keyring of an earlier job would."""
    keyring = ground.folder / "gnupg"
    keyring.mkdir(mode=0o700)
    environ = ground.environ | {"GNUPGHOME": str(keyring)}
    words = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
    subprocess.run(
        [*words, "--quick-gen-key", "Ada Example <ada@example.com>", "ed25519", "sign", "never"],
        env=environ, check=True, capture_output=True,
    )  # fmt: skip
    made = subprocess.run(
        [*words, "--armor", "--detach-sign"], env=environ, input=ground.payload(), check=True, capture_output=True
    )  # fmt: skip
    subprocess.run(["gpgconf", "--kill", "all"], env=environ, check=True)
    ground.put(ground.payload() + made.stdout)
    ground.environ["GNUPGHOME"] = str(keyring)
    return {"GNUPGHOME": str(keyring)}


ATTACKS = [
    Attack(ROW, "a stranger's key", "developer", _unknown, "signature", UNKNOWN, git="refuses", process=True),
    Attack(ROW, "a stranger's key under Ada's name", "developer", _as_ada("mallory"), "signature", UNKNOWN, git="refuses"),
    Attack(ROW, "Bob's key under Ada's name", "signer", _as_ada("bob"), "signature", UNKNOWN, git="accepts"),
    Attack(ROW, "Ada's key under Bob's name", "signer", _as_ada("ada", tagger="Bob <bob@example.com> 1 +0000"), "signature",
           UNKNOWN, git="accepts"),
    Attack(ROW, "Ada's address in other letters", "signer", _as_ada("ada", tagger="Ada <Ada@Example.com> 1 +0000"), "signature",
           UNKNOWN, git="accepts"),
    Attack(ROW, "a tagger who is a pattern", "signer", _as_ada("ada", tagger="Ada <*@example.com> 1 +0000"), "signature",
           "cannot name a signer", git="accepts"),
    Attack(ROW, "a signature of a file", "signer", _as_ada("ada", "file"), "signature", "was made for 'file'", git="refuses"),
    Attack(ROW, "a signature of a trust root", "signer", _as_ada("ada", "gitreg-root"), "signature",
           "was made for 'gitreg-root'", git="refuses"),
    Attack(ROW, "one letter changed under a good signature", "Git host", _changed_byte, "signature",
           "ssh-keygen refuses the signature", git="refuses"),
    Attack(ROW, "another tag's good signature", "Git host", _transplanted, "signature", "ssh-keygen refuses the signature",
           git="refuses"),
    Attack(ROW, "OpenPGP, by a key in the verifier's keyring", "earlier job", _openpgp, "signature", "this registry takes none",
           git="accepts"),
    Attack(ROW, "a revoked key", "key thief", _as_ada("lost"), "signature", "is revoked", git="refuses"),
    Attack(ROW, "a revoked key, dated before it was lost", "key thief",
           _as_ada("lost", tagger="Ada Example <ada@example.com> 946684800 +0000"), "signature", "is revoked", git="refuses"),
    Attack(ROW, "a release of before its key was revoked", "key thief", _revoked_afterwards, "signature", "is revoked",
           git="refuses"),
    Attack(ROW, "a revoked key that is listed as allowed again", "key thief", _readded_in_both_lists, "signature", "is revoked",
           git="refuses"),
    Attack(ROW, "a key that was taken from the signers", "signer", _rotated_out, "signature", UNKNOWN, git="refuses"),
    Attack(ROW, "a key known only in the tagged commit, in a merge request", "developer", _known_in_the_tagged_commit,
           "signature", UNKNOWN, git="refuses"),
    Attack(ROW, "a key known only in the tagged commit, on the branch", "Git host", _known_in_a_past_commit, "signature",
           UNKNOWN, git="refuses"),
]  # fmt: skip
