"""`--since`: what a change is compared with, in whole clones and in those of CI jobs, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from desk import MAIN, Desk
from judging import PROMOTE, Bench

from gitreg.errors import GitregError, NotFoundError
from gitreg.gitrepo import ZERO, ObjectId
from gitreg.gitrepo.objects import Objects
from gitreg.gitrepo.process import Git
from gitreg.workflows.registry import CANDIDATES, Registry, open_registry
from gitreg.workflows.validating.compared_commits import base_of
from gitreg.workflows.validating.validate import validate_change, validate_since


def forked(desk: Desk) -> tuple[str, str, str]:
    """Where two branches parted, and the tips of both: main went on since."""
    base = str(desk.tip(MAIN))
    desk.git("branch", "-f", "feature", "main")
    mine = desk.commit({"models/churn/versions/1.0.0/README.md": b"Better words\n"}, "refs/heads/feature")
    theirs = desk.commit({"gitreg.yaml": desk.read("gitreg.yaml") + b"# a word\n"})
    return base, mine, theirs


@pytest.fixture
def released(desk: Desk) -> Desk:
    """A registry with churn 1.0.0, and a branch that parted from main."""
    desk.released()
    return desk


def job_of(desk: Desk, commit: str, depth: int = 1, name: str = "job") -> Registry:
    """What a runner has of one commit: so many commits before it, detached, nothing else."""
    target = desk.path.parent / name
    remote = f"file://{desk.path.parent / 'remote.git'}"
    desk.git("init", "-q", str(target))
    for words in (("remote", "add", "origin", remote), ("fetch", "-q", "--depth", str(depth), "origin", f"+{commit}:refs/pipelines/1"), ("checkout", "-q", "--detach", "refs/pipelines/1")):  # fmt: skip
        desk.git(*words, at=target)
    return desk.open(target)


def test_others_changes_are_none_of_ours(released: Desk) -> None:
    """Where the branch that is named went on, the last common commit counts; by branch, by id, and HEAD itself."""
    base, mine, theirs = forked(released)
    released.git("checkout", "-q", "--detach", mine)
    registry = released.registry

    for revision in ("main", theirs, base, "main~1"):
        assert base_of(registry, revision, ObjectId(mine)) == base
    assert validate_since(registry, "main").findings == ()
    assert base_of(registry, "HEAD~0", ObjectId(mine)) == mine


def test_shallow_clone_fetches_the_commit_alone(released: Desk) -> None:
    """A base that a job's clone lacks comes by its id, without the commits before it."""
    base, mine, _ = forked(released)
    released.share()
    released.git("push", "-q", "origin", "feature")
    job = job_of(released, mine)
    before = job.repository.find(base)

    found = base_of(job, base, ObjectId(mine))

    assert before is None
    assert found == base
    assert job.repository.find(released.git("rev-parse", f"{base}^")) is None
    assert validate_change(job, found, ObjectId(mine)).records > 0


def test_shallow_clone_does_not_guess_where_branches_part(released: Desk) -> None:
    """Compared with a branch that went on, its news would look like removed by us."""
    _, mine, _ = forked(released)
    released.share()
    released.git("push", "-q", "origin", "feature")
    job = job_of(released, mine)
    released.git(
        "fetch", "-q", "--depth", "1", "origin", "+main:refs/remotes/origin/main", at=job.repository.work_tree
    )

    with pytest.raises(NotFoundError, match="cannot tell where 'origin/main' and HEAD part"):
        base_of(job, "origin/main", ObjectId(mine))


def test_whole_clone_stays_whole(released: Desk) -> None:
    """A missing commit is fetched with its history, for a depth would make the clone shallow."""
    base, mine, theirs = forked(released)
    released.share()
    clone = released.clone("whole", "--single-branch", "-b", "main")
    released.git("push", "-q", "origin", "feature")
    registry = released.open(clone)

    assert base_of(registry, mine, ObjectId(theirs)) == base
    assert not (clone / ".git" / "shallow").exists()


def test_zeros_mean_the_accepted_branch_or_nothing(released: Desk) -> None:
    """As GitLab says of a branch that is new: it began on the accepted one, unless it is that one."""
    base, mine, theirs = forked(released)
    registry = released.registry
    first = released.git("rev-list", "--max-parents=0", "main")

    assert base_of(registry, ZERO, ObjectId(mine)) == base
    assert base_of(registry, ZERO, ObjectId(theirs)) is None
    assert base_of(registry, ZERO, ObjectId(first)) is None
    assert base_of(registry, ZERO, ObjectId(str(released.tip(CANDIDATES)))) is None
    whole = validate_change(registry, None, ObjectId(theirs))
    assert whole.findings == ()
    assert whole.records >= 5


@pytest.mark.parametrize(
    "revision",
    ["--output=x", "HEAD:gitreg.yaml", "main..HEAD", "@{-1}", "HEAD^{/x}", "a\nb", "", "refs/heads/../x", "0" * 39, "f" * 40, "main~9999999", "HEAD~99", "$(id)", "\udcff", ":/x", "-", "main main"],
)  # fmt: skip
def test_hostile_revisions_are_refused(bench: Bench, revision: str) -> None:
    """No option, range, path or search is understood, and nothing is made of any."""
    with pytest.raises(GitregError) as caught:
        validate_since(bench.desk.registry, revision)

    assert caught.value.exit_code in {2, 3}
    assert "\n" not in str(caught.value).replace("\\n", "")


class Work:
    """What is asked of Git: processes started, and objects read."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.counts: Counter[str] = Counter()
        for kind, name in ((Git, "run"), (Git, "start"), (Objects, "find")):
            self._count(patch, kind, name)

    def _count(self, patch: pytest.MonkeyPatch, kind: type, name: str) -> None:
        plain = getattr(kind, name)

        def counted(*args: object, **named: object) -> object:
            self.counts[name] += 1
            return plain(*args, **named)

        patch.setattr(kind, name, counted)


@pytest.fixture
def grown(bench: Bench) -> Iterator[Desk]:
    """The registry of the bench, with 600 candidates and 300 models more; its refs go back afterwards."""
    desk = bench.desk
    before = {ref: desk.tip(ref) for ref in (MAIN, CANDIDATES)}
    listed = desk.git("ls-tree", "-r", "--name-only", CANDIDATES, "experiments").splitlines()
    path = next(one for one in listed if one.endswith(".yaml") and "/candidates/" in one)
    text, old = desk.read(path, CANDIDATES), path[-37:-5]
    model = desk.read("models/churn/model.yaml")
    ids = [f"{number:03x}".ljust(32, "b") for number in range(600)]
    desk.commit(
        {
            path.replace(f"{old[:2]}/{old}", f"{one[:2]}/{one}"): text.replace(old.encode(), one.encode())
            for one in ids
        },
        CANDIDATES,
    )
    desk.commit(
        {f"models/m{number}/model.yaml": model.replace(b"churn", b"m%d" % number) for number in range(300)}
    )
    yield desk
    for ref, tip in before.items():
        desk.git("update-ref", ref, str(tip))


def asked(bench: Bench, patch: pytest.MonkeyPatch) -> Counter[str]:
    """What the validation of the open proposal, rebased on main, asks of Git."""
    desk = bench.desk
    base, tip = str(desk.tip(MAIN)), f"refs/heads/{PROMOTE}"
    names = desk.git("diff", "--name-only", f"main...{PROMOTE}").splitlines()
    after = bench.on(base, {name: desk.read(name, tip) for name in names})
    registry = open_registry(desk.path, desk.environ)
    try:
        with patch.context() as context:
            work = Work(context)
            found = validate_change(registry, ObjectId(base), after, PROMOTE, storage=True)
        assert found.findings == ()
    finally:
        registry.close()
    return work.counts


def test_cost_is_that_of_the_change(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """As many processes of Git, and as many objects, whether there are two candidates or hundreds, one model or hundreds."""
    few = asked(bench, monkeypatch)
    request.getfixturevalue("grown")

    many = asked(bench, monkeypatch)

    assert many == few
    assert few["run"] + few["start"] < 15
    assert few["find"] < 80
