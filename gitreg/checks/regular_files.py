"""GR006: records are regular files."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import FILES, FOLDERS, Case, Finding

WORDS = {
    "link": "a symbolic link",
    "submodule": "a submodule",
    "special": "no regular file",
    "folder": "a folder",
}


class RegularFilesOnly:
    """A link among records could show one file to a reviewer and another one to a reader."""

    code = "GR006"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Links, submodules and the like where records live."""
        for path in case.paths:
            kind = case.proposed.kind(path)
            if kind in WORDS and (
                path in FILES or path.startswith(tuple(f"{folder}/" for folder in FOLDERS))
            ):
                yield Finding(path, 1, 1, self.code, f"{WORDS[kind]} among records; expected a regular file")
