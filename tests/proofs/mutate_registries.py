"""Thousands of mutated registries, each judged twice: by gitreg, and by the simple verifier beside this file.

    python tests/proofs/mutate_registries.py --count 10000 --seed 1 [--jobs 2] [--first INDEX] [--only INDEX]

Each case is drawn from the seed and its number alone. Four in ten go through the whole command with a fetch, one in twenty
through `gitreg pull`; for the others the objects lie in the verifier's store already, as if Git's own checks of what is
fetched had let everything through. A failure is: an exception that is none of gitreg's, a wrong accept (of what the simple
verifier refuses, or with other digests than the honest registry's), a refusal that nobody has explained (EXPLAINED), an exit
code that says the caller was wrong.
"""

# ruff: noqa: T201 - what a command says
from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))

from attacker import Attacker, Mutant
from proof_ground import HONEST, REFERENCES, ProofGround, make_ground
from simple_verifier import Answer, Objects, Refused, SshKeygen, Verifier

from gitreg.cli.entry import outcome
from gitreg.errors import GitregError
from gitreg.gitrepo import Layout, ObjectId, Repository
from gitreg.workflows.registry import open_registry
from gitreg.workflows.verification import hearing
from gitreg.workflows.verification.own_store import Opened
from gitreg.workflows.verification.verify import VerifyOptions, verify

EXPLAINED: tuple[tuple[str, str, str], ...] = (
    ("6 store", "", "everything that is fetched has to be sound, needed or not"),
    ("6 (object|stage|retired)", "tag object is refused", "a statement has one spelling, its armor too"),
    ("6 (signature|stage|retired)", "not an SSH signature as it should be", "a signature has one spelling"),
    ("6 root", r"is signed by \d+ of the \d+ needed keys", "a signature of a root has one spelling"),
    ("1|6 (root|retired|stage|record|role)", r"[a-z.]+:\d+:\d+: ", "records are read strictly, by their schema"),
    ("70", "^git", "a store that is corrupt is found out by fetching into it"),
    ("6 (review|record|root|retired|stage)", "the (commit|tree) [0-9a-f]+ is malformed", "commits and trees are read strictly"),
)  # fmt: skip
"""Where gitreg refuses what the simple verifier accepts: how it answered, its words, and why that is by design."""
CODES = {1, 3, 6, 7}


@dataclass(frozen=True)
class Said:
    """What a verifier answered: accepted with digests, or not, and how."""

    accepted: Answer | None
    how: str
    words: str = ""


@dataclass
class Tally:
    """What came of many cases."""

    cases: int = 0
    ways: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    stricter: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Takes in what another process found."""
        self.cases += other.cases
        self.ways += other.ways
        self.agreed += other.agreed
        self.stricter += other.stricter
        self.failures += other.failures


class Judge:
    """Two verifiers and a ground."""

    def __init__(self, folder: Path) -> None:
        self.ground: ProofGround = make_ground(folder)
        self.keygen = SshKeygen(self.ground.environ)
        self.folder = folder
        self.honest = {ref: self._simple(self.ground.honest, ref) for ref in REFERENCES}
        for ref, version in HONEST.items():
            answer = self.honest[ref].accepted
            assert answer is not None, (ref, self.honest[ref])
            assert answer.version == version, (ref, answer)

    def case(self, seed: int, number: int, tally: Tally) -> None:
        """Draws one mutant and judges it."""
        random = Random(f"{seed}:{number}")
        way = random.choices(("command", "store", "pull"), (8, 11, 1))[0]
        mutant = Attacker(self.ground, random, damages=way != "store").draw()
        try:
            self._twist(mutant)
            simple = self._simple(mutant.state, mutant.reference, mutant, rehash=way != "store")
            ours = {"command": self._command, "store": self._store, "pull": self._pull}[way](mutant)
        finally:
            self.ground.bag.straighten()
        fault = self._compared(way, ours, simple, mutant, tally)
        tally.cases += 1
        tally.ways[way] += 1
        if fault:
            text = f"case {number} by {way} of {mutant.reference}: {mutant.story}"
            tally.failures.append(f"{text}\n    {fault}\n    gitreg: {ours}\n    simple: {simple}")

    def _compared(self, way: str, ours: Said, simple: Said, mutant: Mutant, tally: Tally) -> str | None:
        if ours.how == "bug":
            return "an exception that is none of gitreg's"
        is_corrupt = way == "store" and bool(
            mutant.twisted
        )  # such a store is found out when it is fetched into
        if ours.accepted is None and int(ours.how.split(" ")[0]) not in CODES | (
            {70} if is_corrupt else set()
        ):
            return "an exit code that says that the caller, or this machine, was wrong"
        if ours.accepted and not simple.accepted:
            return "WRONG ACCEPT"
        if ours.accepted:
            honest = self.honest[f"{mutant.reference.partition('@')[0]}@{ours.accepted.version}"].accepted
            if not ours.accepted == simple.accepted == (honest or simple.accepted):
                return "WRONG ACCEPT: other digests than the honest registry's"
            tally.agreed["accepted by both"] += 1
        elif simple.accepted:
            why = next(
                (
                    w
                    for how, words, w in EXPLAINED
                    if re.fullmatch(how, ours.how) and re.search(words, ours.words)
                ),
                None,
            )
            if why is None:
                return "refused, and nobody knows why"
            tally.stricter[f"{ours.how}: {why}"] += 1
        else:
            tally.agreed[f"refused by both, gitreg {ours.how}, simple {simple.how}"] += 1
        return None

    def _twist(self, mutant: Mutant) -> None:
        for id_, content in mutant.twisted.items():
            self.ground.bag.twist(id_, content)
        for id_, packed in mutant.packed.items():
            self.ground.bag.twist(id_, None, packed=packed)

    def _simple(
        self, state: object, reference: str, mutant: Mutant | None = None, *, rehash: bool = True
    ) -> Said:
        objects = Objects(self.ground.bag.path, self.ground.environ, rehash=rehash)
        seen = self.ground.seen if mutant and mutant.remembers else None
        try:
            verifier = Verifier(objects, self.keygen, state.tip, state.refs, self.ground.anchor, seen)  # type: ignore[attr-defined]
            return Said(verifier.ask(reference), "accepted")
        except Refused as error:
            return Said(None, error.step, str(error))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            return Said(None, "form", repr(error))  # a field is not there, or is no number
        finally:
            objects.close()

    # gitreg's answer

    def _store(self, mutant: Mutant) -> Said:
        """Steps 3 to 14 on objects that are in the verifier's store already."""
        ground = self.ground
        ground.remember(everything=mutant.remembers)
        layout = Layout(git_dir=ground.bag.path, common_dir=ground.bag.path, work_tree=None)
        mine = Repository(layout, ground.environ)
        refs = {
            name: ObjectId(id_) for name, id_ in mutant.state.refs.items() if _counts(name, mutant.reference)
        }
        opened = Opened(mine, ObjectId(mutant.state.tip), refs, "the attacker")
        registry = open_registry(ground.clone, ground.environ)
        try:
            with mock.patch.object(hearing, "open_store", return_value=opened):
                verdict = verify(registry, mutant.reference, VerifyOptions())
            record = hashlib.sha256(
                self._blob(verdict.commit, verdict.model, str(verdict.version))
            ).hexdigest()
            return Said(
                Answer(str(verdict.version), f"sha256:{record}", str(verdict.manifest.digest)), "accepted"
            )
        except GitregError as error:
            return Said(None, f"{error.exit_code} {getattr(error, 'step', '')}".strip(), str(error))
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            return Said(None, "bug", repr(error))
        finally:
            mine.close()
            registry.close()

    def _blob(self, commit: str, model: str, version: str) -> bytes:
        files = self.ground.bag.files(self.ground.bag.tree_of(commit))
        return self.ground.bag.raw(files[f"models/{model}/versions/{version}/version.yaml"][1])[1]

    def _command(self, mutant: Mutant) -> Said:
        """The whole command: fetched from the attacker's host."""
        self._serve(mutant)
        code, out, err = self.call("verify", mutant.reference, "--json")
        if code != 0:
            return _refusal(code, err)
        (item,) = json.loads(out)["items"]
        manifest = "".join(f"{hash_}  {path}\n" for path, hash_ in item["files"].items())
        record = self._blob(item["commit"], item["model"], item["version"])
        hashes = [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in (record, manifest.encode())]
        return Said(Answer(item["version"], *hashes), "accepted")

    def _pull(self, mutant: Mutant) -> Said:
        """The whole of pull; what is in the target afterwards is what counts."""
        self._serve(mutant)
        target = self.folder / "target"
        shutil.rmtree(target, ignore_errors=True)
        storage = ("--storage", str(self.ground.workshop.storage))
        code, _, err = self.call("pull", mutant.reference, "-o", str(target), *storage)
        if code != 0:
            left = list(target.rglob("*")) if target.exists() else []
            return Said(None, "bug", f"{left} was left in the target") if left else _refusal(code, err)
        told = re.search(r"(?m)^([a-z]+) ([0-9.]+), signed by", err)
        assert told, err
        files = sorted(path for path in target.rglob("*") if path.is_file())
        lines = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(target)}\n" for f in files]
        manifest = f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"
        honest = self.honest[f"{told[1]}@{told[2]}"].accepted
        return Said(Answer(told[2], honest.record if honest else "", manifest), "accepted")

    def _serve(self, mutant: Mutant) -> None:
        self.ground.bag.serve(mutant.state)
        self.ground.remember(everything=mutant.remembers)
        if mutant.twisted or mutant.packed:
            shutil.rmtree(Path(self.ground.environ["XDG_CACHE_HOME"]), ignore_errors=True)

    def call(self, *words: str) -> tuple[int, str, str]:
        """Runs gitreg in this process, as the verifier: exit code, and what it wrote."""
        out, err = io.StringIO(), io.StringIO()
        sealed = mock.patch.dict(os.environ, self.ground.environ, clear=True)
        with sealed, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = outcome(["-C", str(self.ground.clone), *words], self.ground.environ)
        return code, out.getvalue(), err.getvalue()


def _refusal(code: int, err: str) -> Said:
    step = re.search(r"\(step ([a-z]+)\)", err)
    if code == 70 or "Traceback" in err:
        return Said(None, "bug", err)
    return Said(None, f"{code} {step[1] if step else ''}".strip(), err)


def _counts(ref: str, reference: str) -> bool:
    """Whether the verifier would have fetched a ref for this reference."""
    return (
        re.match(rf"refs/tags/(?:model|stage|retire|resign|approve)/{reference.partition('@')[0]}/", ref)
        is not None
    )


def judged(seed: int, numbers: list[int]) -> Tally:
    """What came of some cases, on a ground of their own."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="gitreg-proofs-") as name:
        judge = Judge(Path(name))
        for number in numbers:
            judge.case(seed, number, tally)
    return tally


def _judged(words: tuple[int, list[int]]) -> Tally:
    return judged(*words)


def _shares(first: int, count: int) -> Iterator[list[int]]:
    size = 125
    for start in range(first, first + count, size):
        yield list(range(start, min(start + size, first + count)))


def main() -> int:
    """Runs them, and says what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    words = parser.parse_args()
    total, started = Tally(), time.monotonic()
    shares = [[words.only]] if words.only is not None else list(_shares(words.first, words.count))
    with multiprocessing.Pool(words.jobs, maxtasksperchild=1) as pool:
        for tally in pool.imap_unordered(_judged, [(words.seed, share) for share in shares]):
            total.add(tally)
            print(f"{total.cases} cases, {len(total.failures)} failures", file=sys.stderr, flush=True)
    print(f"{total.cases} cases in {time.monotonic() - started:.0f} s: {dict(total.ways)}")
    for title, counter in (("both verifiers agree", total.agreed), ("gitreg is stricter", total.stricter)):
        print(f"{title}: {sum(counter.values())}")
        for what, number in counter.most_common():
            print(f"  {number:6} {what}")
    print(f"failures: {len(total.failures)}")
    for failure in total.failures[:50]:
        print(f"  {failure}")
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
