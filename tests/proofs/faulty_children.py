"""Programs in the place of git and ssh-keygen that fail at one of their calls, as programs do when a machine is in trouble."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

MODES = {
    "killed": "kill -9 $$",
    "silent": "exit 0",
    "noisy": "echo 'fatal: everything is on fire' >&2; exit 1",
    "odd": "exit 3",
    "cut": 'trap \'exit 0\' TERM; { "$real" "$@" <&3 | { head -c %(bytes)d; kill -TERM $$; }; } 3<&0 & wait; exit 0',
    "cut and killed": '"$real" "$@" | { head -c %(bytes)d; kill -9 $$; }',
    "hangs": "exec sleep 1000",
}
"""What becomes of the call; `silent` and `cut` say that all went well."""


@dataclass(frozen=True)
class FaultyChild:
    """One fault.

    Args:
        program: git or ssh-keygen.
        word: a word of the command line by which the call is known, such as `fetch`.
        mode: of MODES.
        call: which of these calls, from 1; 0 for each.
        bytes: how much of the answer arrives, where it is cut.
    """

    program: str
    word: str
    mode: str
    call: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        cut = f" after {self.bytes} bytes" if "cut" in self.mode else ""
        return f"{self.program} {self.word} {self.mode}{cut}, call {self.call or 'each'}"

    def install(self, folder: Path, path: str) -> str:
        """Puts the program into an empty folder, and returns the PATH with which it is found."""
        folder.mkdir(parents=True, exist_ok=True)
        real = shutil.which(self.program, path=path)
        act = MODES[self.mode]
        script = folder / self.program
        script.write_text(
            f"#!/bin/sh\nreal={real}\n"
            f'case " $* " in *" {self.word} "*) ;; *) exec "$real" "$@" ;; esac\n'
            f'n=$(($(cat "{folder}/count" 2>/dev/null || echo 0) + 1)); echo $n > "{folder}/count"\n'
            f'[ {self.call} -eq 0 ] || [ $n -eq {self.call} ] || exec "$real" "$@"\n'
            f"touch '{folder}/struck'\n{act % {'bytes': self.bytes} if '%' in act else act}\n"
        )
        script.chmod(0o755)
        return f"{folder}:{path}"
