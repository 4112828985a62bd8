"""A second verifier, small enough to be read at one sitting, written from the threat model and the steps alone.

It shares no line with gitreg: objects come from `git cat-file`, signatures are judged by `ssh-keygen`, YAML is read by
PyYAML as mere text. Where the design says little it refuses. tests/proofs/mutate_registries.py holds gitreg to it: what gitreg
accepts and this refuses is a wrong accept.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TRUST = ".gitreg/trust"
SLUG = r"[a-z0-9][a-z0-9._-]{0,63}"
VERSION = r"(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)(?:-[0-9A-Za-z.-]+)?"
STAGE = r"[a-z][a-z0-9-]{0,31}"
TAG = re.compile(
    rb"(object ([0-9a-f]{40})\ntype commit\ntag ([!-~]+)\ntagger ([^<>\n]+) <([^<> \n]+)> [0-9]+ [+-][0-9]{4}\n\n"
    rb"((?:[^\x00-\x1f\x7f]*\n)+?))(-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+-----END SSH SIGNATURE-----\n)"
)
ORDER = [
    "Gitreg",
    "Registry",
    "Action",
    "Model",
    "Version",
    "Record",
    "Manifest",
    "Stage",
    "Sequence",
    "Previous",
    "Approves",
    "Merge-Request",
    "Approved-By",
]


class Refused(Exception):  # noqa: N818 - what it says
    """A step that does not hold; `absent` is the step when there is no such thing at all."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step


@dataclass(frozen=True)
class Answer:
    """What was accepted: the sha256 of its record and manifest."""

    version: str
    record: str
    manifest: str


@dataclass(frozen=True)
class Tag:
    """A tag object taken apart; `fields` are the lines of its statement."""

    ref: str
    id: str
    commit: str
    email: str
    payload: bytes
    signature: bytes
    lines: str
    fields: Mapping[str, str]


def need(holds: object, step: str, reason: str) -> None:
    if not holds:
        raise Refused(step, reason)


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Objects:
    """Raw objects of a repository, each hashed again unless the caller plays with twins of SHA-1."""

    def __init__(self, repository: Path, environ: Mapping[str, str], *, rehash: bool) -> None:
        words = ["git", "-C", str(repository), "cat-file", "--batch"]
        pipe = subprocess.PIPE
        self._git = subprocess.Popen(
            words, stdin=pipe, stdout=pipe, env={**environ, "GIT_NO_REPLACE_OBJECTS": "1"}
        )
        self._rehash = rehash
        self._known: dict[str, tuple[str, bytes]] = {}

    def close(self) -> None:
        self._git.communicate()

    def read(self, id_: str, kind: str, step: str) -> bytes:
        if id_ not in self._known:
            self._known[id_] = self._ask(id_, step)
        found, content = self._known[id_]
        need(found == kind, step, f"{id_} is a {found}, not a {kind}")
        return content

    def _ask(self, id_: str, step: str) -> tuple[str, bytes]:
        need(re.fullmatch(r"[0-9a-f]{40}", id_), step, "an object is named by its whole id")
        assert self._git.stdin
        assert self._git.stdout
        self._git.stdin.write(id_.encode() + b"\n")
        self._git.stdin.flush()
        words = self._git.stdout.readline().split()
        need(len(words) == 3, "store", f"{id_} is not there, or broken")
        content = self._git.stdout.read(int(words[2]))
        self._git.stdout.read(1)
        if self._rehash:
            made = hashlib.sha1(words[1] + b" " + words[2] + b"\0" + content).hexdigest()
            need(made == id_, "store", f"{id_} has other bytes than its name says")
        return words[1].decode(), content

    def headers(self, commit: str, step: str) -> list[list[str]]:
        head = self.read(commit, "commit", step).partition(b"\n\n")[0].decode("utf-8", "replace")
        return [line.split(" ") for line in head.split("\n")]

    def parents(self, commit: str) -> list[str]:
        return [words[1] for words in self.headers(commit, "review") if words[0] == "parent"]

    def tree(self, id_: str, step: str) -> dict[str, tuple[str, str]]:
        content, entries = self.read(id_, "tree", step), {}
        while content:
            head, _, rest = content.partition(b"\0")
            mode, _, name = head.decode("utf-8", "replace").partition(" ")
            need(name not in entries, step, f"two entries called {name}")
            entries[name], content = (mode, rest[:20].hex()), rest[20:]
        return entries

    def entry(self, commit: str, path: str, step: str) -> tuple[str, str] | None:
        found: tuple[str, str] | None = ("40000", self.headers(commit, step)[0][1])
        for name in path.split("/"):
            found = self.tree(found[1], step).get(name) if found and found[0] == "40000" else None
        return found

    def file(self, commit: str, path: str, step: str, limit: int = 1024 * 1024) -> bytes:
        found = self.entry(commit, path, step)
        need(found and found[0] in {"100644", "100755"}, step, f"{path} is no regular file of {commit}")
        assert found
        content = self.read(found[1], "blob", step)
        need(len(content) <= limit, step, f"{path} is too large")
        return content


def plain_yaml(content: bytes, step: str) -> dict[str, Any]:
    """A mapping of text, lists and mappings: no aliases, no tags, no key twice."""
    try:
        events = list(yaml.parse(content.decode("utf-8"), Loader=yaml.BaseLoader))
        for event in events:
            need(not isinstance(event, yaml.AliasEvent), step, "an alias")
            need(getattr(event, "anchor", None) is None, step, "an anchor")
            need(getattr(event, "tag", None) is None, step, "a tag")
        node = yaml.compose(content.decode("utf-8"), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(step, f"no YAML: {error}") from error
    value = _value(node, step)
    need(isinstance(value, dict), step, "no mapping")
    return value


def _value(node: Any, step: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, step) for one in node.value]
    made: dict[str, Any] = {}
    for key, value in node.value if node else ():
        need(
            isinstance(key, yaml.ScalarNode) and key.value not in made, step, "a key twice, or a strange one"
        )
        made[key.value] = _value(value, step)
    return made


class SshKeygen:
    """Asks `ssh-keygen -Y verify`; equal questions get the answer that they got before."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {"PATH": environ["PATH"], "LC_ALL": "C"}
        self._known: dict[tuple[object, ...], bool] = {}

    def good(self, payload: bytes, signature: bytes, who: str, space: str, allowed: str, revoked: str) -> bool:  # fmt: skip
        asked = (payload, signature, who, space, allowed, revoked)
        if asked not in self._known:
            self._known[asked] = self._ask(*asked)
        return self._known[asked]

    def _ask(self, payload: bytes, signature: bytes, who: str, space: str, allowed: str, revoked: str) -> bool:  # fmt: skip
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "allowed").write_text(allowed)
            (folder / "revoked").write_text("# revoked keys\n" + revoked)
            (folder / "signature").write_bytes(signature)
            words = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", who, "-n", space, "-s", "signature"]
            done = subprocess.run(
                [*words, "-r", "revoked"],
                input=payload,
                cwd=folder,
                env=self._environ,
                capture_output=True,
                check=False,
            )
        return done.returncode == 0


class Verifier:
    """One question: a state of a registry (objects, tip, refs), an anchor, and what was seen before."""

    def __init__(
        self, objects: Objects, keygen: SshKeygen, tip: str, refs: Mapping[str, str], anchor: Mapping[str, Any],
        seen: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.objects, self.keygen, self.tip, self.refs, self.anchor = objects, keygen, tip, refs, anchor
        self.seen = seen or {"root": 0, "tags": {}, "stages": {}}

    def ask(self, reference: str) -> Answer:
        """`MODEL@VERSION`, `MODEL@STAGE` or `MODEL@latest`."""
        match = re.fullmatch(rf"({SLUG})@(?:({VERSION})|({STAGE}))", reference)
        if match is None:
            raise Refused("names", "of no form")
        self.check_root()
        if match[3] == "latest":
            return self.latest(match[1])
        return self.release(match[1], match[2] or self.staged(match[1], match[3]))

    # 3: root

    def check_root(self) -> None:
        newest = self.root_at(f"{TRUST}/root.yaml")
        first, last = int(self.anchor["root_version"]), newest[0]
        need(first <= last < first + 1000, "root", "older than the anchor")
        before, threshold = dict(self.anchor["keys"]), int(self.anchor["threshold"])
        for number in range(first, last + 1):
            former = f"{TRUST}/history/{number}"
            at = newest if number == last else self.root_at(f"{former}/root.yaml")
            root, content = at[1], at[2]
            need(
                root["registry"] == self.anchor["registry"] and at[0] == number, "root", "another registry's"
            )
            branch = self.anchor.get("accepted_branch", "main")
            need(root.get("accepted_branch", "main") == branch, "root", "another branch")
            folder = f"{TRUST}/signatures" if number == last else f"{former}/signatures"
            signatures = list(self.signatures(folder))
            for keys, enough in ((before, threshold), (root["keys"], int(root.get("threshold", "1")))):
                need(
                    len({line.split(" ")[1] for line in keys.values()}) == len(keys),
                    "root",
                    "one key for two",
                )
                signed = {
                    p for p, key in keys.items() for s in signatures if self.root_signed(content, s, key)
                }
                need(len(signed) >= enough >= 1, "root", f"root {number} is signed by {sorted(signed)}")
            before, threshold = root["keys"], int(root.get("threshold", "1"))
        self.root = newest[1]
        settings = plain_yaml(self.objects.file(self.tip, "gitreg.yaml", "root"), "root")
        need(settings["id"] == self.root["registry"], "root", "gitreg.yaml is another registry's")
        need(settings.get("accepted_branch", "main") == branch, "root", "gitreg.yaml is of another branch")
        files = {name: self.objects.file(self.tip, f"{TRUST}/{name}", "root") for name in self.root["files"]}
        need(
            {"allowed_signers", "revoked_keys", "roles.yaml"} <= set(files),
            "root",
            "a trust file is not named",
        )
        for name, content in files.items():
            need(sha256(content) == self.root["files"][name], "root", f"{name} is not the signed one")
        self.revoked = files["revoked_keys"].decode()
        self.allowed = self.read_allowed(files["allowed_signers"].decode())
        self.roles = plain_yaml(files["roles.yaml"], "root")
        need(last >= self.seen["root"], "memory", "an older root than was seen")

    def root_at(self, path: str) -> tuple[int, dict[str, Any], bytes]:
        content = self.objects.file(self.tip, path, "root")
        root = plain_yaml(content, "root")
        need(root.get("schema") == "gitreg/root/v1", "root", "no root")
        need({"registry", "version", "keys", "files"} <= set(root), "root", "a field is missing")
        need(re.fullmatch(r"[1-9][0-9]{0,8}", str(root["version"])), "root", "no version")
        need(re.fullmatch(r"[1-9][0-9]{0,3}", str(root.get("threshold", "1"))), "root", "no threshold")
        return int(root["version"]), root, content

    def signatures(self, folder: str) -> Iterator[bytes]:
        found = self.objects.entry(self.tip, folder, "root")
        if found and found[0] == "40000":
            for name in self.objects.tree(found[1], "root"):
                if name.endswith(".sig"):
                    yield self.objects.file(self.tip, f"{folder}/{name}", "root")

    def root_signed(self, content: bytes, signature: bytes, key: str) -> bool:
        who = "somebody@root"
        line = f'{who} namespaces="gitreg-root" {key}\n'
        return self.keygen.good(content, signature, who, "gitreg-root", line, "")

    def read_allowed(self, text: str) -> list[tuple[str, str]]:
        form = r'([^ *?!,"]+@[^ *?!,"]+) namespaces="git" ([^ ]+ [^ ]+)'
        lines = [re.fullmatch(form, line) for line in text.splitlines()]
        need(all(lines), "root", "allowed_signers has a line of another form")
        found = [(line[1], line[2]) for line in lines if line]
        need(len({key for _, key in found}) == len(found), "root", "a key stands twice")
        return found

    # 4 and 5: object and name

    def tag(self, ref: str) -> Tag:
        need(ref in self.refs, "absent", f"no {ref}")
        raw = self.objects.read(self.refs[ref], "tag", "object")
        need(
            len(raw) <= 64 * 1024 and raw.count(b"-----BEGIN") == 1, "object", "size, or number of signatures"
        )
        match = TAG.fullmatch(raw)
        if match is None:
            raise Refused("object", "not of the one form")
        try:
            name, email, message = (match[n].decode("utf-8") for n in (3, 5, 6))
        except UnicodeDecodeError as error:
            raise Refused("object", "not UTF-8") from error
        need(ref == f"refs/tags/{name}", "name", f"{ref} holds {name}")
        title, _, lines = message.partition("\n\n")
        fields = self.fields(lines)
        need(title == self.title(fields), "name", "the title is of something else")
        need(self.place(fields, ref) == ref, "name", "the statement belongs elsewhere")
        need(fields["Registry"] == self.root["registry"], "name", "of another registry")
        return Tag(ref, self.refs[ref], match[2].decode(), email, match[1], match[7], lines, fields)

    def check_armor(self, armor: bytes) -> None:
        """One signature has one spelling: what nobody signed must not make a second object."""
        lines = armor.split(b"\n")[1:-2]
        text, width = b"".join(lines), len(lines[0])
        need(len(lines) == 1 or 64 <= width <= 76, "object", "width of the armor")
        need(
            lines == [text[at : at + width] for at in range(0, len(text), width)],
            "object",
            "lines of the armor",
        )
        try:
            again = base64.b64encode(base64.b64decode(text, validate=True))
        except ValueError as error:
            raise Refused("object", "no base64") from error
        need(again == text, "object", "another spelling of base64")

    def fields(self, lines: str) -> dict[str, str]:
        found = [re.fullmatch(r"([A-Za-z-]+): ([^ ].*)", line) for line in lines.split("\n")[:-1]]
        need(found and all(found), "name", "a line of another form")
        names = [line[1] for line in found if line]
        need(set(names) <= set(ORDER) and names == sorted(names, key=ORDER.index), "name", "order of lines")
        once = [name for name in names if name != "Approved-By"]
        need(len(set(once)) == len(once), "name", "a line twice")
        fields = {line[1]: line[2] for line in found if line}
        need({"Gitreg", "Registry", "Action", "Model", "Version"} <= set(fields), "name", "a line is missing")
        action, kind = fields["Action"], fields.get("Approves", fields["Action"])
        assigns, empties = kind == "assign", fields["Version"] == "none"
        need(fields["Gitreg"] == "v1" and (assigns or not empties), "name", "no version")
        hashes = {"Record", "Manifest"} & set(fields)
        need(len(hashes) == (0 if empties else 2), "name", "Record and Manifest belong to a version")
        need(("Stage" in fields) == assigns, "name", "Stage belongs to assignments")
        need(("Approves" in fields) == (action == "approve"), "name", "Approves belongs to approvals")
        in_chain = {"Sequence", "Previous"} & set(fields)
        need(len(in_chain) == (2 if action == "assign" else 0), "name", "Sequence and Previous")
        need(re.fullmatch(SLUG, fields["Model"]), "name", "no model")
        return fields

    def title(self, fields: Mapping[str, str]) -> str:
        what = f"{fields['Model']} {fields['Version']}"
        if fields["Action"] == "assign":
            return f"Assign {what} to {fields['Stage']}"
        return f"{fields['Action'].capitalize()} {what}"

    def place(self, fields: Mapping[str, str], ref: str) -> str:
        action, model, version = fields["Action"], fields["Model"], fields["Version"]
        if action == "assign":
            return f"refs/tags/stage/{model}/{fields['Stage']}/{fields['Sequence']}"
        if action == "resign":
            number = re.fullmatch(r".*/([1-9][0-9]{0,8})", ref)
            return f"refs/tags/resign/{model}/v{version}/{number[1] if number else 0}"
        if action == "approve":
            tail = re.fullmatch(rf"refs/tags/approve/{SLUG}/([0-9a-f]{{16}})/({SLUG})", ref)
            return f"refs/tags/approve/{model}/{tail[1]}/{tail[2]}" if tail else ""
        folder = {"release": "model", "retire": "retire"}.get(action, "nowhere")
        return f"refs/tags/{folder}/{model}/v{version}"

    # 6 and 7: signature and role

    def signer(self, tag: Tag) -> str:
        """The person who signed a tag."""
        self.check_armor(tag.signature)
        lines = "".join(f'{who} namespaces="git" {key}\n' for who, key in self.allowed if who == tag.email)
        good = self.keygen.good(tag.payload, tag.signature, tag.email, "git", lines, self.revoked)
        need(lines and good, "signature", f"{tag.email} did not sign {tag.ref}")
        entries = self.roles["people"].items()
        people = [name for name, entry in entries if entry["principal"] == tag.email]
        need(len(people) == 1, "role", f"{tag.email} is {len(people)} people")
        self.check_former(tag)
        return str(people[0])

    def check_former(self, tag: Tag) -> None:
        """A rotated key is good for commits whose root, and all roots before it, are not newer than it says."""
        for entry in self.roles.get("former", {}).values():
            former = [key for _, key in self.allowed if fingerprint(key) == entry["key"]]
            lines = "".join(f'{tag.email} namespaces="git" {key}\n' for key in former)
            asked = (tag.payload, tag.signature, tag.email, "git", lines, self.revoked)
            if lines and self.keygen.good(*asked):
                here: str | None = tag.commit
                while here and self.objects.entry(here, f"{TRUST}/root.yaml", "role"):
                    root = plain_yaml(self.objects.file(here, f"{TRUST}/root.yaml", "role"), "role")
                    need(int(root["version"]) <= int(entry["until_root"]), "role", "a rotated key, too late")
                    here = next(iter(self.objects.parents(here)), None)

    def check_role(self, tag: Tag) -> None:
        person, fields = self.signer(tag), tag.fields
        role = self.roles["roles"].get(fields["Model"]) or self.roles["roles"].get("default")
        need(role, "role", "nobody may")
        may = role["assign" if fields["Action"] == "assign" else "release"]
        if fields["Action"] == "assign" and "by" not in may:
            may = may.get(fields["Stage"])
        need(may and person in may["by"], "role", f"{person} may not")
        enough = int(may.get("threshold", "1"))
        if enough > 1:
            people = {person, *self.approvers(tag)} & set(may["by"])
            need(len(people) >= enough, "role", f"{len(people)} of {enough} people")
            machines = [self.roles["people"][one].get("machine") == "true" for one in people]
            need(not all(machines), "role", "machines alone")

    def approvers(self, tag: Tag) -> Iterator[str]:
        kept = [x for x in tag.lines.splitlines() if not x.startswith(("Merge-Request: ", "Approved-By: "))]
        mark = hashlib.sha256("".join(f"{line}\n" for line in kept).encode()).hexdigest()[:16]
        for ref in self.refs:
            if ref.startswith(f"refs/tags/approve/{tag.fields['Model']}/{mark}/"):
                try:
                    found = self.tag(ref)
                    same = ("Model", "Version", "Record", "Manifest", "Stage")
                    need(found.commit == tag.commit, "role", "of another commit")
                    need(
                        all(found.fields.get(x) == tag.fields.get(x) for x in same),
                        "role",
                        "of another thing",
                    )
                    need(found.fields["Approves"] == tag.fields["Action"], "role", "of another act")
                    person = self.signer(found)
                    need(ref.endswith(f"/{person}"), "role", "in somebody else's name")
                except Refused:
                    continue
                yield person

    # 8 to 11: review, record, memory, retired

    def check_review(self, tag: Tag) -> None:
        here: str | None = self.tip
        while here and here != tag.commit:
            here = next(iter(self.objects.parents(here)), None)
        need(here, "review", "not on the accepted branch's line of first parents")

    def check_record(self, tag: Tag) -> Answer:
        model, version = tag.fields["Model"], tag.fields["Version"]
        folder = f"models/{model}/versions/{version}"
        names = ("version.yaml", "artifacts.sha256", "candidate.yaml")
        sizes = (1 << 20, 1 << 26, 1 << 20)
        there = {
            n: self.objects.file(tag.commit, f"{folder}/{n}", "record", s)
            for n, s in zip(names, sizes, strict=True)
        }
        record, manifest, candidate = (there[name] for name in names)
        need(sha256(record) == tag.fields["Record"], "record", "another version.yaml")
        need(sha256(manifest) == tag.fields["Manifest"], "record", "another manifest")
        said = plain_yaml(record, "record")
        lines = manifest.decode("utf-8").splitlines()
        form = r"[0-9a-f]{64}  (?!/)(?!(?:.*/)?\.\.?(?:/|$))[^\x00-\x1f\\]+"
        need(all(re.fullmatch(form, line) for line in lines), "record", "a manifest's line of another form")
        agrees = (said["model"], said["version"]) == (model, version)
        agrees &= said["artifacts"]["manifest"] == sha256(manifest) and int(
            said["artifacts"]["files"]
        ) == len(lines)
        need(agrees, "record", "version.yaml is of another version or manifest")
        need(said["candidate"]["record"] == sha256(candidate), "record", "another candidate")
        one = plain_yaml(candidate, "record")
        agrees = all(one[name] == said["candidate"][name] for name in ("id", "experiment"))
        need(agrees, "record", "another candidate by its name")
        for name, size in zip(names, sizes, strict=True):
            now = self.objects.file(self.tip, f"{folder}/{name}", "record", size)
            need(now == there[name], "record", f"{name} was changed since")
        return Answer(version, sha256(record), sha256(manifest))

    def check_standing(self, tag: Tag) -> None:
        need(self.seen["tags"].get(tag.ref, tag.id) == tag.id, "memory", "another tag than was seen")
        model, version = tag.fields["Model"], tag.fields["Version"]
        need(f"refs/tags/retire/{model}/v{version}" not in self.refs, "retired", "by a statement")
        written = plain_yaml(self.objects.file(self.tip, f"models/{model}/model.yaml", "retired"), "retired")
        need(version not in (written.get("retired") or {}), "retired", "by the model's record")

    def release(self, model: str, version: str) -> Answer:
        first = f"refs/tags/model/{model}/v{version}"
        again = re.compile(rf"refs/tags/resign/{re.escape(model)}/v{re.escape(version)}/[1-9][0-9]{{0,8}}")
        found = [ref for ref in sorted(self.refs) if ref == first or again.fullmatch(ref)]
        refused = Refused("absent", f"{model} {version} was never released")
        for ref in found:
            try:
                tag = self.tag(ref)
                need(tag.fields["Action"] in {"release", "resign"}, "name", "no release")
                self.check_role(tag)
                self.check_review(tag)
                answer = self.check_record(tag)
            except Refused as error:
                refused = error
                continue
            self.check_standing(tag)
            return answer
        raise refused

    def latest(self, model: str) -> Answer:
        form = re.compile(
            rf"refs/tags/(?:model|resign)/{re.escape(model)}/v([0-9]+)\.([0-9]+)\.([0-9]+)(?:/[0-9]+)?"
        )
        found = {tuple(map(int, m.groups())) for m in map(form.fullmatch, self.refs) if m}
        for version in sorted(found, reverse=True):
            try:
                return self.release(model, ".".join(map(str, version)))
            except Refused as error:
                if error.step == "memory":
                    raise
        raise Refused("absent", "no version may be used")

    # 12: stage

    def staged(self, model: str, stage: str) -> str:
        form = re.compile(rf"refs/tags/stage/{re.escape(model)}/{re.escape(stage)}/([1-9][0-9]{{0,8}})")
        numbers = sorted(int(match[1]) for match in map(form.fullmatch, self.refs) if match)
        seen = self.seen["stages"].get(f"{model}/{stage}", 0)
        need(max(numbers, default=0) >= seen, "memory", "an assignment that was seen is gone")
        need(numbers, "absent", "nothing was assigned")
        chain = []
        for number in range(max(seen, 1), numbers[-1] + 1):
            need(f"refs/tags/stage/{model}/{stage}/{number}" in self.refs, "stage", "a hole in the chain")
            chain.append(self.tag(f"refs/tags/stage/{model}/{stage}/{number}"))
        first, newest = chain[0], chain[-1]
        need(self.seen["tags"].get(first.ref, first.id) == first.id, "memory", "another tag than was seen")
        links = ["none" if not seen else first.fields["Previous"], *(sha256(t.lines.encode()) for t in chain)]
        for tag, link in zip(chain, links, strict=False):
            need(tag.fields["Previous"] == link, "stage", "a link to another statement")
        self.check_role(newest)
        self.check_review(newest)
        need(newest.fields["Version"] != "none", "absent", "the stage was emptied")
        self.check_record(newest)
        return newest.fields["Version"]


def fingerprint(key: str) -> str:
    """As `ssh-keygen -lf` shows it."""
    digest = hashlib.sha256(base64.b64decode(key.split(" ")[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
