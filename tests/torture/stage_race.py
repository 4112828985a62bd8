"""Many signers, one tag's name: exactly one gets it, each of the others is told who did, and no chain breaks.

    python tests/torture/stage_race.py --signers 8 --rounds 20          # all sign the same assignment at once, again and again
    python tests/torture/stage_race.py --signers 8 --rounds 5 --apart   # each proposes, merges and signs a version of their own

Real `gitreg` commands in clones of one bare remote, a key for each signer. Two of them release one version at once first. The
chain is read by plain Git at the end, and verified from a fresh clone. Ends with 1 and names every fault.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forks import begin, command, end, must
from ground import Ground, prepare
from racing import run_race
from signers import admit, principal_of
from telling import say

from gitreg.domain.statement import Statement

STAGE = "stage/churn/production"
GOOD_ANSWERS = {0, 1, 5}
"""Done; there was nothing left to do; somebody was faster."""


@dataclass(frozen=True)
class Answer:
    """What one signer's command said."""

    signer: str
    code: int
    out: str
    err: str


@dataclass
class Race:
    """A registry with signers, and what went wrong.

    Args:
        ground: where it is.
        clones: each signer's clone, by name.
        faults: sentences.
    """

    ground: Ground
    clones: dict[str, Path]
    faults: list[str] = field(default_factory=list)

    @property
    def first(self) -> Path:
        """The clone that proposes and merges, where signers only sign."""
        return self.ground.folder / "first"

    def at_once(self, signers: Sequence[str], *words: str) -> list[Answer]:
        """Lets several signers run one command at the same moment."""
        begun = [(name, begin(words, self.clones[name], self.ground.environ)) for name in signers]
        ended = [(name, end(one)) for name, one in begun]
        answers = [Answer(name, done.code, done.out, done.err) for name, done in ended]
        for one in answers:
            if one.code not in GOOD_ANSWERS or "Traceback" in one.err:
                self.faults.append(f"{one.signer}: exit {one.code}: {one.err.strip()}")
        return answers

    def remote_tags(self) -> dict[str, str]:
        """The remote's tags."""
        return self._tags(self.ground.remote)

    def _tags(self, at: Path) -> dict[str, str]:
        lines = self.ground.git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags", at=at)
        return dict(line.split(" ") for line in lines.splitlines())

    def one_winner(self, tag: str, answers: Sequence[Answer]) -> None:
        """Exactly one made the tag; everybody else names that one, and has no tag of their own left."""
        winners = [one.signer for one in answers if tag in one.out.split()]
        if len(winners) != 1:
            self.faults.append(f"{tag}: made by {winners or 'nobody'}")
            return
        name = principal_of(winners[0])
        said = self.ground.git("cat-file", "tag", tag, at=self.ground.remote)
        if f"<{name}>" not in said:
            self.faults.append(f"{tag}: {winners[0]} was told that it is theirs, and it is not")
        for one in answers:
            if one.signer != winners[0] and (one.code not in {1, 5} or name not in one.err):
                self.faults.append(f"{tag}: {one.signer} was not told of {name}: exit {one.code}: {one.err}")

    def nothing_is_left(self) -> None:
        """No clone has a tag that the remote has not, or has otherwise."""
        shared = self.remote_tags().items()
        for name, clone in self.clones.items():
            for tag, made in self._tags(clone).items() - shared:
                self.faults.append(f"{name} has {tag} {made[:12]}, and the remote has not")

    def the_chain_holds(self) -> int:
        """From the first assignment to the newest, each names the one before; returns how many there are."""
        tags = {tag for tag in self.remote_tags() if tag.startswith(f"{STAGE}/")}
        before: Statement | None = None
        for number in range(1, len(tags) + 1):
            if f"{STAGE}/{number}" not in tags:
                self.faults.append(f"{STAGE}/{number} is missing among {sorted(tags)}")
                break
            raw = self.ground.git("cat-file", "tag", f"{STAGE}/{number}", at=self.ground.remote) + "\n"
            message = raw.partition("\n\n")[2].partition("-----BEGIN SSH SIGNATURE")[0]
            said = Statement.parse(message)
            if (said.sequence, said.previous) != (number, before.digest if before else None):
                self.faults.append(f"{STAGE}/{number} does not follow the one before it")
            before = said
        return len(tags)

    def it_verifies(self) -> None:
        """A stranger's fresh clone says so."""
        fresh = self.ground.clone("fresh")
        for words in (["verify", "churn@production"], ["verify", "--all"]):
            done = command(words, fresh, self.ground.environ)
            if done.code != 0:
                self.faults.append(f"gitreg {' '.join(words)} ended with {done.code}: {done.err}")


def opened(folder: Path, signers: int) -> Race:
    """A registry with two accepted versions that wait for their signatures, and a clone for each signer."""
    ground = prepare(folder)
    names = [f"signer-{number}" for number in range(1, signers + 1)]
    first = ground.folder / "first"
    keys = admit(ground, first, names)
    race = Race(ground, {})
    for version in (1, 2):
        model = ground.folder / f"model-{version}.bin"
        model.write_bytes(f"weights {version}".encode() * 100)
        logged = must(["log", "churn", "-m", "auc=0.9", "-a", str(model)], first, ground.environ)
        must(["push"], first, ground.environ)
        proposed = must(["promote", logged, "-m", "churn"], first, ground.environ)
        _merge(ground, first, proposed.split("\t")[1])
    for name in names:
        race.clones[name] = clone = ground.clone(name)
        ground.git("config", "gpg.format", "ssh", at=clone)
        ground.git("config", "user.signingkey", str(keys[name]), at=clone)
    return race


def _merge(ground: Ground, at: Path, branch: str) -> None:
    """Accepts a proposal as a reviewer does, by plain Git."""
    for words in (
        ["fetch", "-q", "origin"],
        ["merge", "-q", "--no-ff", "-m", f"Merge {branch}", f"origin/{branch}"],
        ["push", "-q", "origin", "HEAD", f":{branch}"],
    ):
        ground.git(*words, at=at)


def released(race: Race) -> None:
    """Two people release the same versions at once: each version has one tag."""
    answers = race.at_once(list(race.clones)[:2], "release", "--yes")
    for version in ("1.0.0", "1.1.0"):
        tag = f"model/churn/v{version}"
        winners = [one.signer for one in answers if tag in one.out.split()]
        if tag not in race.remote_tags() or len(winners) > 1:
            race.faults.append(f"{tag}: made by {winners or 'nobody'}")
    for one in answers:
        if one.code == 5 and not re.search(r"signer-\d+@example\.com was faster", one.err):
            race.faults.append(f"{one.signer} was not told who was faster: {one.err}")
    race.nothing_is_left()
    if len(race.remote_tags()) < 2:  # each may have won one race and lost the other
        must(["release", "--yes"], race.first, race.ground.environ)


def together(race: Race, rounds: int) -> None:
    """All sign the same assignment at once; round after round the stage changes."""
    for number in range(1, rounds + 1):
        version = ("1.0.0", "1.1.0")[number % 2]
        branch = must(["assign", f"churn@{version}", "production"], race.first, race.ground.environ)
        _merge(race.ground, race.first, branch.split()[-1])
        answers = race.at_once(list(race.clones), "release", "--yes")
        race.one_winner(f"{STAGE}/{number}", answers)
        race.nothing_is_left()
        say(f"round {number}: {_told(answers)}")
    if (length := race.the_chain_holds()) != rounds:
        race.faults.append(f"{rounds} rounds made {length} assignments")


def apart(race: Race, rounds: int) -> None:
    """Each signer proposes, merges and signs by themselves, half of them the one version, half the other."""
    for number in range(1, rounds + 1):
        for version, mine in (("1.0.0", slice(0, None, 2)), ("1.1.0", slice(1, None, 2))):
            race.at_once(list(race.clones)[mine], "assign", f"churn@{version}", "production")
        answers = race.at_once(list(race.clones), "release", "--merge", "--yes")
        race.nothing_is_left()
        say(f"round {number}: {_told(answers)}")
    say(f"{race.the_chain_holds()} assignments")


def _told(answers: Sequence[Answer]) -> str:
    codes = [one.code for one in answers]
    return ", ".join(f"{codes.count(code)} x exit {code}" for code in sorted(set(codes)))


def measure(folder: Path, said: argparse.Namespace) -> list[str]:
    """Runs the race in a folder; returns the faults."""
    race = opened(folder, said.signers)
    released(race)
    (apart if said.apart else together)(race, said.rounds)
    race.it_verifies()
    return race.faults


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--signers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--apart", action="store_true", help="each proposes and merges a version of their own"
    )
    parser.add_argument("--folder", type=Path, help="where to work")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(run_race(arguments(sys.argv[1:]), measure))
