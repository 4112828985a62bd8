"""How this clone was made, and which branches it lacks."""

from __future__ import annotations

from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, counted
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.remote_refs import known_candidates, known_inbox

SHALLOW = Kind("shallow", "note", "a clone whose history was cut off", "git fetch --unshallow REMOTE")
PARTIAL = Kind(
    "partial",
    "note",
    "a clone that fetches objects when they are needed",
    "nothing, while the remote is reachable",
)
NARROW = Kind(
    "narrow",
    "note",
    "a clone that plain `git fetch` brings single branches to",
    "git remote set-branches REMOTE '*'",
)
NO_CANDIDATES = Kind(
    "no-candidate-branch",
    "warning",
    "the remote has candidates, and this clone no branch of them",
    "gitreg fetch",
)
BEHIND = Kind("candidates-behind", "note", "candidates that were fetched and not joined here", "gitreg fetch")
DIVERGED = Kind(
    "candidates-diverged", "warning", "candidates on both sides that wait for each other", "gitreg push"
)
NO_ACCEPTED = Kind(
    "accepted-branch-missing",
    "error",
    "the branch that gitreg.yaml calls accepted is not here",
    "git fetch REMOTE +refs/heads/BRANCH:refs/remotes/REMOTE/BRANCH, or git branch BRANCH",
)
NAME_TAKEN = Kind(
    "branch-name-taken",
    "error",
    "a branch called gitreg, beside which no gitreg/... can be",
    "git branch -m gitreg NAME",
)


def find_shape(subject: RegistrySubject) -> list[Diagnosis]:
    """What CI jobs do to be quick, and what it costs."""
    repository, remote = subject.repository, subject.registry.remote
    found = []
    if remote and repository.health.is_shallow():
        what = "the history here was cut off when it was cloned (--depth)"
        why = "all of gitreg works; what looks back (git log, rollback) sees only as far as history is here"
        found.append(Diagnosis(SHALLOW, what, why, subject.git("fetch", "--unshallow", remote)))
    if remote and repository.config(f"remote.{remote}.promisor") == "true":
        what = f"objects are fetched from {remote} when they are needed (--filter)"
        found.append(
            Diagnosis(PARTIAL, what, "all works while the remote can be reached, and little without it")
        )
    if remote and _is_narrow(subject, remote):
        what = f"git fetch brings only {', '.join(repository.config_all(f'remote.{remote}.fetch'))}"
        why = "gitreg fetches what it needs all the same; plain git sees no candidates and proposals"
        found.append(Diagnosis(NARROW, what, why, subject.git("remote", "set-branches", remote, "*")))
    return found


def find_branches(subject: RegistrySubject) -> list[Diagnosis]:
    """Branches that should be here, and that should be one."""
    repository, registry = subject.repository, subject.registry
    found = []
    if repository.resolve(registry.accepted_ref) is None:
        found.append(_no_accepted(subject))
    taken = repository.resolve("refs/heads/gitreg")
    if taken:
        command = subject.git("branch", "-m", "gitreg", "gitreg-old")
        why = "Git keeps a ref either as a branch or as a folder of branches"
        found.append(Diagnosis(NAME_TAKEN, "there is a branch called gitreg", why, command))
    return [*found, *_candidates(subject)]


def _no_accepted(subject: RegistrySubject) -> Diagnosis:
    branch, remote = subject.registry.settings.accepted_branch, subject.registry.remote
    spec = f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"
    command = subject.git("fetch", remote, spec) if remote else subject.git("branch", branch, "HEAD")
    what = f"the accepted branch {branch} is not in this clone"
    return Diagnosis(NO_ACCEPTED, what, "what was accepted cannot be told without it", command)


def _candidates(subject: RegistrySubject) -> list[Diagnosis]:
    repository, remote = subject.repository, subject.registry.remote
    ours, theirs = repository.resolve(CANDIDATES), known_candidates(subject.registry)
    if remote is None:
        return []
    if ours is None:
        if theirs is None and (subject.offline or not repository.ls_remote(remote, [CANDIDATES])):
            return []
        why = "dvc gc and plain git look at local branches; gitreg makes it when it first writes"
        what = f"{remote} has candidates, and there is no local branch gitreg/candidates"
        return [Diagnosis(NO_CANDIDATES, what, why, subject.gitreg("fetch"))]
    heads = [head for head in (theirs, *known_inbox(subject.registry).values()) if head]
    missing = [head for head in heads if not repository.is_ancestor(head, ours)]
    if not missing:
        return []
    if theirs not in missing or repository.is_ancestor(ours, theirs):
        what = (
            f"{counted(len(missing), 'branch', 'branches')} of {remote} that the candidates here do not hold"
        )
        return [Diagnosis(BEHIND, what, "the next fetch or push joins them", subject.gitreg("fetch"))]
    what = f"candidates here and on {remote} wait for each other"
    return [Diagnosis(DIVERGED, what, "a push joins them; nothing conflicts", subject.gitreg("push"))]


def _is_narrow(subject: RegistrySubject, remote: str) -> bool:
    specs = subject.repository.config_all(f"remote.{remote}.fetch")
    return bool(specs) and not any(spec.removeprefix("+").startswith("refs/heads/*:") for spec in specs)


SHAPE = Check("the clone", (SHALLOW, PARTIAL, NARROW), find_shape)
BRANCHES = Check("branches", (NO_CANDIDATES, BEHIND, DIVERGED, NO_ACCEPTED, NAME_TAKEN), find_branches)
