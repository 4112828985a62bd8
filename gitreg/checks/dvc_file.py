"""GR004: the DVC file beside a record brings exactly its artifacts, to the place where they belong."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.artifacts import parse_dvc_file
from gitreg.checks.base import Case, Finding
from gitreg.checks.beside import Beside, beside


class DvcFile:
    """`dvc pull` of a record's file must bring what the record says, and run or overwrite nothing."""

    code = "GR004"

    def findings(self, case: Case) -> Iterator[Finding]:
        """DVC files that are missing, say more than one plain output, or something else than the record."""
        for path in case.paths:
            files = beside(case, path)
            message = _message(case, files) if files else None
            if files and message:
                yield Finding(files.dvc, 1, 1, self.code, message)


def _message(case: Case, files: Beside) -> str | None:
    content, summary = case.content(files.dvc), files.summary
    if summary is None:
        return "the record beside it has no artifacts" if content is not None else None
    if content is None:
        return "it is not there, but its record has artifacts"
    try:
        out = parse_dvc_file(content)
    except ValueError as error:
        return f"not a DVC file as gitreg writes it: {error}"
    if out.path != files.out:
        return f"its output is {out.path!r}; expected {files.out!r}"
    if (out.size, out.nfiles or summary.files) != (summary.size, summary.files):
        return f"it says {out.nfiles} files of {out.size} bytes; the record says {summary.files} of {summary.size}"
    return None
