"""Many clones promote one candidate at the same moment: one branch, one merge request, the right answer to each.

    python tests/torture/promote_race.py --clones 8 --rounds 3                    # all ask for the same, on each kind of forge
    python tests/torture/promote_race.py --clones 8 --rounds 3 --apart            # each asks for something else
    python tests/torture/promote_race.py --clones 8 --forge gitlab --faults       # the forge fails now and then

Real `gitreg` commands in clones of one remote: a folder (`local`), a GitLab without tokens (`push-options`), with the job's own
(`job`), with one that may all (`gitlab`); the GitLab is the stand-in of tests/gitlab_standin.py. At the end everybody promotes
once more, which must find what is there. Ends with 1 and names every fault.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from gitlab_standin import StandIn
from ground import GITREG, Ground, prepare
from racing import run_race
from telling import say

FORGES = ("local", "push-options", "job", "gitlab")
PROJECT = "group/project"


@dataclass(frozen=True)
class Answer:
    """What one clone's command said."""

    clone: str
    code: int
    out: str
    err: str


@dataclass
class Race:
    """A registry on a forge, and what went wrong.

    Args:
        ground: where it is.
        kind: which forge.
        forge: the GitLab; None for `local`.
        clones: by name.
        faults: sentences.
    """

    ground: Ground
    kind: str
    forge: StandIn | None
    clones: dict[str, Path] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def remote(self) -> Path:
        """The bare repository that everybody shares."""
        return self.forge.repository if self.forge else self.ground.remote

    def at_once(self, candidate: str, words: Sequence[Sequence[str]]) -> list[Answer]:
        """Lets every clone promote at the same moment, each with its own words."""
        pipe = subprocess.PIPE
        begun = [
            (name, subprocess.Popen(
                [*GITREG, "promote", candidate, "-m", "churn", *more],
                cwd=place, env=self.ground.environ, stdout=pipe, stderr=pipe, text=True,
            ))
            for (name, place), more in zip(self.clones.items(), words, strict=True)
        ]  # fmt: skip
        answers = []
        for name, process in begun:
            out, err = process.communicate()
            answers.append(Answer(name, process.returncode, out.strip(), err.strip()))
        for one in answers:
            if "Traceback" in one.err or one.code not in {0, 1, 4, 5, 7}:
                self.faults.append(f"{one.clone}: exit {one.code}: {one.err}")
        return answers

    def tips(self, place: Path) -> dict[str, str]:
        """The branches of proposals."""
        lines = self.ground.git(
            "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads/gitreg/promote", at=place
        )
        return dict(line.split(" ") for line in lines.splitlines())

    def opened(self) -> list[str]:
        """The source branches of open merge requests."""
        return (
            [one.source for one in self.forge.merge_requests if one.state == "opened"] if self.forge else []
        )


@contextmanager
def opened(folder: Path, kind: str, clones: int, rounds: int) -> Iterator[tuple[Race, list[str]]]:
    """A registry with a candidate for each round, its artifacts stored, on a forge, with clones."""
    ground = prepare(folder)
    first = ground.folder / "first"
    candidates = []
    for number in range(rounds):
        model = ground.folder / f"model-{number}.bin"
        model.write_bytes(f"weights {number}".encode() * 100)
        candidates.append(
            ground.gitreg("log", "churn", "-m", "auc=0.9", "-a", str(model), "--no-code", at=first)
        )
    ground.gitreg("push", at=first)
    if kind == "local":
        yield _cloned(Race(ground, kind, None), str(ground.remote), clones), candidates
        return
    forge_folder = ground.folder / "forge"
    bare = forge_folder / f"{PROJECT}.git"
    ground.git("clone", "-q", "--bare", str(ground.remote), str(bare), at=ground.folder)
    with StandIn(forge_folder, PROJECT) as forge:
        race = Race(ground, kind, forge)
        ground.environ["GITREG_FORGE"] = "push-options" if kind == "push-options" else "gitlab"
        if kind == "gitlab":
            ground.environ.update({"GITREG_TOKEN": forge.add_token(), "GITLAB_HOST": forge.url})
        if kind == "job":
            ground.environ.update({
                "CI": "true", "CI_JOB_TOKEN": forge.add_job_token(), "CI_SERVER_URL": forge.url, "CI_SERVER_HOST": "127.0.0.1",
            })  # fmt: skip
        yield _cloned(race, forge.remote_url, clones), candidates


def _cloned(race: Race, url: str, clones: int) -> Race:
    for number in range(1, clones + 1):
        race.clones[f"clone-{number}"] = place = race.ground.clone(f"clone-{number}", url)
        race.ground.git("config", "user.name", f"Person {number}", at=place)
        race.ground.git("config", "user.email", f"person-{number}@example.com", at=place)
    return race


def same(race: Race, candidate: str, version: str) -> None:
    """All ask for the same: all get the same version, and where it is known the same address."""
    answers = race.at_once(candidate, [[] for _ in race.clones])
    for one in answers:
        if one.code == 0 and not one.out.startswith(f"churn@{version}\t"):
            race.faults.append(f"{one.clone} got {one.out}, not {version}")
        if one.code != 0 and not race.faults and not _is_told(race, one):
            race.faults.append(f"{one.clone}: exit {one.code}: {one.err}")
    _one_proposal(race, version, answers)
    again = race.at_once(candidate, [[] for _ in race.clones])
    bad = [f"{one.clone}: exit {one.code}: {one.err}" for one in again if one.code != 0]
    race.faults += [f"asked again, {words}" for words in bad]
    _one_proposal(race, version, again)
    say(f"{race.kind}: {version}: {_told(answers)}; asked again: {_told(again)}")


def apart(race: Race, candidate: str, version: str) -> None:
    """Each asks for something else: one is done, each other one hears who was faster."""
    answers = race.at_once(candidate, [["--description", name] for name in race.clones])
    done = [one for one in answers if one.code == 0]
    lost = [one for one in answers if one.code == 5 and "was faster" in one.err]
    if len(done) != 1 or len(done) + len(lost) != len(answers):
        race.faults += [f"{one.clone}: exit {one.code}: {one.out} {one.err}" for one in answers]
    _one_proposal(race, version, answers)
    if done:
        branch = f"gitreg/promote/churn/v{version}"
        record = race.ground.git(
            "show", f"{branch}:models/churn/versions/{version}/version.yaml", at=race.remote
        )
        if f"description: {done[0].clone}\n" not in f"{record}\n":
            race.faults.append(
                f"{done[0].clone} was told that it won, and the proposal says otherwise: {record}"
            )
    say(f"{race.kind}: {version}: {_told(answers)}")


def _one_proposal(race: Race, version: str, answers: Sequence[Answer]) -> None:
    """One branch of this version on the remote, one open merge request of it, and in no clone anything else."""
    branch = f"gitreg/promote/churn/v{version}"
    shared = race.tips(race.remote)
    if branch not in shared:
        race.faults.append(f"{branch} is not on the remote: {shared}")
        return
    if race.forge and race.opened().count(branch) != 1:
        race.faults.append(f"{branch} has the merge requests {race.opened()}")
    for name, place in race.clones.items():
        for here, tip in race.tips(place).items():
            if shared.get(here) != tip:
                race.faults.append(f"{name} has {here} at {tip[:12]}, and the remote has not")
    urls = {one.out.partition("\t")[2] for one in answers if one.code == 0}
    known = {url for url in urls if "://" in url}
    if len(known) > 1 or (race.kind in {"job", "gitlab"} and urls != known):
        race.faults.append(f"{branch} is said to be at {sorted(urls)}")


def _is_told(race: Race, one: Answer) -> bool:
    """With faults, exit 7 is an answer: the branch is there, and the same command goes on."""
    return race.forge is not None and one.code == 7 and "the same command again" in one.err


def _told(answers: Sequence[Answer]) -> str:
    codes = [one.code for one in answers]
    return ", ".join(f"{codes.count(code)} x exit {code}" for code in sorted(set(codes)))


def measure(folder: Path, said: argparse.Namespace) -> list[str]:
    """Runs the races in a folder; returns the faults."""
    faults = []
    for kind in [said.forge] if said.forge else FORGES:
        place = folder / kind
        place.mkdir()
        with opened(place, kind, said.clones, said.rounds) as (race, candidates):
            began = time.monotonic()
            for number, candidate in enumerate(candidates):
                if said.faults and race.forge:
                    race.forge.fault(502, path="/api/*", times=said.clones)
                    race.forge.fault("lost", method="POST", path="*/merge_requests")
                (apart if said.apart else same)(race, candidate, f"1.{number}.0")
            say(
                f"{kind}: {len(candidates)} rounds of {said.clones} clones in {time.monotonic() - began:.1f} s"
            )
            if race.forge and not said.apart and len(race.forge.merge_requests) < said.rounds:
                race.faults.append("merge requests are missing")
            extra = (
                [one.iid for one in race.forge.merge_requests if one.state != "opened"] if race.forge else []
            )
            if extra:
                say(f"{kind}: opened at once with another one, and closed again: {extra}")
            faults += [f"{kind}: {fault}" for fault in race.faults]
    return faults


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clones", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--forge", choices=FORGES, help="only this kind")
    parser.add_argument("--apart", action="store_true", help="each asks for something else")
    parser.add_argument("--faults", action="store_true", help="the forge fails now and then")
    parser.add_argument("--folder", type=Path, help="where to work")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(run_race(arguments(sys.argv[1:]), measure))
