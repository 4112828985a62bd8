"""Many releases: a list of them, and one more."""

from __future__ import annotations

from pathlib import Path

from budgets import Budget, Term
from contestants.base import Start
from figures import Contestant, Skipped
from processes import find, process, run
from records import FIXED
from releases import MODEL, version
from report import Run
from repositories import Environ, environ_at, log_and_propose, random_file
from setting import Setting, Words

LIST, RELEASE = "gitreg model versions", "gitreg release"
PEER_LIST, PEER_REGISTER = "gto show", "gto register"
FLOOR, START_UP = "git for-each-ref (floor)", "gitreg model versions --help"
FEW = 10
NOTES = """Whole processes, in a repository with as many release tags as the size says; those of the stock are annotated and
not signed, which a list does not look at. `gitreg release` merges one proposal, checks its gates and content again and signs
it; `gto register` makes a tag that nobody signs. Both are the next version of a model with so many. What it
takes to start is `gitreg model versions --help`: everything loaded, nothing done."""


def measure(setting: Setting) -> Run:
    """With few releases, and with many."""
    environ = environ_at(setting.folder / "home")
    made: list[Contestant | Skipped] = []
    few = min(FEW, setting.scale.releases)
    for count in dict.fromkeys((few, setting.scale.releases)):
        start = setting.stock.start(0, FIXED, releases=count)
        made += [*_ours(setting, start, count), *_peers(setting, environ, count)]
    words = Words("releases", f"{setting.scale.releases:,} releases", NOTES, LIST)
    most = setting.scale.releases
    budgets = [
        Budget(
            f"list {most:,} releases: 3 x for-each-ref, and start-up",
            *(LIST, (Term(3, FLOOR), Term(1, START_UP))),
            size=most,
        ),
        Budget(
            f"release beside {most:,}: 1.3 x beside {few}", RELEASE, (Term(1.3, RELEASE, few),), size=most
        ),
    ]
    return setting.contest(words, made, budgets, 5)


def _ours(setting: Setting, start: Start, count: int) -> list[Contestant | Skipped]:
    place = setting.place(f"ours-{count}")
    registry = start.copy(place)
    model = random_file(place / "model.bin", 10_000)
    config = registry / ".dvc" / "config"
    config.write_text(config.read_text().replace("s3://benchmark/registry", str(place / "store")))
    run(["git", "commit", "--quiet", "--all", "-m", "Keep artifacts beside"], start.environ, registry)
    asked = ["git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags"]

    def arrange(turn: int) -> int:
        log_and_propose(registry, start.environ, model, "--version", f"99.0.{turn}")
        return turn

    return [
        process(LIST, ["gitreg", "model", "versions", MODEL], start.environ, start.registry, size=count),
        process(
            START_UP, ["gitreg", "model", "versions", "--help"], start.environ, start.registry, size=count
        ),
        process(FLOOR, asked, start.environ, start.registry, size=count),
        process(
            *(RELEASE, ["gitreg", "release", "--merge", "--yes", "--offline"], start.environ, registry),
            size=count,
            arrange=arrange,
        ),
    ]


def _peers(setting: Setting, environ: Environ, count: int) -> list[Contestant | Skipped]:
    if find("gto") is None:
        return [Skipped(name, "not installed: gto") for name in (PEER_LIST, PEER_REGISTER)]
    repository = _gto_at(setting.place(f"gto-{count}"), environ, count)

    def arrange(turn: int) -> int:
        """GTO registers a commit once."""
        run(["git", "commit", "--quiet", "--allow-empty", "-m", "Try"], environ, repository)
        return turn

    register = ["gto", "register", MODEL, "--version", "v99.0.{turn}"]
    return [
        process(PEER_LIST, ["gto", "show", MODEL], environ, repository, size=count),
        process(PEER_REGISTER, register, environ, repository, size=count, arrange=arrange),
    ]


def _gto_at(folder: Path, environ: Environ, count: int) -> Path:
    """A repository with so many tags as GTO names them, each on a commit of its own."""
    run(["git", "init", "--quiet", "--initial-branch", "main"], environ, folder)
    people = "Benchmark <benchmark@example.com> 1800000000 +0000"
    with (folder / "stream").open("w") as out:
        for number in range(count):
            out.write(f"commit refs/heads/main\nmark :{number + 1}\ncommitter {people}\ndata 4\nTry\n\n")
            out.write(f"tag {MODEL}@v{version(number)}\nfrom :{number + 1}\ntagger {people}\ndata 4\nNew\n\n")
    run(["sh", "-c", "git fast-import --quiet < stream && rm stream && git reset --hard -q"], environ, folder)
    return folder
