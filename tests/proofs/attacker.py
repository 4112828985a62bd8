"""An attacker who may push whatever they like, and damage the host's objects.

They sign with keys that nobody trusts, or with those of people who are known and may not do what they do. What they do is
drawn from a random source that is given.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from proof_ground import REFERENCES, ProofGround, State

from gitreg.signing import sign

BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
TRUST = ".gitreg/trust"
BYTES = b"\0\t\n\r \"'#&*!|>%@`{}[],:?-~0159azAZ\x1b\x7f\x80\x85\xc2\xa0\xef\xbb\xbf\xff"
LINES = (
    b"---", b"...", b"%YAML 1.1", b"<<: *a", b"a: &a b", b"version: 1.0.0", b"schema: gitreg/root/v2", b"threshold: 1",
    b"former: {}", b"retired: {}", b"stages: {production: 1.0.0}", b"Gitreg: v1", b"Action: release", b"Version: 9.9.9",
    b"Approved-By: bob", b"Merge-Request: https://example.com/1", b"encoding UTF-8", b"gpgsig x", b"key: !!python/name:os",
    b"* namespaces=\"git\" ssh-ed25519 AAAA", b"# a comment", b"", b" ", b"\xe2\x80\xae", b"x: " + b"[" * 50,
)  # fmt: skip
CLASSES: tuple[tuple[bytes, ...], ...] = (
    (b"ada@example.com", b"bob@example.com", b"carol@example.com", b"mallory@example.com", b"*@example.com"),
    (b"ada", b"bob", b"carol", b"mallory"),
    (b"0.9.0", b"1.0.0", b"1.1.0", b"1.2.0", b"1.3.0", b"2.0.0", b"none", b"01.0.0"),
    (b"churn", b"fraud", b"default", b"Churn"),
    (b"production", b"staging", b"latest"),
    (b"release", b"assign", b"retire", b"resign", b"approve"),
    (b"Release", b"Assign", b"Retire", b"Resign", b"Approve"),
    (b"threshold: 1", b"threshold: 2", b"threshold: 0", b"threshold: 99"),
    (b"version: 1", b"version: 2", b"version: 3"),
    (b"until_root: 1", b"until_root: 99", b"until_root: 0"),
    (b"sha256:", b"md5:", b"SHA256:"),
    (b"main", b"proposal", b"refs/heads/main"),
    (b'namespaces="git"', b'namespaces="*"', b"cert-authority", b'namespaces="git",valid-before="20200101"'),
)


@dataclass
class Draft:
    """What is served in the end."""

    files: dict[str, tuple[str, str]]
    refs: dict[str, str]
    tip: str
    story: list[str] = field(default_factory=list)
    twisted: dict[str, bytes | None] = field(default_factory=dict)
    packed: dict[str, bytes] = field(default_factory=dict)
    reference: str = ""
    remembers: bool = False


@dataclass(frozen=True)
class Mutant:
    """One state of the host, what is asked of it, and how it came to be."""

    state: State
    reference: str
    remembers: bool
    story: str
    twisted: Mapping[str, bytes | None]
    packed: Mapping[str, bytes]


class Attacker:
    """Draws mutants.

    Args:
        ground: the honest state.
        random: what everything is drawn from.
        damages: whether objects may be damaged on the host, or only be replaced by twins of their name.
    """

    def __init__(self, ground: ProofGround, random: Random, *, damages: bool) -> None:
        self.ground, self.random, self.damages = ground, random, damages
        self.bag = ground.bag

    def draw(self) -> Mutant:
        """One mutant, of one attack or two at once."""
        honest = self.ground.honest
        draft = Draft(self.bag.files(self.bag.tree_of(honest.tip)), dict(honest.refs), honest.tip)
        before = dict(draft.files)
        for _ in range(self.random.choice((1, 1, 1, 2))):
            attack, weight = zip(*ATTACKS, strict=True)
            self.random.choices(attack, weight)[0](self, draft)
        if draft.files != before:
            draft.tip = self.bag.commit(self.bag.tree(draft.files), [draft.tip])
        reference = draft.reference if draft.reference and self.random.random() < 0.85 else ""
        return Mutant(
            State(draft.tip, draft.refs), reference or self.random.choice(REFERENCES), self.random.random() < 0.2,
            "; ".join(draft.story), draft.twisted, draft.packed,
        )  # fmt: skip

    # What is attacked

    def tag_bytes(self, draft: Draft) -> None:
        """Another object under a statement's name, made of the honest one without any key."""
        ref = self._ref(draft)
        raw = self.bag.raw(draft.refs[ref])[1]
        other = self.bag.raw(draft.refs[self.random.choice(sorted(draft.refs))])[1]
        made = self._armor(raw, other) if self.random.random() < 0.35 else self._text(raw, other)
        draft.refs[ref] = self.bag.add("tag", made)
        draft.story.append(f"{ref}: other bytes")

    def tag_signed(self, draft: Draft) -> None:
        """A statement signed by a stranger, or by somebody who may not."""
        ref = self._ref(draft)
        payload = self.bag.raw(draft.refs[ref])[1].partition(BEGIN)[0]
        for _ in range(self.random.randint(0, 3)):
            payload = self._exchange(payload, payload)
        key = self.random.choice(("mallory", "mallory", "bob", "carol"))
        space = self.random.choice(("git", "git", "git", "file", "gitreg-root"))
        if self.random.random() < 0.5:
            payload = re.sub(rb"(tagger [^<\n]*<)[^>\n]*", rb"\g<1>" + f"{key}@example.com".encode(), payload)
        signed = payload + self._sign(payload, key, space)
        draft.refs[ref] = self.bag.add("tag", signed)
        draft.story.append(f"{ref}: signed by {key} in {space}")

    def other_file(self, draft: Draft) -> None:
        """A file of the accepted tip with other bytes."""
        path = self._path(draft)
        mode, id_ = draft.files[path]
        kin = [one for one in draft.files if one.rpartition("/")[2] == path.rpartition("/")[2]]
        content = self.bag.raw(id_)[1]
        made = self._text(content, self.bag.raw(draft.files[self.random.choice(sorted(kin))][1])[1])
        draft.files[path] = (mode, self.bag.add("blob", made))
        draft.story.append(f"{path}: other bytes")

    def moved_file(self, draft: Draft) -> None:
        """Files exchanged, copied, deleted, or of another mode."""
        path, other = self._path(draft), self._path(draft)
        what = self.random.choice(("exchange", "copy", "delete", "link", "mode", "gitlink", "folder"))
        mode, id_ = draft.files[path]
        if what == "exchange":
            draft.files[path], draft.files[other] = draft.files[other], draft.files[path]
        elif what == "copy":
            draft.files[path] = draft.files[other]
        elif what == "delete":
            del draft.files[path]
        elif what == "link":
            draft.files[path] = ("120000", self.bag.add("blob", other.encode()))
        elif what == "mode":
            draft.files[path] = (self.random.choice(("100755", "100664", "100600", "120000")), id_)
        elif what == "gitlink":
            draft.files[path] = ("160000", self.ground.honest.tip)
        else:
            del draft.files[path]
            draft.files[f"{path}/inside"] = (mode, id_)
        draft.story.append(f"{path}: {what} {other}")

    def moved_ref(self, draft: Draft) -> None:
        """Refs renamed, copied, exchanged, deleted, or pointed elsewhere."""
        ref, other = self._ref(draft), self.random.choice(sorted(draft.refs))
        what = self.random.choice(
            ("rename", "copy", "exchange", "delete", "commit", "tree", "blob", "nested", "chain")
        )
        id_ = draft.refs[ref]
        if what in {"rename", "copy"}:
            target = self._exchange(other.encode(), other.encode()).decode("utf-8", "replace")
            if re.fullmatch(r"refs/tags/[a-z]+/[a-z]+(/[a-z]+)?/v?[0-9.]+(/[0-9]+)?", target):
                draft.refs[target] = id_
                draft.reference = re.sub(r"refs/tags/[a-z]+/([a-z]+)/v([0-9.]+)(/[0-9]+)?", r"\1@\2", target)
                draft.reference = draft.reference if "@" in draft.reference else ""
            if what == "rename":
                draft.refs.pop(ref, None)
        elif what == "exchange":
            draft.refs[ref], draft.refs[other] = draft.refs[other], draft.refs[ref]
        elif what == "delete":
            del draft.refs[ref]
        elif what == "nested":
            raw = self.bag.raw(id_)[1].replace(b"type commit", b"type tag", 1)
            draft.refs[ref] = self.bag.add("tag", b"object " + id_.encode() + raw[47:])
        elif what == "chain":
            for name in [one for one in draft.refs if one.startswith("refs/tags/stage/")]:
                if self.random.random() < 0.4:
                    del draft.refs[name]
        else:
            tip = self.ground.honest.tip
            blob = self.bag.add("blob", self.bag.raw(id_)[1])
            draft.refs[ref] = {"commit": tip, "tree": self.bag.tree_of(tip), "blob": blob}[what]
        draft.story.append(f"{ref}: {what} {other}")

    def moved_tip(self, draft: Draft) -> None:
        """The accepted branch rewound, replaced, or with its parents in another order."""
        line = self._line(draft.tip)
        what = self.random.choice(
            ("rewind", "orphan", "second", "proposal", "merge", "squash", "graft", "onto")
        )
        tree = self.bag.tree(draft.files)
        if what == "rewind":
            draft.tip = self.random.choice(line)
            draft.files = self.bag.files(self.bag.tree_of(draft.tip))
        elif what == "orphan":
            draft.tip = self.bag.commit(tree, [])
        elif what == "second":
            draft.tip = self.bag.commit(tree, [self.bag.commit(tree, []), draft.tip])
        elif what == "proposal":
            draft.tip = self.ground.proposal
        elif what == "merge":
            draft.tip = self.bag.commit(tree, [draft.tip, self.ground.proposal])
        elif what == "squash":
            draft.tip = self.bag.commit(tree, [self.random.choice(line)])
        elif what == "graft":
            draft.tip = self.bag.commit(tree, [self.ground.proposal, self.random.choice(line)])
        else:
            draft.tip = self.bag.commit(tree, [draft.tip])
        draft.story.append(f"tip: {what}")

    def forged_root(self, draft: Draft) -> None:
        """Trust files changed as one who lacks a root key can: consistently, and signed by whom they have."""
        kinds = ("allowed_signers", "revoked_keys", "roles.yaml")
        for name in self.random.sample(kinds, self.random.randint(0, 2)):
            content = self._content(draft, f"{TRUST}/{name}")
            made = (
                self._exchange(content, content)
                if self.random.random() < 0.7
                else self._text(content, content)
            )
            self._put(draft, f"{TRUST}/{name}", self._mallory(made) if self.random.random() < 0.5 else made)
        root = self._content(draft, f"{TRUST}/root.yaml")
        for name in kinds:
            digest = base64.b16encode(_sha256(self._content(draft, f"{TRUST}/{name}"))).lower()
            root = re.sub(rb"(" + name.encode() + rb": sha256:)[0-9a-f]{64}", rb"\g<1>" + digest, root)
        number = self.random.choice((2, 2, 3, 3, 4))
        root = re.sub(rb"(?m)^version: .*$", f"version: {number}".encode(), root)
        if self.random.random() < 0.4:
            root = self._mallory(root)
        for _ in range(self.random.randint(0, 2)):
            root = self._exchange(root, root)
        for path in [one for one in draft.files if one.startswith(f"{TRUST}/signatures/")]:
            name = path.rpartition("/")[2]
            if number > 2:
                draft.files[f"{TRUST}/history/2/signatures/{name}"] = draft.files[path]
            if self.random.random() < 0.7:
                del draft.files[path]
        if number > 2:
            draft.files[f"{TRUST}/history/2/root.yaml"] = draft.files[f"{TRUST}/root.yaml"]
        self._put(draft, f"{TRUST}/root.yaml", root)
        signers = self.random.sample(("mallory", "bob", "carol"), self.random.randint(1, 3))
        for name in signers:
            space = self.random.choice(("gitreg-root", "gitreg-root", "gitreg-root", "git"))
            self._put(draft, f"{TRUST}/signatures/{name}.sig", self._sign(root, name, space))
        draft.story.append(f"root {number} signed by {' '.join(signers)}")

    def twin(self, draft: Draft) -> None:
        """An object with other bytes under the same name, or damage on the host's disk."""
        commit = self.ground.honest.tip
        ref = self._ref(draft)
        raw = self.bag.raw(self.ground.honest.refs.get(ref, draft.refs[ref]))[1]
        match = re.match(rb"object ([0-9a-f]{40})", raw)
        at = match[1].decode() if match else commit
        ours = self.bag.files(self.bag.tree_of(at))
        part = draft.reference.partition("@")
        folder = f"models/{part[0]}/versions/{part[2]}"
        near = [id_ for path, (_, id_) in sorted(ours.items()) if path.startswith((folder, TRUST))]
        places = [self.ground.honest.refs.get(ref, commit), at, commit, self.bag.tree_of(at), *near, *near]
        id_ = self.random.choice(places)
        content = self.bag.raw(id_)[1]
        if self.damages and self.random.random() < 0.3:
            draft.packed[id_] = self.random.choice((b"", b"x", b"x\x9c", self.random.randbytes(40)))
        else:
            draft.twisted[id_] = (
                None if self.damages and self.random.random() < 0.2 else self._text(content, raw)
            )
        draft.story.append(f"{id_[:12]} ({self.bag.raw(id_)[0]}) twisted")

    # Bytes

    def _text(self, content: bytes, other: bytes) -> bytes:
        act: Callable[[bytes, bytes], bytes] = self.random.choice(
            (self._byte, self._byte, self._line_act, self._line_act, self._exchange, self._exchange, self._splice, self._form)
        )  # fmt: skip
        return act(content, other)

    def _byte(self, content: bytes, other: bytes) -> bytes:
        at = self.random.randrange(len(content) + 1)
        what = self.random.randrange(6)
        one = bytes([self.random.choice(BYTES)])
        if what == 0 and at < len(content):
            return content[:at] + bytes([content[at] ^ 1 << self.random.randrange(8)]) + content[at + 1 :]
        if what == 1:
            return content[:at] + one + content[at + 1 :]
        if what == 2:
            return content[:at] + one + content[at:]
        if what == 3:
            return content[:at] + content[at + self.random.randint(1, 9) :]
        if what == 4:
            return content[:at]
        return content + self.random.choice((one, b"\n", b" ", other[:at], b"\n" * 3))

    def _line_act(self, content: bytes, other: bytes) -> bytes:
        lines = content.split(b"\n")
        at, to = self.random.randrange(len(lines)), self.random.randrange(len(lines))
        what = self.random.randrange(7)
        if what == 0:
            del lines[at]
        elif what == 1:
            lines.insert(to, lines[at])
        elif what == 2:
            lines[at], lines[to] = lines[to], lines[at]
        elif what == 3:
            lines.insert(at, self.random.choice(LINES))
        elif what == 4:
            lines[at] = self.random.choice((b" ", b"  ", b"\t")) + lines[at]
        elif what == 5:
            lines[at] += self.random.choice((b" ", b"\r", b"\t", b" # x", b" x", b":"))
        else:
            theirs = other.split(b"\n")
            lines[at] = theirs[min(at, len(theirs) - 1)]
        return b"\n".join(lines)

    def _exchange(self, content: bytes, other: bytes) -> bytes:
        """A word for another of its kind, a hash for another."""
        if self.random.random() < 0.25:
            hashes = re.findall(rb"[0-9a-f]{40,64}", content)
            others = re.findall(rb"[0-9a-f]{40,64}", other) + [
                id_.encode() for id_ in self._line(self.ground.honest.tip)
            ]
            if hashes:
                one = self.random.choice(hashes)
                same = [two for two in others if len(two) == len(one)] or [one[:-1] + b"0"]
                return content.replace(one, self.random.choice(same), self.random.choice((1, -1)))
        present = [(one, kind) for kind in CLASSES for one in kind if one in content]
        if not present:
            return self._byte(content, other)
        one, kind = self.random.choice(present)
        return content.replace(one, self.random.choice(kind), self.random.choice((1, 1, -1)))

    def _splice(self, content: bytes, other: bytes) -> bytes:
        mine, theirs = content.split(b"\n"), other.split(b"\n")
        at = self.random.randrange(len(mine))
        return b"\n".join(mine[:at] + theirs[min(at, len(theirs)) :])

    def _form(self, content: bytes, other: bytes) -> bytes:
        return self.random.choice(
            (
                content.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + content, content.rstrip(b"\n"), content + content, other,
                b"", b"\n", content + b"\0", content.decode("latin-1").encode("utf-16"), content.upper(), content * 40,
                b"---\n" + content, content + b"...\n", content.replace(b": ", b":  ", 1), content + b"x" * 70_000,
                b"{" + content.replace(b"\n", b", ") + b"}", content.replace(b"'", b'"'), b"# x\n" + content,
            )
        )  # fmt: skip

    def _armor(self, raw: bytes, other: bytes) -> bytes:  # noqa: C901 - one branch for each way
        payload, begin, rest = raw.partition(BEGIN)
        if not begin:
            return self._byte(raw, other)
        body, _, tail = rest.partition(b"-----END")
        what = self.random.randrange(8)
        if what == 0:
            return payload + other.partition(BEGIN)[1] + other.partition(BEGIN)[2]
        if what == 1:
            return raw + begin + rest
        if what == 2:
            return payload + begin + rest + payload
        blob = bytearray(base64.b64decode(body))
        if what == 3:
            at = self.random.randrange(len(blob))
            blob[at] ^= 1 << self.random.randrange(8)
        elif what == 4:
            blob += self.random.randbytes(self.random.randint(1, 4))
        elif what == 5:
            number = int.from_bytes(blob[-32:], "little") + 2**252 + 27742317777372353535851937790883648493
            blob[-32:] = number.to_bytes(32, "little")  # s + L: the other spelling of an ed25519 signature
        elif what == 6:
            for one, two in ((b"git", b"tig"), (b"sha512", b"sha256"), (b"SSHSIG", b"sshsig")):
                if self.random.random() < 0.5:
                    blob = bytearray(bytes(blob).replace(one, two, 1))
        width = 70 if what != 7 else self.random.choice((1, 64, 76, 77, 200))
        text = base64.b64encode(bytes(blob))
        lines = b"".join(text[at : at + width] + b"\n" for at in range(0, len(text), width))
        return payload + begin + lines + b"-----END" + tail

    def _mallory(self, content: bytes) -> bytes:
        """Somebody's key replaced by mallory's."""
        name = self.random.choice(("ada", "bob"))
        keys = self.ground.workshop.keys
        theirs, mine = ((keys / f"{one}.pub").read_bytes().split()[1] for one in (name, "mallory"))
        return content.replace(theirs, mine)

    # Choices

    def _ref(self, draft: Draft) -> str:
        ref = self.random.choice(sorted(draft.refs))
        match = re.match(r"refs/tags/(?:model|resign|retire)/([a-z]+)/v([0-9.]+)", ref)
        if ref.startswith("refs/tags/approve/fraud/"):
            draft.reference = "fraud@1.0.0"
        staged = re.match(r"refs/tags/stage/([a-z]+)/([a-z]+)/", ref)
        if match:
            draft.reference = f"{match[1]}@{match[2]}"
        elif staged:
            draft.reference = f"{staged[1]}@{staged[2]}"
        return ref

    def _path(self, draft: Draft) -> str:
        paths = sorted(draft.files)
        trust = [path for path in paths if path.startswith((TRUST, "gitreg.yaml"))]
        path = self.random.choice(trust if trust and self.random.random() < 0.25 else paths)
        match = re.match(r"models/([a-z]+)/versions/([0-9.]+)/", path)
        if match:
            draft.reference = f"{match[1]}@{match[2]}"
        return path

    def _line(self, tip: str) -> list[str]:
        line, here = [], tip
        while here:
            line.append(here)
            parent = re.search(rb"(?m)^parent ([0-9a-f]{40})$", self.bag.raw(here)[1].partition(b"\n\n")[0])
            here = parent[1].decode() if parent else ""
        return line

    def _content(self, draft: Draft, path: str) -> bytes:
        return self.bag.raw(draft.files[path][1])[1] if path in draft.files else b""

    def _put(self, draft: Draft, path: str, content: bytes) -> None:
        draft.files[path] = ("100644", self.bag.add("blob", content))

    def _sign(self, payload: bytes, key: str, space: str) -> bytes:
        return sign(payload, self.ground.workshop.key(key), space, self.ground.environ)


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


ATTACKS: tuple[tuple[Callable[[Attacker, Draft], None], int], ...] = (
    (Attacker.tag_bytes, 30), (Attacker.tag_signed, 8), (Attacker.other_file, 24), (Attacker.moved_file, 10),
    (Attacker.moved_ref, 12), (Attacker.moved_tip, 7), (Attacker.forged_root, 8), (Attacker.twin, 9),
)  # fmt: skip
