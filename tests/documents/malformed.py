"""Files that are no records, each with the place and the words of what is wrong.

python tests/documents/malformed.py DIR     writes them all below DIR, to look at by hand
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

EXPERIMENT = "experiments/churn/experiment.yaml"
CANDIDATE = "experiments/churn/candidates/7f/7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4.yaml"
MODEL = "models/churn/model.yaml"
REGISTRY = "gitreg.yaml"
ROLES = ".gitreg/trust/roles.yaml"
VERSION = "models/churn/versions/1.2.0/version.yaml"

# four lines, so that what a case adds begins in line 5
HEADS = {
    EXPERIMENT: "schema: gitreg/experiment/v1\nslug: churn\nname: churn\nnumber: '0'\n",
    MODEL: "schema: gitreg/model/v1\n\nslug: churn\nname: churn\n",
    REGISTRY: "schema: gitreg/registry/v1\n\nid: 0d8f1c5e-0000-4000-8000-000000000000\nname: churn\n",
    ROLES: "schema: gitreg/roles/v1\npeople:\n  ada: {principal: ada@example.com}\n\n",
    CANDIDATE: (
        "schema: gitreg/candidate/v1\nid: 7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4\n"
        "{experiment: churn, name: a}\n"
    ),
}  # fmt: skip
HEADS[CANDIDATE] = (
    "schema: gitreg/candidate/v1\nid: 7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4\nexperiment: churn\nname: a\n"
    "created: '2026-11-22T15:04:05Z'\nauthor: {name: Ada, email: ada@example.com}\n\n\n\n"
)


@dataclass(frozen=True)
class Malformed:
    """A file, where it is wrong, and a part of the words that say so."""

    name: str
    path: str
    text: bytes
    line: int
    column: int
    reason: str


def _case(name: str, path: str, text: str | bytes, place: tuple[int, int], reason: str) -> Malformed:
    return Malformed(name, path, text.encode() if isinstance(text, str) else text, *place, reason)


def _after(name: str, path: str, text: str | bytes, place: tuple[int, int], reason: str) -> Malformed:
    """A case whose text follows a sound beginning of that kind."""
    added = text.encode() if isinstance(text, str) else text
    return _case(name, path, HEADS[path].encode() + added, place, reason)


FILES = [
    _case("empty", EXPERIMENT, "", (1, 1), "the file is empty"),
    _case("only comments", EXPERIMENT, "# nothing\n\n", (1, 1), "the file is empty"),
    _case("a list", EXPERIMENT, "- a\n- b\n", (1, 1), "a record is a mapping"),
    _case("a word", EXPERIMENT, "churn\n", (1, 1), "a record is a mapping"),
    _case("byte order mark", EXPERIMENT, b"\xef\xbb\xbfschema: x\n", (1, 1), "byte order mark"),
    _case("UTF-16", EXPERIMENT, "schema: x\n".encode("utf-16"), (1, 1), "byte order mark"),
    _after("not UTF-8", EXPERIMENT, b"description: '\xc3\xa9\xff'\n", (5, 16), "not UTF-8: the byte 0xff"),
    _after("cut in a character", EXPERIMENT, b"description: \xe2\x82", (5, 14), "not UTF-8: the byte 0xe2"),
    _case("CRLF", EXPERIMENT, "schema: gitreg/experiment/v1\r\nslug: churn\r\n", (1, 29), "lines end in CR LF"),
    _after("CR", EXPERIMENT, "description: a\rb\n", (5, 15), "lines end in CR LF or CR"),
    _case("over 1 MiB", EXPERIMENT, "#" * (1024 * 1024 + 1), (1, 1), "the file has 1,048,577 bytes"),
    _case("too many lines", EXPERIMENT, "\n" * 100_001, (100_000, 1), "the file has 100,001 lines"),
    _after("NUL", EXPERIMENT, "description: a\0b\n", (5, 15), "U+0000"),
    _after("escape character", EXPERIMENT, "description: '\x1b[31m'\n", (5, 15), "U+001B"),
    _after("bidi", EXPERIMENT, "description: a\u202eb\n", (5, 15), "U+202E"),
    _after("next line", EXPERIMENT, "description: a\x85b\n", (5, 15), "U+0085"),
    _after("line separator", EXPERIMENT, "description: a\u2028b\n", (5, 15), "U+2028"),
    _after("BOM inside", EXPERIMENT, "description: a\ufeffb\n", (5, 15), "U+FEFF"),
    _after("bidi in a comment", EXPERIMENT, "# a\u2066b\n", (5, 4), "U+2066"),
    _after("conflict: ours", EXPERIMENT, "<<<<<<< HEAD\nname: a\n=======\nname: b\n>>>>>>> x\n", (5, 1), "an unfinished merge: <<<<<<<"),
    _after("conflict: middle left", EXPERIMENT, "description: a\n=======\n", (6, 1), "an unfinished merge: ======="),
    _after("conflict: theirs left", EXPERIMENT, "description: a\n>>>>>>> branch\n", (6, 1), "an unfinished merge: >>>>>>>"),
    _after("conflict: base left", EXPERIMENT, "||||||| 7f3a\n", (5, 1), "an unfinished merge: |||||||"),
]  # fmt: skip

YAML = [
    _after("duplicate key", EXPERIMENT, "slug: other\n", (5, 1), "slug: this key is there twice, first in line 2"),
    _after("duplicate quoted key", EXPERIMENT, 'tags:\n  a: x\n  "a": y\n', (7, 3), "tags.a: this key is there twice, first in line 6"),
    _after("duplicate key in flow", EXPERIMENT, "tags: {a: x, a: y}\n", (5, 14), "tags.a: this key is there twice"),
    _after("duplicate key in extra", EXPERIMENT, "extra:\n  x: {b: 1, b: 2}\n", (6, 13), "extra.x.b: this key is there twice"),
    _after("anchor", EXPERIMENT, "description: &a text\n", (5, 14), "an anchor (&)"),
    _after("alias", EXPERIMENT, "description: *a\n", (5, 14), "an alias (*)"),
    _after("tag", EXPERIMENT, "description: !!str text\n", (5, 14), "a tag (!)"),
    _after("local tag", EXPERIMENT, "description: !x text\n", (5, 14), "a tag (!)"),
    _after("verbatim tag", EXPERIMENT, "tags: !<tag:yaml.org,2002:map> {}\n", (5, 7), "a tag (!)"),
    _after("tagged key", EXPERIMENT, "tags: {!!str a: b}\n", (5, 8), "a tag (!)"),
    _after("merge key", EXPERIMENT, "tags:\n  <<: {a: b}\n", (6, 3), "a merge key (<<)"),
    _case("YAML directive", EXPERIMENT, "%YAML 1.1\n---\nschema: x\n", (1, 1), "a directive (%)"),
    _case("TAG directive", EXPERIMENT, "%TAG ! x:\n---\nschema: x\n", (1, 1), "a directive (%)"),
    _after("two documents", EXPERIMENT, "---\nschema: x\n", (5, 1), "a second document"),
    _after("nested blocks", EXPERIMENT, "extra:\n" + "".join("  " * n + "a:\n" for n in range(1, 18)), (21, 33), "nested deeper than 16"),
    _after("nested brackets", EXPERIMENT, "extra: {a: " + "[" * 15, (5, 26), "nested deeper than 16"),
    _after("too many nodes", EXPERIMENT, "tags:\n" + "".join(f"  k{n}: v\n" for n in range(5000)), (5000, 10), "more than 10,000 keys and values"),
    _after("list as a key", EXPERIMENT, "tags:\n  [a]: b\n", (6, 3), "a list or mapping as a key"),
    _after("mapping as a key", EXPERIMENT, "tags:\n  ? {a: b}\n  : c\n", (6, 5), "a list or mapping as a key"),
    _after("tab", EXPERIMENT, "tags:\n\ta: b\n", (6, 1), "a tab where YAML wants spaces"),
    _after("colon in text", EXPERIMENT, "description: a: b\n", (5, 15), "a second ': ' on this line"),
    _after("open quotes", EXPERIMENT, "description: 'a\n", (5, 14), "not closed"),
    _after("open double quotes", EXPERIMENT, 'description: "a\n', (5, 14), "not closed"),
    _after("open bracket", EXPERIMENT, "tags: {a: b\n", (5, 7), "not closed"),
    _after("no colon", EXPERIMENT, "description\n", (6, 1), "without ':'"),
    _after("bad indentation", EXPERIMENT, "tags:\n    a: b\n  c: d\n", (7, 3), "the indentation fits no line above"),
    _after("stray percent", EXPERIMENT, "description: @a\n", (5, 14), "cannot begin a value"),
    _after("unknown escape", EXPERIMENT, 'description: "C:\\path"\n', (5, 18), "an escape that YAML does not know"),
    _after("escape beyond Unicode", EXPERIMENT, 'description: "\\UFFFFFFFF"\n', (5, 17), "an escape that stands for no character"),
    _after("escaped surrogate", EXPERIMENT, 'description: "\\ud800"\n', (5, 14), "U+D800"),
    _after("escaped bidi", EXPERIMENT, 'description: "\\u202e"\n', (5, 14), "U+202E"),
    _after("escaped bidi in an unknown key", EXPERIMENT, '"\\u202e": a\n', (5, 1), "text must not hold the character U+202E"),
    _after("too many words", EXPERIMENT, "description: " + "x " * 100_001 + "\n", (5, 199_999), "more than 100,000 words outside of literal blocks"),
    _after("escaped NUL in a key", EXPERIMENT, 'tags:\n  "\\0": a\n', (6, 3), "U+0000"),
]  # fmt: skip

SCHEMA = [
    _case("no schema", EXPERIMENT, "slug: churn\n", (1, 1), "the key schema is missing; expected 'schema: gitreg/experiment/v1'"),
    _case("another kind", EXPERIMENT, "schema: gitreg/model/v1\n", (1, 9), "schema: not this kind of record: 'gitreg/model/v1'"),
    _case("newer schema", EXPERIMENT, "schema: gitreg/experiment/v2\n", (1, 9), "schema: this gitreg is older than the file"),
    _case("no version", EXPERIMENT, "schema: gitreg/experiment\n", (1, 9), "schema: not this kind of record"),
    _case("missing key", EXPERIMENT, "schema: gitreg/experiment/v1\nslug: churn\nname: churn\n", (1, 1), "the key number is missing"),
    _after("missing key below", CANDIDATE, "data:\n  - name: train\n", (11, 5), "data[0]: the key uri is missing"),
    _after("unknown key", EXPERIMENT, "metricz: {}\n", (5, 1), "metricz: unknown key; did you mean metrics?"),
    _after("unknown key below", CANDIDATE, "code:\n  dirtyy: true\n", (11, 3), "code.dirtyy: unknown key; did you mean dirty?"),
    _after("unknown key, no likeness", EXPERIMENT, "zzz: 1\n", (5, 1), "zzz: unknown key; expected one of schema, slug"),
    _after("mapping expected", EXPERIMENT, "tags: [a]\n", (5, 7), "tags: a list where a mapping is expected"),
    _after("nothing where a mapping is expected", EXPERIMENT, "tags:\n", (5, 6), "tags: '' where a mapping is expected, {} when empty"),
    _after("list expected", MODEL, "owners: ada\n", (5, 9), "owners: 'ada' where a list is expected"),
    _after("text expected", EXPERIMENT, "description: [a]\n", (5, 14), "description: a list where text is expected"),
    _after("number expected", CANDIDATE, "metrics:\n  auc: high\n", (11, 8), "metrics.auc: not a number: 'high'; expected a number like 0.93"),
    _after("number in quotes", CANDIDATE, "metrics:\n  auc: '0.5'\n", (11, 8), "metrics.auc: quotes make it text: '0.5'"),
    _after("number with underscore", CANDIDATE, "metrics: {auc: 1_0}\n", (10, 16), "metrics.auc: not a number"),
    _after("hex number", CANDIDATE, "metrics: {auc: 0x1F}\n", (10, 16), "metrics.auc: not a number"),
    _after("infinity without a dot", CANDIDATE, "metrics: {auc: inf}\n", (10, 16), "metrics.auc: not a number"),
    _after("overflow", CANDIDATE, "metrics: {auc: 1e999}\n", (10, 16), "metrics.auc: a number too large for a float: '1e999'"),
    _after("null metric", CANDIDATE, "metrics: {auc: null}\n", (10, 16), "metrics.auc: not a number"),
    _after("metric is a mapping", CANDIDATE, "metrics: {auc: {a: b}}\n", (10, 16), "metrics.auc: a mapping where a number"),
    _after("whole number expected", CANDIDATE, "metrics: {a: 1}\ncurves: {a: {points: 1.5, min: 0, max: 1}}\n", (11, 22), "curves.a.points: not a whole number: '1.5'"),
    _after("whole number too small", CANDIDATE, "metrics: {a: 1}\ncurves: {a: {points: 0, min: 0, max: 1}}\n", (11, 22), "curves.a.points: should be greater than or equal to 1: '0'"),
    _after("whole number too long", CANDIDATE, "metrics: {a: 1}\ncurves: {a: {points: 10000000000000000000000, min: 0, max: 1}}\n", (11, 22), "curves.a.points: not a whole number"),
    _after("boolean of YAML 1.1", CANDIDATE, "code: {dirty: yes}\n", (10, 15), "code.dirty: neither true nor false: 'yes'"),
    _after("boolean in quotes", CANDIDATE, "code: {dirty: 'true'}\n", (10, 15), "code.dirty: quotes make it text"),
    _after("unknown word", CANDIDATE, "status: finish\n", (10, 9), "status: not one of the words it can be: 'finish'"),
    _after("date without time", CANDIDATE, "finished: 2026-11-22\n", (10, 11), "finished: not a time: '2026-11-22'"),
    _after("time without zone", CANDIDATE, "finished: '2026-11-22T15:04:05'\n", (10, 11), "finished: not a time"),
    _after("time with offset", CANDIDATE, "finished: '2026-11-22T15:04:05+01:00'\n", (10, 11), "finished: not a time"),
    _after("no such day", CANDIDATE, "finished: '2026-02-30T15:04:05Z'\n", (10, 11), "finished: no such time"),
    _after("time with Arabic digits", CANDIDATE, "finished: '٢٠٢٦-11-22T15:04:05Z'\n", (10, 11), "finished: not a time"),
    _after("tuple too short", CANDIDATE, "metrics: {a: 1}\npoints: {a: [1]}\n", (11, 13), "points.a: a list where a list of 2 is expected"),
]  # fmt: skip

RULES = [
    _case("bad slug", EXPERIMENT, "schema: gitreg/experiment/v1\nslug: Churn\nname: a\nnumber: '0'\n", (2, 7), "slug: a slug has 1 to 64"),
    _case("Windows device", MODEL, "schema: gitreg/model/v1\nslug: con\nname: a\n", (2, 7), "slug: a slug must not be the name of a Windows device"),
    _case("bad number", EXPERIMENT, "schema: gitreg/experiment/v1\nslug: a\nname: a\nnumber: 7\n", (4, 9), "number: not of the right form: '7'"),
    _after("bad key", EXPERIMENT, "tags:\n  ' a': b\n", (6, 3), "tags.' a': a name must not begin or end with white space"),
    _after("key with a line break", EXPERIMENT, 'tags:\n  "a\\nb": c\n', (6, 3), "U+000A"),
    _after("key not composed", EXPERIMENT, "tags: {e\u0301: a}\n", (5, 8), "NFC"),
    _after("digest", CANDIDATE, "data: [{name: a, uri: b, digest: 'md5:xyz'}]\n", (10, 34), "data[0].digest: not a digest"),
    _after("manifest by md5", CANDIDATE, f"artifacts: {{files: 1, size: 1, manifest: 'md5:{'0' * 32}'}}\n", (10, 12), "artifacts: a manifest is named by its sha256"),
    _after("point without metric", CANDIDATE, "points:\n  auc: [1, null]\n", (11, 3), "points.auc: has no metric of that name"),
    _after("stage called latest", MODEL, "stages: {latest: 1.0.0}\n", (5, 10), "stages.latest: a stage must not be called 'latest'"),
    _after("version with build", MODEL, "stages: {production: 1.0.0+b}\n", (5, 22), "stages.production: not a semantic version"),
    _after("retired version", MODEL, "retired: {1.x: bad}\n", (5, 11), "retired.'1.x': not a semantic version"),
    _after("unknown gate", MODEL, "gates:\n  - kind: magic\n", (6, 11), "gates[0].kind: not one of the words it can be: 'magic'"),
    _after("gate without kind", MODEL, "gates:\n  - metric: auc\n", (6, 5), "gates[0]: the key kind is missing"),
    _after("gate without bound", MODEL, "gates:\n  - {kind: threshold, metric: auc}\n", (6, 5), "gates[0]: a threshold needs at_least or at_most"),
    _after("two primary metrics", EXPERIMENT, "metrics: {a: {primary: true}, b: {primary: true}}\n", (1, 1), "at most one metric is primary"),
    _after("branch of gitreg", REGISTRY, "accepted_branch: gitreg/candidates\n", (5, 18), "accepted_branch: a branch must not be called"),
    _after("branch as a range", REGISTRY, "accepted_branch: main..other\n", (5, 18), "accepted_branch: a branch must not hold '..'"),
    _after("threshold too high", ROLES, "roles: {default: {release: {by: [ada], threshold: 2}, assign: {by: [ada]}}}\n", (5, 28), "roles.default.release: the threshold is higher"),
    _after("signer unknown", ROLES, "roles: {default: {release: {by: [bob]}, assign: {by: [ada]}}}\n", (5, 9), "roles.default: names bob, who is not among people"),
    _after("assign without people", ROLES, "roles: {default: {release: {by: [ada]}, assign: {threshold: 1}}}\n", (5, 49), "roles.default.assign: the key by is missing"),
    _after("extra nested deeper than eight", EXPERIMENT, "extra: {a: [[[[[[[[[b]]]]]]]]]}\n", (5, 8), "extra: extra is nested deeper than 8"),
]  # fmt: skip

CASES = [*FILES, *YAML, *SCHEMA, *RULES]


def main(folder: Path) -> None:
    """Writes every case to `folder/<number>-<name>/<path>`."""
    for number, case in enumerate(CASES):
        target = folder / f"{number:03}-{case.name.replace(' ', '-').replace(':', '')}" / case.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(case.text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
