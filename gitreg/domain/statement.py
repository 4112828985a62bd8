"""Statements: what a signed tag says, in strict lines (docs/verification.md, "What is signed")."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Literal, Self, get_args

from gitreg.domain.digest import Digest
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import slug, stage, unprintable

Action = Literal["release", "assign", "retire", "resign", "approve"]
ORDER = (
    "Gitreg", "Registry", "Action", "Model", "Version", "Record", "Manifest", "Stage", "Sequence", "Previous",
    "Approves", "Merge-Request", "Approved-By",
)  # fmt: skip
MAX_SEQUENCE = 999_999_999
LINE = re.compile(r"([A-Z][A-Za-z-]*): (.+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a signer says about a model version, read only from bytes that the signature covers.

    `version` is None only in an assignment that empties a stage; then there is no record or manifest.
    """

    registry: str
    action: Action
    model: str
    version: VersionNumber | None
    record: Digest | None = None
    manifest: Digest | None = None
    stage: str | None = None
    sequence: int | None = None
    previous: Digest | None = None
    approves: str | None = None
    merge_request: str | None = None
    approved_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self)

    @property
    def title(self) -> str:
        """The first line of the tag's message, for people."""
        version = self.version or "none"
        if self.action == "assign":
            return f"Assign {self.model} {version} to {self.stage}"
        return f"{self.action.capitalize()} {self.model} {version}"

    def lines(self) -> str:
        """The statement's lines, without the title; its sha256 is what `Previous` names."""
        values: dict[str, object] = {
            "Gitreg": "v1",
            "Version": self.version or "none",
            "Previous": self.previous or ("none" if self.action == "assign" else None),
        }
        text = []
        for name in ORDER[:-1]:
            value = values.get(name) or getattr(self, name.lower().replace("-", "_"), None)
            if value is not None:
                text.append(f"{name}: {value}\n")
        text += [f"Approved-By: {name}\n" for name in self.approved_by]
        return "".join(text)

    def message(self) -> str:
        """The tag's whole message: title, empty line, lines."""
        return f"{self.title}\n\n{self.lines()}"

    @property
    def digest(self) -> Digest:
        """The sha256 of the lines: what a following assignment names as `Previous`."""
        return Digest.of(self.lines().encode())

    @property
    def approval_id(self) -> str:
        """The 16 hex digits in the names of tags that approve this statement.

        They are of the sha256 of its lines without what a forge reports of the review, which is not known before. For an
        assignment they cover its place in the chain, so that an approval is good once.
        """
        bare = replace(self, merge_request=None, approved_by=())
        return bare.digest.hex[:16]

    def approval(self) -> Statement:
        """The statement by which another person approves this one.

        Raises:
            ValueError: if this is an approval itself.
        """
        return Statement(
            registry=self.registry,
            action="approve",
            model=self.model,
            version=self.version,
            record=self.record,
            manifest=self.manifest,
            stage=self.stage,
            approves=self.action,
        )

    @classmethod
    def parse(cls, message: str) -> Self:
        """The statement that a tag's message holds.

        Raises:
            ValueError: if the message is not exactly what `message()` of some statement gives.
        """
        head, _, body = message.partition("\n\n")
        values: dict[str, list[str]] = {}
        for number, line in enumerate(body.split("\n")[:-1], 3):
            match = LINE.fullmatch(line)
            if match is None or match[1] not in ORDER:
                raise ValueError(f"line {number} of the statement is not one of its lines: {line[:80]!r}")
            values.setdefault(match[1], []).append(match[2])
        statement = cls._from(values)
        if statement.message() != message or head != statement.title:
            raise ValueError(
                "the statement is not written as it must be: wrong title, order, or repeated lines"
            )
        return statement

    @classmethod
    def _from(cls, values: dict[str, list[str]]) -> Self:
        one = {name: lines[0] for name, lines in values.items()}
        missing = next(
            (name for name in ("Gitreg", "Registry", "Action", "Model", "Version") if name not in one), None
        )
        if missing:
            raise ValueError(f"the statement has no line {missing}")
        if one["Gitreg"] != "v1":
            raise ValueError(f"the statement is of version {one['Gitreg'][:20]!r}; this gitreg reads v1")
        sequence = one.get("Sequence")
        if sequence is not None and not re.fullmatch(r"[1-9][0-9]{0,8}", sequence):
            raise ValueError("Sequence is not a number from 1 on")
        return cls(
            registry=one["Registry"],
            action=one["Action"],  # type: ignore[arg-type]  # checked by _check
            model=one["Model"],
            version=None if one["Version"] == "none" else VersionNumber.parse(one["Version"]),
            record=_digest(one.get("Record")),
            manifest=_digest(one.get("Manifest")),
            stage=one.get("Stage"),
            sequence=int(sequence) if sequence else None,
            previous=None if one.get("Previous") in {None, "none"} else _digest(one["Previous"]),
            approves=one.get("Approves"),
            merge_request=one.get("Merge-Request"),
            approved_by=tuple(values.get("Approved-By", [])),
        )


def _digest(text: str | None) -> Digest | None:
    return None if text is None else Digest.parse(text)


def _check(statement: Statement) -> None:
    if statement.action not in get_args(Action):
        raise ValueError(f"no such action: {str(statement.action)[:40]!r}")
    slug(statement.model)
    for digest in (statement.record, statement.manifest, statement.previous):
        if digest is not None and digest.algorithm != "sha256":
            raise ValueError(
                f"the statement names {digest.algorithm}, which proves nothing; sha256 is expected"
            )
    assigns = statement.action == "assign"
    approves_assignment = statement.action == "approve" and statement.approves == "assign"
    if (statement.version is None) and not (assigns or approves_assignment):
        raise ValueError("only an assignment may have no version")
    if (statement.record is None) != (statement.version is None) or (statement.manifest is None) != (
        statement.version is None
    ):
        raise ValueError("Record and Manifest belong to every version, and to nothing else")
    if (statement.stage is not None) != (assigns or approves_assignment):
        raise ValueError("Stage belongs to assignments, and to nothing else")
    if (statement.sequence is not None) != assigns or (statement.previous is not None and not assigns):
        raise ValueError("Sequence and Previous belong to assignments, and to nothing else")
    if assigns and (statement.previous is None) != (statement.sequence == 1):
        raise ValueError("the first assignment of a stage has no Previous, every other has one")
    if (statement.approves is not None) != (statement.action == "approve") or statement.approves not in {
        None,
        "release",
        "assign",
        "retire",
        "resign",
    }:
        raise ValueError("Approves belongs to approvals, and names release, assign, retire or resign")
    _check_values(statement)
    _check_lines(statement)


def _check_values(statement: Statement) -> None:
    if statement.stage is not None:
        stage(statement.stage)
    if statement.sequence is not None and not 1 <= statement.sequence <= MAX_SEQUENCE:
        raise ValueError("Sequence is not a number from 1 on")


def _check_lines(statement: Statement) -> None:
    """No value may hold what would make it another line, or none."""
    for field in fields(statement):
        value = getattr(statement, field.name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and (
                unprintable(text) or not text or text != text.strip() or len(text) > 500
            ):
                raise ValueError(f"{field.name} cannot be written on one line of a statement")
