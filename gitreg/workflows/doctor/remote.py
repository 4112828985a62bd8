"""The Git remote: whether it answers, lets us in, lets us push; what waits in its inbox."""

from __future__ import annotations

from datetime import timedelta

from gitreg.errors import CredentialsError, RemoteError
from gitreg.gitrepo import without_credentials
from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, age_text, counted
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.remote_refs import INBOX, known_inbox

UNREACHABLE = Kind(
    "remote-unreachable", "error", "a Git remote that does not answer", "git remote set-url REMOTE URL"
)
REFUSES = Kind("remote-refuses", "error", "a Git remote that does not let us in", "git ls-remote REMOTE")
NO_PUSH = Kind(
    "push-refused", "warning", "a Git remote that can be read, and not pushed to", "permission to push there"
)
NO_INBOX = Kind(
    "no-inbox",
    "note",
    "a remote that is not asked to take refs/gitreg/inbox/* (gitreg.inbox is false)",
    "git config --unset-all gitreg.inbox, where its host takes them",
)
WAITING = Kind(
    "inbox-waiting", "warning", "candidates that wait in the remote's inbox for over an hour", "gitreg push"
)

HOUR = timedelta(hours=1)


def find_remote(subject: RegistrySubject) -> list[Diagnosis]:
    """Asked once to read, and once whether a push may begin; nothing is sent."""
    remote, repository = subject.registry.remote, subject.repository
    if remote is None or subject.offline:
        return []
    url = without_credentials(repository.remote_url(remote) or "")
    try:
        repository.ls_remote(remote, [CANDIDATES])
    except CredentialsError as error:
        why = "asked at a terminal, Git can learn the password, or show what is missing"
        return [Diagnosis(REFUSES, error.message, why, subject.git("ls-remote", remote))]
    except RemoteError as error:
        why = f"work goes on here and is pushed later; if {url} is not where it is, say so"
        return [Diagnosis(UNREACHABLE, error.message, why, subject.git("remote", "set-url", remote, "URL"))]
    return _push(subject, remote)


def _push(subject: RegistrySubject, remote: str) -> list[Diagnosis]:
    refs = (CANDIDATES, subject.registry.local_accepted_ref)
    ref = next((ref for ref in refs if subject.repository.resolve(ref)), None)
    refusal = subject.repository.health.push_refusal(remote, ref) if ref else None
    if refusal is None:
        return []
    why = "candidates that are logged here stay here; whether a single branch may be pushed to only a push tells"
    return [Diagnosis(NO_PUSH, f"{remote} takes no push: {without_credentials(refusal)}", why)]


def find_inbox(subject: RegistrySubject) -> list[Diagnosis]:
    """What others left in a crowd, and nobody has folded."""
    repository = subject.repository
    found = []
    if repository.config("gitreg.inbox") == "false":
        why = "in a crowd of writers a push may lose many races; with it, each is done in bounded time"
        found.append(Diagnosis(NO_INBOX, f"gitreg.inbox is false: {INBOX}* is not used", why))
    dates = [repository.commit(tip).committer.when for tip in known_inbox(subject.registry).values()]
    old = [date for date in dates if subject.now - date > HOUR]
    if old:
        age = age_text((subject.now - min(old)).total_seconds())
        what = f"{counted(len(old), 'inbox ref')} of {subject.registry.remote} wait, the oldest for {age}"
        why = "readers see those candidates all the same; whoever may push folds them into the branch"
        found.append(Diagnosis(WAITING, what, why, subject.gitreg("push")))
    return found


REMOTE = Check("remote", (UNREACHABLE, REFUSES, NO_PUSH), find_remote)
INBOX_REFS = Check("inbox", (NO_INBOX, WAITING), find_inbox)
