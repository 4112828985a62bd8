"""Tag objects of another form than one signed statement: each would be read differently by somebody."""

from __future__ import annotations

import re

from attack_case import Attack, pull, verify
from attack_ground import RELEASE, STAGE, Ground

ROW = "object"
MEGABYTES = b"line\n" * 2_000_000


def _unsigned(ground: Ground) -> None:
    ground.git("-c", "user.name=Ada Example", "-c", "user.email=ada@example.com", "tag", "-f", "-a", "-m",
               ground.statement().message(), "model/churn/v1.0.0", "main")  # fmt: skip


def _lightweight(ground: Ground) -> None:
    ground.git("tag", "-f", "model/churn/v1.0.0", "main")


def _signed_commit(ground: Ground) -> None:
    """The commit is signed by Ada, who signs all her commits; the tag is nobody's."""
    key = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={ground.keys / 'ada'}")
    tree, tip = ground.tip("refs/heads/main^{tree}"), ground.tip()
    made = ground.git(*key, "commit-tree", "-S", tree, "-p", tip, "-m", ground.statement().message())
    ground.point("refs/heads/main", made)
    ground.point(RELEASE, made)


def _nested(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload(object=ground.tip(RELEASE), type="tag")))


def _of_a_tree(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload(object=ground.tip("refs/heads/main^{tree}"), type="tree")))


def _of_a_blob(ground: Ground) -> None:
    blob = ground.tip("refs/heads/main:models/churn/versions/1.0.0/version.yaml")
    ground.put(ground.signed(ground.payload(object=blob, type="blob")))


def _extra_header(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload().replace(b"\n\n", b"\nencoding latin1\n\n", 1)))


def _no_tagger(ground: Ground) -> None:
    ground.put(ground.signed(re.sub(rb"tagger [^\n]*\n", b"", ground.payload(), count=1)))


def _two_taggers(ground: Ground) -> None:
    line = b"tagger Bob Example <bob@example.com> 1 +0000\n"
    ground.put(ground.signed(ground.payload().replace(b"tagger ", line + b"tagger ", 1)))


def _second_signature(ground: Ground) -> None:
    raw = ground.raw()
    ground.put(raw + ground.signature(raw, "mallory"))


def _second_good_signature(ground: Ground) -> None:
    ground.put(ground.signed(ground.signed(ground.payload(), "mallory")))


def _trailers_after(ground: Ground) -> None:
    ground.put(ground.raw() + b"\nVersion: 9.9.9\n")


def _bytes_after(ground: Ground) -> None:
    ground.put(ground.raw() + b"\n")


def _signature_in_the_middle(ground: Ground) -> None:
    payload = ground.payload()
    ground.put(payload + ground.signature(payload) + b"Merge-Request: https://example.com/1\n")


def _carriage_returns(ground: Ground) -> None:
    head, _, body = ground.payload().partition(b"\n\n")
    ground.put(ground.signed(head + b"\n\n" + body.replace(b"\n", b"\r\n")))


def _nul(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload() + b"\0Version: 9.9.9\n"))


def _not_utf8(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload().replace(b"Gitreg: v1", b"Merge-Request: \xff\xfe\nGitreg: v1")))


def _bidi(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload() + "Merge-Request: \u202e0.0.1\n".encode()))


def _large(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload() + b"Approved-By: bob\n" * 5_000))


def _huge(ground: Ground) -> None:
    ground.put(ground.payload() + MEGABYTES)


def _headers_swapped(ground: Ground) -> None:
    first, second, *rest = ground.payload().split(b"\n")
    raw = ground.signed(b"\n".join([second, first, *rest]))
    made = ground.git("hash-object", "-t", "tag", "-w", "--literally", "--stdin", stdin=raw)
    ref = ground.host / RELEASE
    ref.parent.mkdir(parents=True, exist_ok=True)
    ref.write_text(f"{made}\n")  # Git itself would not write such a ref


def _another_spelling(ground: Ground) -> None:
    """The same signature on other lines: a second object that would verify as well."""
    payload, _, armored = ground.raw().partition(b"-----BEGIN")
    lines = (b"-----BEGIN" + armored).split(b"\n")
    text = b"".join(lines[1:-2])
    ground.put(
        payload + b"\n".join([lines[0], *(text[at : at + 60] for at in range(0, len(text), 60)), *lines[-2:]])
    )


def _stage_unsigned(ground: Ground) -> None:
    ground.point(f"{STAGE}/3", ground.tip())


def _statement_repeated(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload() + b"Version: 1.1.0\n"))


def _statement_reordered(ground: Ground) -> None:
    lines = ground.payload().split(b"\n")
    lines[-3], lines[-2] = lines[-2], lines[-3]
    ground.put(ground.signed(b"\n".join(lines)))


def _another_title(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload().replace(b"Release churn 1.0.0", b"Release churn 9.9.9")))


ATTACKS = [
    Attack(ROW, "an unsigned tag", "developer", _unsigned, "object", "it has no signature", git="refuses", process=True),
    Attack(ROW, "a lightweight tag", "developer", _lightweight, "object", "it points at a commit", git="refuses"),
    Attack(ROW, "a lightweight tag of a commit that Ada signed", "developer", _signed_commit, "object", "it points at a commit",
           git="refuses"),
    Attack(ROW, "a signed tag of the release's tag", "signer", _nested, "object", "not a tag of a commit", git="accepts"),
    Attack(ROW, "a signed tag of a tree", "signer", _of_a_tree, "object", "not a tag of a commit", git="accepts"),
    Attack(ROW, "a signed tag of a blob", "signer", _of_a_blob, "object", "not a tag of a commit", git="accepts"),
    Attack(ROW, "a header more", "signer", _extra_header, "object", "not exactly object, type, tag and tagger",
           git="accepts"),
    Attack(ROW, "no tagger", "signer", _no_tagger, "object", "not exactly object, type, tag and tagger", git="refuses"),
    Attack(ROW, "two taggers", "signer", _two_taggers, "object", "not exactly object, type, tag and tagger", git="accepts"),
    Attack(ROW, "a stranger's signature after the good one", "Git host", _second_signature, "object",
           "more than one signature", git="refuses"),
    Attack(ROW, "a good signature after a stranger's", "signer", _second_good_signature, "object", "more than one signature",
           git="accepts"),
    Attack(ROW, "trailers after the signature", "Git host", _trailers_after, "object", "text after the signature", git="accepts"),
    Attack(ROW, "an empty line after the signature", "Git host", _bytes_after, "object", "text after the signature",
           git="accepts"),
    Attack(ROW, "the signature in the middle of the message", "Git host", _signature_in_the_middle, "object",
           "text after the signature", git="accepts"),
    Attack(ROW, "the signature on other lines", "Git host", _another_spelling, "signature", "not of one length", git="accepts"),
    Attack(ROW, "carriage returns", "signer", _carriage_returns, "object", "carriage return", git="accepts"),
    Attack(ROW, "a NUL and what comes after it", "signer", _nul, "object", "control character", git="accepts"),
    Attack(ROW, "bytes that are not UTF-8", "signer", _not_utf8, "object", "not UTF-8", git="accepts"),
    Attack(ROW, "text that turns round (bidi)", "signer", _bidi, "object", "has the character", git="accepts"),
    Attack(ROW, "a message of 85 KiB", "signer", _large, "object", "bytes, and", git="accepts"),
    Attack(ROW, "a tag of 10 MB", "developer", _huge, "object", "bytes, and", git="refuses"),
    Attack(ROW, "headers in another order", "signer", _headers_swapped, "store", "cannot be used", git="refuses"),
    Attack(ROW, "an unsigned assignment", "developer", _stage_unsigned, "stage", "(object)", pull("churn@production"),
           git="refuses", tag="stage/churn/production/3"),
    Attack(ROW, "a line of the statement twice, with another version", "signer", _statement_repeated, "name", "repeated lines",
           verify(), git="accepts"),
    Attack(ROW, "lines of the statement in another order", "signer", _statement_reordered, "name", "order", verify(),
           git="accepts"),
    Attack(ROW, "a title of another version", "signer", _another_title, "name", "wrong title", verify(), git="accepts"),
]  # fmt: skip
