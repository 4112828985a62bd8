"""Writes the table of all attacks: `python tests/attacks/attack_table.py docs/attacks.md`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflows"))
sys.path.append(str(Path(__file__).resolve().parents[1]))

from attack_case import ROWS, Attack, all_attacks
from forge_words import WORDS
from gto_answers import MEASURED, MEASURED_WITH

from gitreg.safe import markdown

HEAD = """\
# Attacks

What an outsider can do to what is deployed, and what `gitreg verify` and `gitreg pull` say to it. Every line is a test
(`tests/attacks/`): the harm is done to a copy of an honest registry, as that actor could do it, by plain Git, ssh-keygen and written
files; then the command is run as people run it. The test holds the exit code, the step that refuses (docs/verification.md), the
reason's words, that nothing is in the target, and that nothing was run.

*gitreg* is the exit code and the step. 0 says that the attack has no effect: exactly the honest bytes are delivered. 3 says that
there is no such release, 1 and 4 that a record or a credential is wrong, 7 that the remote cannot be reached.

*git* is what plain Git makes of the same state, in the same test: whether `git verify-tag` accepts the tag, with this registry's
own allowed signers and revocation file; or that Git runs the program, where a trap is laid in a clone. *GTO* is what {gto}
makes of the like state of its own tags, measured by `python tests/attacks/gto_answers.py`. Both are good tools that promise less;
the table says why gitreg verifies by itself.

This page is written by `python tests/attacks/attack_table.py docs/attacks.md`, from the attacks as they are declared.

{count} attacks: {codes}. `git verify-tag` accepts {accepted} of the {asked} that it was asked about.
"""
FORGE = """
## Words on their way to a forge, a job and a reader

{count} values that people who wish harm may write ({file}). Each stands in every field of a candidate that takes words (name, notes, tags,
params, metrics, data, code, CI job, environment, files, author), in descriptions and titles of merge requests, in branches and in the variables
of jobs, and goes through `log --from`, `promote` (by the API, by push options, locally), `report` (Markdown, HTML, metrics, JSON, the note),
`check`, `validate`, `status`, `doctor`, `release --dry-run` and the components' scripts in bash and sh. Held: nothing is run; where Markdown is read
as GitLab reads it there is no link, image, element, list, mention, reference or quick action of theirs; the page has no element, attribute or
address of theirs; no output holds a control character. What no record takes is refused before it is kept. Commit ids stay commit ids: a forge may
link them to a commit of the same project. The long form, each value alone: `GITREG_HOSTILE=all pytest tests/attacks/test_forge_hostile.py`.

| words | begin |
|---|---|
"""
MLFLOW = """
## MLflow's API

Whoever may ask a server, and whoever wrote the registry that `MLFLOW_TRACKING_URI` names (`tests/attacks/test_mlflow_*.py`, `tests/mlflow_plugin/test_addresses.py`,
`tests/mlflow_plugin/test_artifacts_repository.py`, `tests/mlflow_plugin/test_ui_application.py`). Held: no path, encoded or not, leaves the artifacts
(CVE-2023-1177, CVE-2023-2780, CVE-2023-6831, CVE-2024-1594, CVE-2024-3573); a server opens no registry but its own; a shared record's `artifact_location` and
number are not believed, nor is a version's source that names files of the server's machine; a stranger's manifest leads nowhere; what waits for review
moves, hides and renames nothing (`tests/mlflow_plugin/test_registry_*.py`); a version whose artifacts are elsewhere is not loaded under `GITREG_VERIFY=require`; patterns, filters and page tokens are answered or
refused at once; the server of `gitreg ui` changes nothing, and answers no other host's or site's pages.
"""
LONGEST = 60
COLUMNS = "| attack | by | asked | git | GTO | gitreg |\n|---|---|---|---|---|---|\n"


def page() -> str:
    """The whole page."""
    attacks = all_attacks()
    codes = Counter(attack.code for attack in attacks)
    asked = [attack for attack in attacks if attack.git is not None]
    said = [f"{number} end with {code}" for code, number in sorted(codes.items(), reverse=True)]
    head = HEAD.format(
        gto=MEASURED_WITH,
        count=len(attacks),
        codes=", ".join(said),
        accepted=sum(attack.git == "accepts" for attack in asked),
        asked=len(asked),
    )
    tables = [
        f"\n## {title[0].upper()}{title[1:]}\n\n{COLUMNS}"
        + "".join(_line(attack) for attack in attacks if attack.row == row)
        for row, title in ROWS.items()
        if any(attack.row == row for attack in attacks)
    ]
    words = "".join(f"| {what} | {markdown(value[:LONGEST])} |\n" for what, value in WORDS.items())
    return (
        head
        + "".join(tables)
        + MLFLOW
        + FORGE.format(count=len(WORDS), file="`tests/attacks/forge_words.py`")
        + words
    )


def _line(attack: Attack) -> str:
    git = attack.git or ("runs it" if attack.springs else "")
    said = f"{attack.code} {attack.step}" if attack.step else str(attack.code)
    if attack.accepted:
        said = f"**accepted**: {attack.accepted}"
    cells = (attack.title, attack.actor, _asked(attack), git, MEASURED.get(attack.title, ""), said)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _asked(attack: Attack) -> str:
    """The command, without where it brings what and from where."""
    command, *words = attack.command
    shown = [word for word in words if not word.startswith("{") and word not in {"-o", "--storage", "--"}]
    return f"`{' '.join([command, *shown])}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
